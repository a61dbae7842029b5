"""Canonical addresses and the further pages of a split post."""

from __future__ import annotations

import pytest

from archive.extraction.continuations import MAX_CONTINUATIONS, find_continuations
from archive.extraction.tree.canonical import find_canonical
from archive.extraction.tree.parsing import parse_html

POST = "https://blog.example/2024/soup/"


@pytest.mark.parametrize(
    ("declared", "believed"),
    [
        ("https://blog.example/2024/soup/", "https://blog.example/2024/soup/"),
        ("/2024/soup", "https://blog.example/2024/soup"),
        ("http://www.blog.example/2024/soup/#more", "http://www.blog.example/2024/soup/"),
        ("https://blog.example/2024/soup/comment-page-3/", "https://blog.example/2024/soup/"),
        ("https://blog.example/?p=4&cpage=2", "https://blog.example/?p=4"),
        ("https://blog.example/", None),
        ("https://copy.example/2024/soup/", None),
        ("javascript:void(0)", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_canonical_address(declared: str, believed: str | None) -> None:
    tree = parse_html(f'<head><link rel="canonical" href="{declared}"></head>'.encode())
    assert find_canonical(tree, POST) == believed


def test_canonical_address_of_the_home_page_is_the_home_page() -> None:
    tree = parse_html(b'<link rel="canonical" href="https://blog.example/">')
    assert find_canonical(tree, "https://blog.example/?utm_source=x") is None
    assert find_canonical(tree, "https://blog.example") == "https://blog.example/"


def links(*addresses: str, body: str = "") -> bytes:
    row = " ".join(f'<a href="{address}">x</a>' for address in addresses)
    return f"<article><h1>Soup</h1><p>Text.</p>{body}<p>{row}</p></article>".encode()


@pytest.mark.parametrize(
    ("url", "linked", "pages"),
    [
        (POST, ["3/", "2/"], [POST + "2/", POST + "3/"]),
        (POST, ["?page=2"], [POST + "?page=2"]),
        ("https://blog.example/?p=12", ["/?p=12&page=2"], ["https://blog.example/?p=12&page=2"]),
        (POST, ["2/", "4/"], [POST + "2/", POST + "3/", POST + "4/"]),
        (POST, ["/2024/soup-2/", "/2024/stew/"], []),
        ("https://blog.example/archives/123", ["/archives/124", "/archives/122"], []),
        ("https://blog.example/", ["/page/2/", "/2/"], []),
        ("https://blog.example/2022/12/", ["/2022/12/2/", "/2022/12/26/"], []),
        ("https://blog.example/tag/soup/", ["page/2/"], []),
        (POST, ["https://other.example/2024/soup/2/"], []),
        (POST, [f"{MAX_CONTINUATIONS + 2}/", "10000/"], []),
    ],
)
def test_continuations(url: str, linked: list[str], pages: list[str]) -> None:
    assert find_continuations(parse_html(links(*linked)), url) == pages


def test_pages_of_a_list_of_posts_are_no_continuations() -> None:
    teasers = "".join(f'<div><h2><a href="/post-{n}/">Post {n}</a></h2></div>' for n in range(5))
    page = links("page/2/", body=teasers)
    assert find_continuations(parse_html(page), "https://blog.example/posts/") == []
