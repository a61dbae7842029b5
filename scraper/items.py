"""What the spiders yield."""

from __future__ import annotations

from dataclasses import dataclass

from archive.records import Capture, Discovery, Exchange
from scraper.requisites.references import Requisite


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A captured page that is to be extracted, with the further pages of a post that is split.

    `exchanges` and `captures` run side by side: the page itself first, its continuations after it.
    `crawl_id` is that of the crawl that captured it, where that is an earlier one.
    `duplicate_of` names the address under which the same post is there already. `requisites` are
    what all its pages name, where the crawl asks for requisites.
    """

    url: str
    discovery: Discovery
    captures: tuple[Capture, ...]
    exchanges: tuple[Exchange, ...]
    crawl_id: str | None = None
    duplicate_of: str | None = None
    requisites: tuple[Requisite, ...] = ()
