"""URL keys agree with the tools that look captures up."""

import pytest
import surt
from hypothesis import given
from hypothesis import strategies as st

from archive.commands.replay import seed_lines
from archive.urls import name_addresses, urlkey


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


@given(
    st.from_regex(
        r"https?://(www[0-9]?\.)?([a-z0-9-]{1,4}\.){1,3}[a-z][a-z0-9-]{0,3}"
        r"(/[A-Za-z0-9_.~-]{0,5}){0,4}(\?[a-z=&;.]{0,5})?",
        fullmatch=True,
    )
)
def test_agrees_with_surt_on_plain_urls(url: str) -> None:
    assert urlkey(url) == surt.surt(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://www.com/", "http://www1.www.example.org/A/b.HTML", "https://example.org",
        "http://example.org/a//b", "http://example.org/a/../b/", "http://example.org/.a",
        "http://-.a/", "http://1.2.3.a4/x/", "http://1.2.3.4/x", "http://xn--a.org/~b/-/_",
        "http://example.org/(a(0123456789abcdef01234567))/b.aspx",
    ],
)  # fmt: skip
def test_agrees_with_surt_where_urls_are_nearly_plain(url: str) -> None:
    assert urlkey(url) == surt.surt(url)


@given(st.text())
def test_never_raises_nor_breaks_a_line(url: str) -> None:
    key = urlkey(url)
    assert key
    assert key.isascii()
    assert not any(character.isspace() for character in key)


def test_few_addresses_are_named_and_of_many_the_first() -> None:
    urls = [f"http://example.org/{number}" for number in range(2_000)]
    assert name_addresses(urls[:3]) == ", ".join(urls[:3])
    assert name_addresses(urls) == "http://example.org/0 and 1,999 more addresses"


def test_of_many_seeds_a_replay_names_the_first() -> None:
    urls = [f"http://example.org/{number}" for number in range(152)]
    *named, rest = seed_lines(urls, lambda url: f"/r/{url}")
    assert named == [f"/r/{url}" for url in urls[:10]]
    assert rest == "and 142 more addresses, which collection.toml names"
    assert list(seed_lines(urls[:2], {urls[1]: "/r/1"}.get)) == ["/r/1"]
