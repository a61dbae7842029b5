"""The table of URL rules, and the identity of addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.urls import RULES, Rule, Verdict, canonicalize_url, judge

_EXAMPLES = [
    pytest.param(rule, f"https://example.org{rule.example}", id=rule.name) for rule in RULES
]


def _is_caught(rule: Rule, url: str) -> bool:
    judgement = judge(url)
    return judgement.url != url if rule.verdict is Verdict.STRIP else judgement.rule == rule.name


@pytest.mark.parametrize(("rule", "url"), _EXAMPLES)
def test_each_rule_catches_its_example_and_spares_what_looks_alike(rule: Rule, url: str) -> None:
    assert _is_caught(rule, url)
    assert not _is_caught(rule, f"https://example.org{rule.spares}")
    if rule.verdict is Verdict.STRIP:
        assert judge(url).url == f"https://example.org{rule.becomes}"
    else:
        assert judge(url).verdict is rule.verdict


def test_rules_have_distinct_names() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/archives/123",
        "https://example.org/archives/2019/maps",
        "https://example.org/?p=12",
        "https://example.org/index.php?id=7",
        "https://example.org/node/12",
        "https://example.org/2020/05/12/maps/",
        "https://example.org/2020/05/12/maps.html",
        "https://example.org/politics/2020/05/maps.html",
        "https://example.org/post/618/on-maps",
        "https://example.org/p/on-maps",
        "https://example.org/@ada/on-maps-3f2a9c",
        "https://example.org/1984-revisited/",
        "https://example.org/blog/how-to-search-maps",
        "https://example.org/%D0%BA%D0%B0%D1%80%D1%82%D1%8B/",
        "https://example.org/b\u00fccher/",
        "https://example.org/tag-team/",
        "https://example.org/about/",
        "https://example.org/blog/the-feed-reader/",
        "https://example.org/notes/printing-money/",
        "https://example.org/posts/login-forms-considered-harmful",
    ],
)
def test_permalinks_of_all_styles_are_pages(url: str) -> None:
    assert judge(url).verdict is Verdict.PAGE


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://example.org/tags/", "tag"),
        ("https://example.org/tag/maps/page/3/", "pagination"),
        ("https://example.org/tag/maps.html", "tag"),
        ("https://example.org/category/a/b/", "category"),
        ("https://example.org/taxonomy/term/5", "category"),
        ("https://example.org/?cat=5", "category"),
        ("https://example.org/?author=5", "author"),
        ("https://example.org/?paged=5", "pagination"),
        ("https://example.org/blog/page2/", "pagination"),
        ("https://example.org/index6.html", "pagination"),
        ("https://example.org/?m=202005", "date-listing"),
        ("https://example.org/2020/", "date-listing"),
        ("https://example.org/blog/archive/2020/", "date-listing"),
        ("https://example.org/2020_05_01_archive.html", "date-listing"),
        ("https://example.org/2020/05/index.html", "date-listing"),
        ("https://example.org/archive", "archive"),
        ("https://example.org/search/label/Maps?max-results=20", "label"),
        ("https://example.org/search/maps/", "search"),
        ("https://example.org/feed.xml", "feed"),
        ("https://example.org/a.pdf", "asset"),
        ("https://example.org/feed/", "feed"),
        ("https://example.org/comments/feed/", "feed"),
        ("https://example.org/?feed=rss2", "feed"),
        ("https://example.org/?rest_route=/wp/v2/posts", "api"),
        ("https://example.org/wp-login.php?action=register", "admin"),
        ("https://example.org/events/2031-05/", "calendar"),
        ("https://example.org/?month=5&year=2031", "calendar"),
        ("https://example.org/cart/", "account"),
        ("https://example.org/?a=1&b=2&c=3&d=4&e=5&f=6&g=7", "too-many-parameters"),
        ("https://example.org/" + "a" * 2100, "too-long"),
        ("ftp://example.org/a", "not-a-web-address"),
        ("https://[broken/", "not-a-web-address"),
        ("https://example.org:port/", "not-a-web-address"),
        ("mailto:ada@example.org", "not-a-web-address"),
    ],
)
def test_what_is_no_post_is_named_by_its_rule(url: str, rule: str) -> None:
    assert judge(url).rule == rule


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("http://example.org/a", "https://www.example.org/a/"),
        ("https://example.org/a/index.html", "https://example.org/a/"),
        ("https://example.org/index.php?p=12", "https://example.org/?p=12"),
        ("https://example.org/%d0%ba", "https://example.org/%D0%BA"),
        ("https://example.org/\u043a", "https://example.org/%D0%BA"),
        ("https://example.org/%7eada", "https://example.org/~ada"),
        ("https://b\u00fccher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://example.org/a?b=1&a=2", "https://example.org/a?a=2&b=1"),
        ("https://example.org/a?utm_source=x&fbclid=y", "https://example.org/a"),
        ("https://example.org/a/comment-page-2/#comment-9", "https://example.org/a/"),
        ("https://example.org/a/?replytocom=3", "https://example.org/a/"),
        ("https://example.org/a;jsessionid=1F", "https://example.org/a"),
        ("https://example.org:443/a/../b", "https://example.org/b"),
        ("https://EXAMPLE.org/a", "https://example.org/a"),
    ],
)
def test_addresses_of_one_page_have_one_identity(first: str, second: str) -> None:
    assert canonicalize_url(first) == canonicalize_url(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://example.org/A", "https://example.org/a"),
        ("https://example.org/?p=12", "https://example.org/?p=13"),
        ("https://example.org:8080/a", "https://example.org/a"),
        ("https://blog.example.org/a", "https://example.org/a"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/a?b", "https://example.org/a?b=1"),
    ],
)
def test_addresses_of_two_pages_have_two(first: str, second: str) -> None:
    assert canonicalize_url(first) != canonicalize_url(second)


_SCRAP = st.sampled_from(
    ["/", "//", "..", ".", "a", "%", "%41", "%2F", "%zz", "?", "&", "=", "#", ";", "+", " ", "ü",
     "index.html", "print", "page", "2", "comment-page-3", "utm_source=x", "sid", "(S(abcdefgh12))",
     "jsessionid=1", "www.", ":80", "@", "[", "\\", "\n", "share=1"]
)  # fmt: skip


@given(st.lists(_SCRAP, max_size=12).map("".join) | st.text(max_size=40))
def test_canonicalize_url_is_idempotent_and_never_raises(tail: str) -> None:
    for url in (f"http://www.example.org/{tail}", f"https://{tail}", tail):
        once = canonicalize_url(url)
        assert canonicalize_url(once) == once


@given(st.lists(_SCRAP, max_size=12).map("".join) | st.text(max_size=40))
def test_judging_a_cleaned_url_changes_it_no_more(tail: str) -> None:
    once = judge(f"http://example.org/{tail}")
    if once.verdict is not Verdict.NEVER:
        assert judge(once.url) == once
        assert canonicalize_url(once.url) == canonicalize_url(f"http://example.org/{tail}")
