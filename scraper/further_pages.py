"""What else belongs to a post: the pages that its text is split over, then those of its comments.

A page is followed by what it links to, one request after the other, so that a post is finished
before the next one is begun. How many pages there may be is bounded; none is asked for twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urldefrag

from lxml.etree import _Element

from archive.extraction.comment_pages import find_comment_pages
from archive.extraction.continuations import MAX_PARTS, find_continuations
from archive.records import Capture, Discovery, Exchange
from scraper.items import Page


@dataclass(frozen=True, slots=True)
class Gathering:
    """A page, and what is still to be fetched of the post that begins on it."""

    page: Page  # with what has come so far
    comment_pages: int  # that may still be asked for
    text: tuple[str, ...] = ()  # addresses of further pages of the text
    comments: tuple[str, ...] = ()  # addresses of further pages of the comments
    known: frozenset[str] = frozenset()  # addresses that were asked for, or show what is there
    is_past_text: bool = False  # what is asked for now is a page of comments

    def next(self) -> tuple[str, Gathering] | None:
        """Give the address to ask for now, and what is left then; None where all has come."""
        known = self.known | {self.page.url}
        if self.text and len(self.page.captures) < MAX_PARTS:
            url = self.text[0]
            return url, replace(self, text=self.text[1:], known=known | {url})
        if not self.comments or not self.comment_pages:
            return None
        url = self.comments[0]
        rest = replace(
            self,
            comments=self.comments[1:],
            comment_pages=self.comment_pages - 1,
            known=known | {url},
            is_past_text=True,
        )
        return url, rest

    def with_part(self, capture: Capture, exchange: Exchange) -> Gathering:
        """Add a further page that has come."""
        page = replace(
            self.page,
            captures=(*self.page.captures, capture),
            exchanges=(*self.page.exchanges, exchange),
        )
        return replace(self, page=page)

    def with_links(self, tree: _Element) -> Gathering:
        """Note where a page that has come leads on to."""
        url, known = self.page.url, self.known
        text: list[str] = [] if self.is_past_text else find_continuations(tree, url)
        comments: tuple[str, ...] = ()
        if self.comment_pages:
            found = find_comment_pages(tree, url)
            comments, known = found.others, known | set(found.shown)
        return replace(
            self,
            text=_without(known, self.text, text),
            comments=_without(known, self.comments, comments),
            known=known,
        )

    def discovery(self, url: str) -> Discovery:
        """Say how a further page was found."""
        hops = self.page.discovery.hops_from_seed + 1
        return Discovery(url=url, methods=("link",), via=self.page.url, hops_from_seed=hops)

    def leads_back(self, url: str) -> bool:
        """Tell whether an address is that of the first page."""
        return urldefrag(url).url == self.page.url


def _without(known: frozenset[str], *groups: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(url for group in groups for url in group if url not in known))
