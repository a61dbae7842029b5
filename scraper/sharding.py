"""Divides blogs among the machines of a fleet, which need not know of each other.

What is on one registered domain is one machine's work, so that no site is ever asked by two of
them. The registered domain is what the public suffix list says, its private part included: each
blog at a platform that lets out names (``ada.blogspot.com``) is a domain of its own, and the blogs
of one platform are spread over all machines.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Self

from archive.schedule.units import parse_shard
from scraper.addresses import site_of

if TYPE_CHECKING:
    from tldextract import TLDExtract


@dataclass(frozen=True, slots=True)
class Shard:
    """One machine's part of all blogs.

    Attributes:
        number: which part, from 1.
        count: how many parts there are.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a command line says.

        >>> Shard.parse("2/4")
        Shard(number=2, count=4)

        Raises:
            ValueError: it is no such pair of numbers; says what to write.
        """
        return cls(*parse_shard(text))

    def covers(self, url: str) -> bool:
        """Whether a URL is this machine's work.

        Raises:
            ValueError: it is no absolute http or https URL.
        """
        return shard_of(url, self.count) == self.number


def shard_of(url: str, count: int) -> int:
    """Say which of so many shards a URL belongs to: a number from 1 to `count`.

    The number depends on the registered domain alone (the first eight octets of its SHA-256, as a
    big-endian number), so that it is the same on every machine and stays the same. It changes with
    `count`, and for a domain below which the public suffix list of a newer release draws another
    border: the machines of a fleet run the same release.

    >>> shard_of("https://www.example.org/blog/", 4) == shard_of("http://a.b.example.org:8080/", 4)
    True

    Raises:
        ValueError: it is no absolute http or https URL.
    """
    octets = hashlib.sha256(registered_domain(url).encode("ascii")).digest()
    return int.from_bytes(octets[:8], "big") % count + 1


def registered_domain(url: str) -> str:
    """Give the domain that the owner of a URL has registered, in ASCII form.

    A host below no public suffix (an IP address, ``localhost``, a name of one's own network) is
    given as it is, and so is one that is a public suffix itself.

    >>> registered_domain("https://news.example.co.uk/"), registered_domain("http://[::1]:8080/")
    ('example.co.uk', '[::1]')
    >>> registered_domain("https://ada.blogspot.com/"), registered_domain("http://localhost/")
    ('ada.blogspot.com', 'localhost')

    Raises:
        ValueError: it is no absolute http or https URL.
    """
    host, _ = site_of(url)
    if not host:
        raise ValueError(f"not an http or https URL: {url!r}")
    return public_suffixes()(host).top_domain_under_public_suffix or host


@cache
def public_suffixes() -> TLDExtract:
    """Load the list that is installed; no other is looked for, on disk or in the network."""
    from tldextract import TLDExtract  # here, since it brings an HTTP client along

    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)
