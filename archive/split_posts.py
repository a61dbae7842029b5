"""Whether all pages of a split post were captured, told as a crawl tells it: by what they link to.

A crawl files a post only once its further pages have come (`scraper.plan_spider`). What it had not
filed when it was killed is judged here, so that no part of a post is taken for the post.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archive.catalogue import CatalogueReader
from archive.errors import BodyTooLargeError
from archive.extraction.continuations import MAX_PARTS, find_continuations
from archive.extraction.page_types.page_type import is_html
from archive.extraction.tree.parsing import MAX_HTML_BYTES, parse_html
from archive.http_message import decoded_body, split_response
from archive.inventory import ListedPage
from archive.stored_messages import MessageReader

INCOMPLETE = "incomplete"
"""The rule that leaves out a post whose further pages have not come."""


class PostReader:
    """Reads the pages of posts, and tells which posts lack some.

    Args:
        messages: reads the answers.
        catalogue: knows which further pages the crawl has failed to get.
    """

    def __init__(self, messages: MessageReader, catalogue: CatalogueReader) -> None:
        self._messages = messages
        self._catalogue = catalogue

    def read(self, listed: ListedPage) -> tuple[bytes, ...]:
        """Return the answers of a page and of the captures that continue it.

        Raises:
            CaptureNotFoundError, WarcError: one is not to be had.
        """
        captures = (listed.page.capture, *listed.continuations.values())
        return tuple(self._messages.read(capture.record_id) for capture in captures)

    def is_whole(self, listed: ListedPage, blocks: tuple[bytes, ...]) -> bool:
        """Tell whether a page, and what continues it, is all that the crawl would have waited for.

        Where a crawl has said what became of the page, its word counts. Captures of other programs
        do not say what continues what, and are taken as they are.

        Args:
            listed: the page.
            blocks: what `read` gives of it.
        """
        page = listed.page
        discovery, crawl_id = page.origin.discovery, page.crawl_id
        if not discovery.methods or self._catalogue.find_outcome(discovery.url, crawl_id=crawl_id):
            return True

        def has_failed(address: str) -> bool:
            return address in listed.refused or self._catalogue.has_failure(
                address, crawl_id=crawl_id
            )

        parts = dict(zip(listed.continuations, blocks[1:], strict=True))
        try:
            return _has_all(blocks[0], page.capture.target_uri, parts, has_failed)
        except BodyTooLargeError:  # whoever reads it will say so
            return True


def _has_all(
    first: bytes, url: str, parts: Mapping[str, bytes], has_failed: Callable[[str], bool]
) -> bool:
    """Follow the links to further pages; one that failed is what a crawl does without."""
    rest = _find_links(first, url)
    known = {url}
    while rest and len(known) < MAX_PARTS:
        address, *rest = rest
        if address in parts:
            known.add(address)
            further = _find_links(parts[address], url)
            rest = list(dict.fromkeys([*rest, *(link for link in further if link not in known)]))
        elif not has_failed(address):
            return False
    return True


def _find_links(block: bytes, url: str) -> list[str]:
    headers = {name.lower(): value for name, value in split_response(block).headers}
    body = decoded_body(block, max_size_bytes=MAX_HTML_BYTES)
    return find_continuations(parse_html(body, headers), url) if is_html(body, headers) else []
