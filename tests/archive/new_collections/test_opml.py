"""The feeds of an OPML file, as many hands write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import CollectionError
from archive.new_collections.opml import ListedBlog, iter_opml


def _read(tmp_path: Path, octets: bytes) -> list[tuple[str, str | None] | str]:
    path = tmp_path / "feeds.opml"
    path.write_bytes(octets)
    return [
        (entry.seed, entry.title) if isinstance(entry, ListedBlog) else entry.replace(str(path), "")
        for entry in iter_opml(path)
    ]


def test_the_page_of_a_feed_counts_before_the_feed(tmp_path: Path) -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?>
    <opml version="2.0"><head><title>mine</title></head><body>
    <outline text="Folder"><outline text="Inner">
      <outline text="One" xmlUrl="https://one.example/feed" htmlUrl="https://one.example/blog"/>
    </outline></outline>
    <outline title="Two" TEXT="II" XMLURL="two.example/feed" htmlurl=""/>
    <outline text="Three" htmlUrl="/about" xmlUrl="https://three.example/?a=1&b=2&amp;c=3"/>
    <outline text="Caf&eacute; &#38; &quot;Bar&quot;" htmlUrl="https://four.example/"/>
    </body></opml>"""
    assert _read(tmp_path, text.encode()) == [
        ("https://one.example/blog", "One"),
        ("https://two.example/feed", "Two"),
        ("https://three.example/?a=1&b=2&c=3", "Three"),
        ("https://four.example/", 'Café & "Bar"'),
    ]


def test_a_feed_that_has_others_below_it_is_taken_with_them(tmp_path: Path) -> None:
    text = """<opml><body><outline text="Folder" htmlUrl="https://folder.example/">
    <outline text="One" XmlUrl="https://one.example/feed">
      <outline text="Two" xmlUrl="https://two.example/feed"/>
    </outline></outline></body></opml>"""
    assert _read(tmp_path, text.encode()) == [
        ("https://one.example/feed", "One"),
        ("https://two.example/feed", "Two"),
    ]


@pytest.mark.parametrize(
    ("written", "seed"),
    [
        ("feed://one.example/feed", "http://one.example/feed"),
        ("Feed:https://one.example/feed", "https://one.example/feed"),
        ("feed:one.example/feed", "https://one.example/feed"),
    ],
)
def test_addresses_that_have_a_feed_reader_open_them_are_of_the_web(
    tmp_path: Path, written: str, seed: str
) -> None:
    text = f'<opml><body><outline text="One" xmlUrl="{written}"/></body></opml>'
    assert _read(tmp_path, text.encode()) == [(seed, "One")]


def test_lines_without_an_address_are_named_and_the_others_taken(tmp_path: Path) -> None:
    text = (
        '<opml><body>\n<outline text="Nothing"/>\n<outline text="Odd" xmlUrl="javascript:a()"/>\n'
        '<outline text="Own" htmlUrl="https://ada:secret@own.example/"/>\n'
        '<outline text="Good" xmlUrl="https://good.example/"/></body></opml>'
    )
    entries = _read(tmp_path, text.encode())
    assert entries[:2] == [
        ":2: Nothing is left out: it has neither htmlUrl nor xmlUrl",
        ":3: Odd is left out: 'javascript:a()' is not a web address",
    ]
    assert str(entries[2]).startswith(":4: Own is left out: an address with a user name or pass")
    assert "secret" not in str(entries[2])
    assert entries[3:] == [("https://good.example/", "Good")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings_are_read_as_they_are_declared(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = (
        f'<?xml version="1.0" encoding="{declared}"?>\n'
        '<opml><body><outline text="Über" htmlUrl="https://x.example/é"/></body></opml>'
    )
    assert _read(tmp_path, text.encode(encoding)) == [("https://x.example/é", "Über")]


_BOMB = (
    '<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<opml><body><outline text="&b;" xmlUrl="https://x.example/"/></body></opml>'
)


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b"", " is no OPML file"),
        (b"hello", " is no OPML file"),
        (b"<opml><body/></opml>", " names no feed"),
        (b"<rss><channel><item/></channel></rss>", " names no feed"),
        (_BOMB.encode(), " declares entities, which can grow without end: not read"),
        (_BOMB.encode("utf-16"), " declares entities, which can grow without end: not read"),
        (b" " * 10_000_001, r" is larger than 10,000,000 bytes"),
    ],
    ids=["empty", "text", "no outline", "rss", "entities", "entities in UTF-16", "large"],
)
def test_what_is_no_list_of_feeds_is_one_line(tmp_path: Path, octets: bytes, message: str) -> None:
    with pytest.raises(CollectionError, match=message) as refusal:
        _read(tmp_path, octets)
    assert "\n" not in str(refusal.value)


def test_of_a_file_without_end_the_first_feeds_are_taken(tmp_path: Path) -> None:
    outlines = "".join(f'<outline xmlUrl="https://x.example/{n}"/>' for n in range(10_002))
    entries = _read(tmp_path, f"<opml><body>{outlines}</body></opml>".encode())
    assert len(entries) == 10_001
    assert entries[-1] == ": only the first 10,000 feeds are taken: part the file"


def test_folders_in_folders_without_end_are_left(tmp_path: Path) -> None:
    deep = "<outline>" * 100_000 + '<outline xmlUrl="https://x.example/"/>'
    (entry,) = _read(tmp_path, f"<opml><body>{deep}".encode())
    assert str(entry).startswith(":1: the file is not well-formed here (Excessive depth")


_WHOLE = '<opml>\n<body>\n<outline text="One" xmlUrl="https://one.example/"/>\n'


@pytest.mark.parametrize(
    ("rest", "line"),
    [
        ("", 4),
        ('<outline text="Two" xmlUrl="https://two.exa', 4),
        ('<outline text="Two', 4),
        ("</opml>", 4),
        ("</body></opml>\n\n<p>", 6),
    ],
    ids=["between outlines", "in an address", "in a text", "tag not closed", "more behind it"],
)
def test_a_file_that_is_cut_off_gives_what_is_whole_and_says_where(
    tmp_path: Path, rest: str, line: int
) -> None:
    blog, problem = _read(tmp_path, (_WHOLE + rest).encode())
    assert blog == ("https://one.example/", "One")
    assert str(problem).startswith(f":{line}: the file is not well-formed here (")


def test_a_title_of_several_lines_stays_one_line(tmp_path: Path) -> None:
    text = '<opml><body><outline text="A&#10;B&#xD;&#x2028;C"/></body></opml>'
    assert _read(tmp_path, text.encode()) == [
        ":1: A B C is left out: it has neither htmlUrl nor xmlUrl"
    ]
