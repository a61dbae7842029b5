"""Readers of sitemaps, feeds and robots.txt: what they accept and what they refuse."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest

from scraper.discovery import Answer, feed, robots, sitemap
from scraper.discovery.reading import Ask, Listed, parse_date

URL = "https://example.org/list.xml"
ASK = Ask(url=URL, method="sitemap")
MAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def answer(body: str | bytes, content_type: str = "application/xml", status: int = 200) -> Answer:
    raw = body.encode() if isinstance(body, str) else body
    return Answer(url=URL, status=status, headers={"content-type": content_type}, body=raw)


def listed(body: str | bytes, content_type: str = "application/xml") -> list[Listed]:
    reading = sitemap.read(answer(body, content_type), ASK)
    assert reading is not None
    return list(reading.listed)


@pytest.mark.parametrize(
    "body",
    [
        f'<urlset xmlns="{MAP_NAMESPACE}"><url><loc> https://example.org/a </loc></url></urlset>',
        "<urlset><url><loc>https://example.org/a</loc></url></urlset>",
        '<urlset xmlns="http://wrong.example/"><url><loc>/a</loc></url></urlset>',
        f'<s:urlset xmlns:s="{MAP_NAMESPACE}"><s:url><s:loc>https://example.org/a</s:loc></s:url>'
        "</s:urlset>",
        '\n\n<?xml version="1.0" encoding="UTF-8"?><?xml-stylesheet href="a.xsl"?>'
        "<!-- by a plugin --><urlset><url><loc><![CDATA[https://example.org/a]]></loc></url></urlset>",
        "\ufeff<urlset><url><loc>https://example.org/a</loc></url></urlset>",
        "<urlset><url><loc>https://example.org/a</loc></url><url><loc>https://exa",
        "<urlset><url><loc>https://example.org/a</loc></url> & <bad </urlset>",
        "https://example.org/a\n",
        "\ufeffhttps://example.org/a\r\n\r\n",
        gzip.compress(b"<urlset><url><loc>https://example.org/a</loc></url></urlset>", mtime=0),
        gzip.compress(b"<urlset><url><loc>https://example.org/a</loc></url></urlset>", mtime=0)[
            :-6
        ],
    ],
)
def test_sitemaps_are_read_however_they_are_written(body: str | bytes) -> None:
    for content_type in ("application/xml", "text/html", "text/plain", ""):
        assert [entry.url for entry in listed(body, content_type)] == ["https://example.org/a"]


@pytest.mark.parametrize(
    "body",
    [
        "<!doctype html><html><body>Welcome to our sitemap</body></html>",
        "<rss><channel></channel></rss>",
        "",
        "User-agent: *\nDisallow:",
        "https://example.org/a\nand some words",
        "\x1f\x8bbroken",
        "{}",
    ],
)
def test_what_is_no_sitemap_is_refused(body: str) -> None:
    assert sitemap.read(answer(body), ASK) is None
    assert sitemap.read(answer("<urlset></urlset>", status=500), ASK) is None


def test_sitemap_dates_news_and_images() -> None:
    body = (
        f'<urlset xmlns="{MAP_NAMESPACE}" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9" '
        'xmlns:i="http://www.google.com/schemas/sitemap-image/1.1"><url>'
        "<i:image><i:loc>https://example.org/a.jpg</i:loc></i:image><loc>https://example.org/a</loc>"
        "<n:news><n:title>Maps</n:title><n:publication_date>2020-05-05T10:00+02:00"
        "</n:publication_date></n:news><lastmod>2021-06</lastmod></url></urlset>"
    )
    (entry,) = listed(body)
    assert entry.url == "https://example.org/a"
    assert entry.lastmod == datetime(2021, 6, 1, tzinfo=UTC)
    assert entry.hints.title == "Maps"
    assert entry.hints.published == datetime(2020, 5, 5, 8, tzinfo=UTC)


def test_a_list_without_its_end_is_read_as_far_as_it_goes_and_said_to_be_cut() -> None:
    entries = "".join(f"<url><loc>/{name}</loc></url>" for name in ("first", "second"))
    items = entries.replace("url", "item").replace("loc", "link")
    for root, body, reader in (("urlset", entries, sitemap), ("rss", items, feed)):
        whole = f"<{root}>{body}</{root}>"
        for end, count in ((len(whole), 2), (-2, 2), (whole.index("second") + 3, 1)):
            reading = reader.read(answer(whole[:end]), ASK)
            assert reading is not None
            assert len(reading.listed) == count
            assert reading.cut == (None if end == len(whole) else "no end tag")
    empty = sitemap.read(answer("<urlset />"), ASK)
    assert empty is not None
    assert empty.cut is None


def test_a_sitemap_of_fifty_thousand_urls_is_read_and_a_longer_one_cut() -> None:
    urls = "".join(f"<url><loc>https://example.org/{n}</loc></url>" for n in range(61_000))
    entries = listed(f"<urlset>{urls}</urlset>")
    assert len(entries) == sitemap.MAX_ENTRIES
    assert entries[49_999].url == "https://example.org/49999"


def test_entities_are_not_resolved(tmp_path: object) -> None:
    body = (
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "yy">]>'
        "<urlset><url><loc>https://example.org/&x;&y;</loc></url>"
        "<url><loc>https://example.org/b</loc></url></urlset>"
    )
    assert [entry.url for entry in listed(body)] == ["https://example.org/b"]


def test_a_gzip_bomb_is_unpacked_to_its_limit_only() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * 200_000_000, compresslevel=1, mtime=0)
    assert listed(bomb) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("post-sitemap2.xml", "post"),
        ("wp-sitemap-posts-post-1.xml", "post"),
        ("sitemap-pt-post-2020-01.xml", "post"),
        ("sitemap-posts.xml.gz", "post"),
        ("sitemap-pages.xml", "page"),
        ("sitemap-tax-category.xml", "listing"),
        ("product_cat-sitemap.xml", "listing"),
        ("wp-sitemap-users-1.xml", "listing"),
        ("sitemap-0.xml", None),
        ("sitemap.xml?page=2", None),
        ("portfolio-sitemap.xml", None),
    ],
)
def test_names_of_sitemaps_tell_what_they_hold(name: str, kind: str | None) -> None:
    assert sitemap.kind_of(f"https://example.org/{name}") == kind


def test_an_index_of_listings_only_is_read_all_the_same() -> None:
    body = "<sitemapindex><sitemap><loc>/tag-sitemap.xml</loc></sitemap></sitemapindex>"
    reading = sitemap.read(answer(body), ASK)
    assert reading is not None
    assert [child.url for child in reading.more] == ["https://example.org/tag-sitemap.xml"]


RSS = (
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>b</title><item>'
    "<title>Bread &amp;amp; Butter</title><link>/a</link><dc:creator>Ada</dc:creator>"
    "<category>maps</category><category>maps</category>{date}</item></channel></rss>"
)


def test_rss_items_say_what_they_know() -> None:
    body = RSS.format(date="<pubDate>Tue, 05 May 2020 10:00:00 +0200</pubDate>")
    reading = feed.read(answer(body), Ask(url=URL, method="feed"))
    assert reading is not None
    (entry,) = reading.listed
    assert entry.url == "https://example.org/a"
    assert entry.hints.title == "Bread & Butter"
    assert entry.hints.authors == ("Ada",)
    assert entry.hints.tags == ("maps",)
    assert entry.hints.published == datetime(2020, 5, 5, 8, tzinfo=UTC)
    assert entry.hints.kind == "post"


@pytest.mark.parametrize(
    "date",
    [
        "",
        "<pubDate>yesterday</pubDate>",
        "<pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate>",
        "<pubDate>Tue, 99 May 2020 99:99:99</pubDate>",
        "<pubDate>9999999999-99-99</pubDate>",
    ],
)
def test_a_feed_item_with_a_broken_date_is_kept_without_one(date: str) -> None:
    reading = feed.read(answer(RSS.format(date=date)), Ask(url=URL, method="feed"))
    assert reading is not None
    assert [entry.url for entry in reading.listed] == ["https://example.org/a"]
    assert reading.listed[0].hints.published is None


def test_atom_keeps_modified_apart_from_published_and_pages_on() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="?page=2"/><entry>'
        '<title type="text">A &lt;b&gt; tag</title><link href="https://example.org/a"/>'
        "<updated>2021-06-06T10:00:00Z</updated></entry></feed>"
    )
    reading = feed.read(answer(body), Ask(url=URL, method="feed"))
    assert reading is not None
    hints = reading.listed[0].hints
    assert (hints.published, hints.modified) == (None, datetime(2021, 6, 6, 10, tzinfo=UTC))
    assert hints.title == "A <b> tag"
    assert [part.url for part in reading.deferred] == ["https://example.org/list.xml?page=2"]


def test_rdf_feeds_are_read() -> None:
    body = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<item rdf:about="https://example.org/a"><title>A</title><link>https://example.org/a</link>'
        "<dc:date>2020-05-05T10:00:00Z</dc:date></item></rdf:RDF>"
    )
    reading = feed.read(answer(body), Ask(url=URL, method="feed"))
    assert reading is not None
    assert reading.listed[0].hints.published == datetime(2020, 5, 5, 10, tzinfo=UTC)


def test_json_feeds_are_read_and_paged() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "next_url": "https://example.org/feed2.json",
        "items": [
            {"url": "/a", "title": "A", "date_published": "2020-05-05T10:00:00Z", "language": "en",
             "authors": [{"name": "Ada"}], "tags": ["maps"]},
            {"id": "without a URL"}, "nonsense",
        ],
    }  # fmt: skip
    reading = feed.read(answer(json.dumps(document)), Ask(url=URL, method="feed"))
    assert reading is not None
    (entry,) = reading.listed
    assert (entry.url, entry.hints.authors, entry.hints.language) == (
        "https://example.org/a",
        ("Ada",),
        "en",
    )
    assert [part.url for part in reading.deferred] == ["https://example.org/feed2.json"]


@pytest.mark.parametrize("body", ["", "<html><body>no feed</body></html>", "{}", "[]", "\x00\x01"])
def test_what_is_no_feed_is_refused(body: str) -> None:
    assert feed.read(answer(body), Ask(url=URL, method="feed")) is None


@pytest.mark.parametrize(
    "damage",
    [
        b"<title>&#x110000;</title>",
        b'<georss:point xmlns:georss="http://www.georss.org/georss">here there</georss:point>',
        b"\x00\x08",
        b'</item><item><link>http://[::1</link></item><item><guid isPermaLink="true">x</guid>',
    ],
)
def test_a_feed_with_one_damaged_element_is_read(damage: bytes) -> None:
    body = RSS.format(date="").encode().replace(b"<dc:creator>", damage + b"<dc:creator>")
    reading = feed.read(answer(body), Ask(url=URL, method="feed"))
    assert reading is not None
    assert reading.listed[0].url == "https://example.org/a"


def test_a_feed_that_declares_no_such_encoding_is_read() -> None:
    body = '<?xml version="1.0" encoding="no-such"?>' + RSS.format(date="")
    reading = feed.read(answer(body), Ask(url=URL, method="feed"))
    assert reading is not None
    assert [entry.url for entry in reading.listed] == ["https://example.org/a"]


def test_a_feed_with_an_entity_bomb_does_not_swell() -> None:
    entities = '<!ENTITY a0 "hahahahaha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    body = f"<!DOCTYPE rss [{entities}]>" + RSS.format(date="").replace("Bread", "&a11;")
    reading = feed.read(answer(body), Ask(url=URL, method="feed"))
    assert reading is None or all(len(e.hints.title or "") < 10_000 for e in reading.listed)


def test_reading_a_feed_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a feed was fetched")

    monkeypatch.setattr(f"{urlopen.__module__}.urlopen", refuse)
    body = b"https://example.org/feed.xml"
    assert feed.read(answer(body), Ask(url=URL, method="feed")) is None


def test_robots_txt_names_sitemaps_on_any_line() -> None:
    body = b"User-agent: *\r\nSITEMAP : /a.xml\r\n# no\rsitemap:https://example.org/b.xml # b\n"
    assert robots.find_sitemaps(answer(body, "text/plain")) == [
        "https://example.org/a.xml",
        "https://example.org/b.xml",
    ]


def test_a_page_in_place_of_robots_txt_names_nothing() -> None:
    body = "<!DOCTYPE html><html><body>Sitemap: https://example.org/a.xml</body></html>"
    assert robots.find_sitemaps(answer(body, "text/plain")) == []


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2020-05-05", datetime(2020, 5, 5, tzinfo=UTC)),
        ("2020-05-05T10:00:00.123456789Z", datetime(2020, 5, 5, 10, tzinfo=UTC)),
        ("2020-05", datetime(2020, 5, 1, tzinfo=UTC)),
        ("0000-00-00", None),
        ("1970-01-01T00:00:00Z", None),
        ("99999999", None),
        (12, None),
        (None, None),
    ],
)
def test_dates_of_lists(text: object, date: datetime | None) -> None:
    found = parse_date(text)
    assert (found.replace(microsecond=0) if found else None) == date
