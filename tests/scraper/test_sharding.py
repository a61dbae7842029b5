"""Which machine of a fleet a blog belongs to."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from scraper.sharding import Shard, registered_domain, shard_of

# Taken down once: a release that gives another number would crawl every blog anew, elsewhere.
KNOWN = {
    "https://example.org/": 3,
    "https://example.com/blog/": 2,
    "https://ada.blogspot.com/": 3,
    "https://eve.blogspot.com/": 3,
    "http://127.0.0.1:8080/": 1,
    "https://bücher.example/": 1,
}


@pytest.mark.parametrize("url", KNOWN)
def test_a_blog_stays_in_its_shard_from_release_to_release(url: str) -> None:
    assert shard_of(url, 4) == KNOWN[url]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/", "http://www.example.org/blog/?a=1"),
        ("https://news.example.co.uk/", "https://blog.example.co.uk:8443/"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("http://localhost:8001/", "http://localhost:8002/"),
        ("http://127.0.0.1/", "http://127.0.0.1:8080/a/"),
        ("https://example.org./", "https://ada@example.org/"),
    ],
)
def test_all_of_one_domain_is_one_machines_work(one: str, other: str) -> None:
    assert registered_domain(one) == registered_domain(other)
    assert shard_of(one, 1000) == shard_of(other, 1000)


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://a.example.co.uk/", "example.co.uk"),
        ("https://ada.blogspot.com/", "ada.blogspot.com"),
        ("https://blogspot.com/", "blogspot.com"),
        ("http://192.0.2.7:8080/", "192.0.2.7"),
        ("http://[2001:DB8::7]/", "[2001:db8::7]"),
        ("http://wiki.office/", "wiki.office"),
    ],
)
def test_a_public_suffix_is_nobodys_domain(url: str, domain: str) -> None:
    assert registered_domain(url) == domain


def test_blogs_are_spread_evenly_and_each_is_in_one_shard() -> None:
    urls = [f"https://blog-{number}.example/" for number in range(4000)]
    shards = [Shard(number, 4) for number in range(1, 5)]
    owners = [[shard.number for shard in shards if shard.covers(url)] for url in urls]
    assert all(len(owner) == 1 for owner in owners)
    counts = Counter(number for (number,) in owners)
    assert min(counts.values()) > 900


@pytest.mark.parametrize("text", ["", "0/4", "5/4", "1", "1/0", "a/b", "-1/4", "1/2/3", "½/2"])
def test_what_is_no_shard_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="say for example 1/4"):
        Shard.parse(text)


@pytest.mark.parametrize("url", ["example.org", "ftp://example.org/", "http://", ""])
def test_what_is_no_web_address_belongs_nowhere(url: str) -> None:
    with pytest.raises(ValueError, match="not an http or https URL"):
        shard_of(url, 2)


def test_the_list_of_suffixes_is_the_installed_one_whatever_a_machine_has_in_its_cache() -> None:
    """In a process whose sockets are dead, with a list of its own named in the environment."""
    program = (
        "import socket, tempfile; socket.socket.connect = socket.getaddrinfo = None;"
        "from scraper.sharding import registered_domain as of;"
        "print(of('https://a.example.co.uk/'))"
    )
    environment = {
        "TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS": "http://127.0.0.1:9/list",
        "TLDEXTRACT_CACHE": "/nowhere",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "example.co.uk\n"
    assert done.stderr == ""
