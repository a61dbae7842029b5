"""What belongs to a blog and what does not."""

from __future__ import annotations

import pytest

from scraper.scope import Scope


@pytest.mark.parametrize(
    ("seed", "url", "inside"),
    [
        ("https://example.org/", "http://www.example.org/a", True),
        ("http://www.example.org", "https://example.org/", True),
        ("https://example.org/", "https://blog.example.org/a", False),
        ("https://example.org/", "https://example.org.evil.example/a", False),
        ("https://example.org/", "https://example.org@evil.example/a", False),
        ("https://example.org/", "https://example.org:8443/a", False),
        ("http://example.org:8000/", "http://example.org:8000/a", True),
        ("http://example.org:8000/", "http://example.org/a", False),
        ("https://example.org/blog/", "https://example.org/blog", True),
        ("https://example.org/blog", "https://example.org/blog/2020/a", True),
        ("https://example.org/blog/", "https://example.org/blogroll", False),
        ("https://example.org/blog/", "https://example.org/", False),
        ("https://example.org/blog/index.html", "https://example.org/blog/a", True),
        ("https://example.org/index.php", "https://example.org/a", True),
        ("https://example.org/~ada/", "https://example.org/%7Eada/a", True),
        ("https://example.org/blog/", "https://example.org/blog/../shop/", False),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example/a", True),
        ("https://example.org/", "javascript:alert(1)", False),
    ],
)
def test_scope_is_host_and_path_of_the_seed(seed: str, url: str, inside: bool) -> None:
    assert Scope.of(seed).covers(url) is inside


@pytest.mark.parametrize("seed", ["", "example.org", "ftp://example.org/", "https://"])
def test_a_seed_that_is_no_web_address_is_refused(seed: str) -> None:
    with pytest.raises(ValueError, match="not an http or https URL"):
        Scope.of(seed)


def test_urls_of_the_site_are_asked_for_where_the_seed_is() -> None:
    scope = Scope.of("https://www.example.org/")
    assert scope.localized("http://example.org/a?b=1") == "https://www.example.org/a?b=1"
    assert scope.localized("http://elsewhere.example/a") == "http://elsewhere.example/a"


def test_a_seed_that_has_moved_takes_its_scope_along() -> None:
    moved = Scope.of("http://old.example/blog/").moved_to("https://new.example/")
    assert moved.covers("https://new.example/a")
    assert not moved.covers("http://old.example/blog/a")


def test_a_seed_that_only_changes_scheme_keeps_its_path() -> None:
    moved = Scope.of("http://example.org/blog/").moved_to("https://www.example.org/blog/")
    assert (moved.path, moved.origin) == ("/blog", "https://www.example.org")
