"""What earlier crawls have left in the catalogue, as plans ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Literal

from archive.catalogue import CatalogueReader
from archive.catalogue.chains import last_complete_crawl
from archive.catalogue.pages import (
    KnownList,
    KnownPage,
    find_page,
    find_readings,
    iter_due_pages,
    iter_known_pages,
    iter_live_articles,
    remembered_listings,
    remembered_lists,
)
from archive.errors import ArchiveError
from archive.http_message import decoded_body, split_response
from archive.stored_messages import MessageReader
from archive.urls import urlkey
from scraper.discovery import Answer

_WAS_HOME_PAGE = """
SELECT 1 FROM articles CROSS JOIN captures AS post ON post.record_id = capture_id
WHERE articles.urlkey {is_post}
AND post.payload_digest IN (SELECT payload_digest FROM captures WHERE urlkey = ?1) LIMIT 1
"""
Mode = Literal["incremental", "check", "full"]

_MAX_LIST_BYTES = 20_000_000
_OK = frozenset({200, 304, None})  # a revisit states none where the server said "not modified"


class CatalogueMemory:
    """The memory of plans (`scraper.discovery.memory.Memory`), read from the catalogue as asked.

    Args:
        catalogue: of the collection, brought up to date with every crawl that is over.
        mode: what of the known pages is asked for: those that are due, or all; `full` looks for
            all lists anew as well.
        now: when this crawl began.
        messages: reads what was archived; left out: what a list said before is not known.
        shortens: what was found to name no post is not asked for again.
    """

    def __init__(
        self,
        catalogue: CatalogueReader,
        mode: Mode,
        now: datetime,
        *,
        messages: MessageReader | None = None,
        shortens: bool = False,
    ) -> None:
        self.now = now
        self.wants_all = mode != "incremental"
        self.shortens = shortens
        self._mode = mode
        self._catalogue = catalogue
        self._messages = messages

    def of_blog(self, seed: str) -> CatalogueMemory:
        """Give the memory of one blog: where all of it was found before, less is looked for."""
        last = last_complete_crawl(self._catalogue, self.now, spider="blog", seed=seed)
        has_found_all = last is not None and last.reason == "finished"
        shortens = has_found_all and self._mode != "full"
        return CatalogueMemory(
            self._catalogue, self._mode, self.now, messages=self._messages, shortens=shortens
        )

    def find(self, url: str) -> KnownPage | None:
        """Find what is known of the page at an address."""
        return find_page(self._catalogue, url)

    def has_captured(self, url: str) -> bool:
        """Tell whether the page at an address was captured, and is not known to be gone."""
        known = self.find(url)
        return known is not None and known.check_count > 0 and known.gone is None

    def wanted(self) -> Iterator[KnownPage]:
        """Yield the pages whose time has come; where all are wanted, all."""
        if self.wants_all:
            yield from iter_known_pages(self._catalogue)
        yield from iter_due_pages(self._catalogue, self.now)

    def live_articles(self) -> Iterator[KnownPage]:
        """Yield the articles that are not gone."""
        return iter_live_articles(self._catalogue)

    def count_named(self, method: str) -> int:
        """Count the posts that a list of this method named and that are not gone."""
        rows = self._catalogue.query(
            "SELECT count(*) AS number FROM pages WHERE gone IS NULL AND methods LIKE ?"
            " AND json_extract(hints, '$.kind') = 'post'",
            f'%"{method}"%',
        )
        return int(next(rows)["number"])

    def count_captured(self) -> int:
        """Count the pages that were captured and are not gone."""
        statement = "SELECT count(*) AS number FROM pages WHERE check_count > 0 AND gone IS NULL"
        return int(next(self._catalogue.query(statement))["number"])

    def was_home_page(self, url: str | None, *, home: str) -> bool:
        """Tell whether a post was archived from the bytes that the home page had, then or once.

        Args:
            url: of the post; None: any.
            home: the address of the home page.
        """
        if url is None:
            rows = self._catalogue.query(_WAS_HOME_PAGE.format(is_post="<> ?1"), urlkey(home))
        else:
            of_post = _WAS_HOME_PAGE.format(is_post="= ?2")
            rows = self._catalogue.query(of_post, urlkey(home), urlkey(url))
        return next(rows, None) is not None

    def lists(self) -> list[KnownList]:
        """Give the lists that were asked for, the last one first."""
        return remembered_lists(self._catalogue, self.now)

    def readings(self) -> dict[str, datetime]:
        """Tell of each part of a list when it was last read whole, and all was asked for."""
        return find_readings(self._catalogue, self.now)

    def listings(self) -> list[str]:
        """Give the listing pages that were the first to name posts, the best first."""
        return [url for url, _ in remembered_listings(self._catalogue)]

    def former_answer(self, url: str) -> Answer | None:
        """Read what a list said when it was last asked for, in a crawl that is complete."""
        last = last_complete_crawl(self._catalogue, self.now)
        if last is None or last.finished is None or self._messages is None:
            return None
        for row in self._catalogue.iter_captures(url):
            if row.target_uri == url and row.date <= last.finished and row.status in _OK:
                with suppress(ArchiveError):  # what cannot be read (any more) says nothing
                    return _answer(url, self._messages.read(row.record_id))
                return None
        return None


def _answer(url: str, message: bytes) -> Answer:
    head = split_response(message)
    return Answer(
        url=url,
        status=head.status or 0,
        headers={name.lower(): value for name, value in head.headers},
        body=decoded_body(message, max_size_bytes=_MAX_LIST_BYTES),
    )
