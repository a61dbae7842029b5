"""URL keys agree with the tools that look captures up."""

import surt
from hypothesis import given
from hypothesis import strategies as st

from archive.urls import urlkey


def test_one_page_has_one_key() -> None:
    same = ("http://example.org/A/?y=2&x=1", "https://www.Example.org:443/a?x=1&y=2#part")
    assert {urlkey(url) for url in same} == {"org,example)/a?x=1&y=2"}


def test_names_of_other_scripts_are_in_ascii() -> None:
    assert urlkey("http://exämple.org/ä") == "org,xn--exmple-cua)/%c3%a4"


def test_what_is_no_url_is_its_own_key() -> None:
    assert urlkey("http://a:port/x y\n") == "http://a:port/x%20y%0A"
    assert urlkey("http://a:port/ä\ud800") == "http://a:port/%C3%A4?"
    assert urlkey("") == "-"


@given(st.from_regex(r"https?://[a-z]{1,9}\.[a-z]{2,3}(:[0-9]{1,4})?/[!-~]{0,30}", fullmatch=True))
def test_agrees_with_surt(url: str) -> None:
    try:
        expected = surt.surt(url)
    except ValueError:
        expected = url
    assert urlkey(url) == expected


@given(st.text())
def test_never_raises_nor_breaks_a_line(url: str) -> None:
    key = urlkey(url)
    assert key
    assert key.isascii()
    assert not any(character.isspace() for character in key)
