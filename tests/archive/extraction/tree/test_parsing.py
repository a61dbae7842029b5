"""Whatever the bytes are, a tree comes out, and its text is readable."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.extraction.tree.parsing import MAX_HTML_BYTES, decode_html, parse_html

RUSSIAN = "Это русский текст о пользе чтения старых книг. " * 4
FRENCH = "Déjà vu à l’école : où est passée la naïveté ? " * 4
POLISH = "Zażółć gęślą jaźń, proszę państwa. Będzie wiosną. " * 4
JAPANESE = "日本語のテキスト。これは私の古いペンです。" * 4


def page(text: str, encoding: str, declared: str | None) -> bytes:
    meta = f'<meta charset="{declared}">' if declared else ""
    return f"<html><head>{meta}</head><body><p>{text}</p></body></html>".encode(encoding)


@pytest.mark.parametrize(
    ("text", "encoding", "declared", "header"),
    [
        pytest.param(RUSSIAN, "utf-8", None, None, id="utf-8, nothing declared"),
        pytest.param(FRENCH, "utf-8", "iso-8859-1", None, id="utf-8, latin-1 declared"),
        pytest.param(FRENCH, "cp1252", "utf-8", None, id="cp1252, utf-8 declared"),
        pytest.param(RUSSIAN, "cp1251", "utf-8", None, id="cp1251, utf-8 declared"),
        pytest.param(RUSSIAN, "cp1251", "iso-8859-1", "utf-8", id="cp1251, utf-8 and latin-1 said"),
        pytest.param(FRENCH, "cp1252", "iso-8859-1", "utf-8", id="cp1252, utf-8 and latin-1 said"),
        pytest.param(JAPANESE, "shift_jis", "utf-8", None, id="shift_jis, utf-8 declared"),
        pytest.param(JAPANESE, "shift_jis", "iso-8859-1", None, id="shift_jis, latin-1 declared"),
        pytest.param(RUSSIAN, "koi8-r", None, None, id="koi8-r, nothing declared"),
        pytest.param(POLISH, "cp1250", None, None, id="cp1250, nothing declared"),
        pytest.param(JAPANESE, "shift_jis", "shift_jis", None, id="shift_jis in a meta tag"),
        pytest.param(JAPANESE, "euc_jp", "x-sjis-nonsense", "euc-jp", id="euc-jp in the header"),
        pytest.param(JAPANESE, "iso2022_jp", "iso-2022-jp", None, id="iso-2022-jp, which is ASCII"),
    ],
)
def test_text_is_read_in_the_encoding_it_is_in(
    text: str, encoding: str, declared: str | None, header: str | None
) -> None:
    headers = {"Content-Type": f"text/html; charset={header}"} if header else {}
    tree = parse_html(page(text, encoding, declared), headers)
    assert tree.findtext(".//p") == text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_byte_order_mark_decides(mark: bytes, encoding: str) -> None:
    tree = parse_html(mark + page(FRENCH, encoding, "windows-1251"))
    assert tree.findtext(".//p") == FRENCH


def test_few_damaged_bytes_do_not_change_the_encoding() -> None:
    body = page(RUSSIAN, "utf-8", "utf-8").replace("пользе".encode(), b"\xd0\xff", 1)
    assert "чтения старых книг" in decode_html(body)


@pytest.mark.parametrize(
    ("declared", "content_type"),
    [("utf-8", "text/html"), (None, "text/html; charset=UTF-8"), ("latin1", "text/html")],
)
def test_page_with_few_foreign_characters_and_a_damaged_one_stays_utf8(
    declared: str | None, content_type: str
) -> None:
    body = page("A café – naïve, but ours. The @ end.", "utf-8", declared).replace(b"@", b"\x92")
    text = parse_html(body, {"content-type": content_type}).findtext(".//p")
    assert text == "A café – naïve, but ours. The \ufffd end."


def test_one_good_character_and_one_damaged_one_are_utf8_where_the_page_says_so() -> None:
    assert "café \ufffd" in decode_html(page("café @", "utf-8", "utf-8").replace(b"@", b"\xe9"))
    assert "caf\xe9" in decode_html(b'<meta charset="utf-8"><p>caf\xe9</p>')


def test_nul_bytes_inside_words_are_dropped() -> None:
    assert parse_html(b"<p>com\0plete</p>").findtext(".//p") == "complete"


@pytest.mark.parametrize("body", [b"", b"  \n", b"<!-- only -->", b"\0\0", b"<", b"\xff\xfe\xff"])
def test_nothing_to_parse_gives_an_html_element(body: bytes) -> None:
    assert parse_html(body).tag == "html"


def test_text_in_and_after_10000_nested_elements_is_kept() -> None:
    body = b"<div>" * 10_000 + b"<p>deep</p>" + b"</div>" * 10_000 + b"<p>after</p>"
    tree = parse_html(body)
    assert [p.text for p in tree.iter("p")] == ["deep", "after"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<title>t</title><main><p>one</p></main><p>two", id="nothing but a title"),
        pytest.param(
            b"<head><meta charset=utf-8><x-app>one</x-app><p>two</body>", id="own element"
        ),
        pytest.param(b"<head><title>t</title><nav>one</nav><body>two", id="nav in the head"),
        pytest.param(b"<head><nav>one</nav><body class=c>tw<b>o</b>", id="text begins the body"),
        pytest.param(b"<head><nav>one</nav><body>t&#26;w\x1ao", id="control characters"),
        pytest.param(b"<p>one</body></html><p>two", id="text after the end"),
        pytest.param(b"<p>one</HTML ><html><body class=b><p>two</body></html>", id="two pages"),
    ],
)
def test_all_text_is_in_the_body_as_in_a_browser(body: bytes) -> None:
    tree = parse_html(body)
    (found,) = tree.findall("body")
    assert "".join(map(str, found.itertext())) == "onetwo"
    assert tree.findtext("head/title") in (None, "t")


def test_spider_reads_no_more_of_a_huge_page_than_its_beginning() -> None:
    tree = parse_html(b"<p>first</p>" + b"x" * MAX_HTML_BYTES + b"<p>last</p>")
    assert [p.text for p in tree.iter("p")] == ["first"]


@given(st.binary(max_size=400))
def test_garbage_never_raises(body: bytes) -> None:
    assert parse_html(b"<html>" + body).tag == "html"


def test_of_a_host_of_attributes_the_first_thousand_are_read() -> None:
    crowd = " ".join(f"c{number}=1" for number in range(200_000))
    image = f"<img src='data:image/png;base64,{'A= ' * 20_000}' alt=kept>"
    body = f"<p>Before.</p><div id=first {crowd} class=last>Inside.</div>{image}<p>After.</p>"
    tree = parse_html(f"<html><body>{body}".encode())
    box = tree.find(".//div")
    assert box is not None
    assert (box.get("id"), box.text, len(box.attrib)) == ("first", "Inside.", 1_000 - 1)
    assert [e.get("alt") for e in tree.iter("img")] == ["kept"]
    assert [e.text for e in tree.iter("p")] == ["Before.", "After."]
