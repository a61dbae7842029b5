"""A post from all its pages: the text of those it is split over, the comments of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archive.extraction.comment_pages import find_comment_pages
from archive.extraction.continuations import find_continuations
from archive.extraction.page import PageReading, read_page
from archive.extraction.page_types.page_type import is_html
from archive.extraction.reading import Reading
from archive.extraction.site.site_profile import SiteProfile
from archive.extraction.site.sketches import Sketch, pack_sketches
from archive.extraction.site.wording import Wording, wording_of
from archive.extraction.testimony.witnesses import Witness
from archive.extraction.threads.comment_items import find_comment_items
from archive.extraction.threads.comment_threads import Posting, join_postings
from archive.extraction.threads.comments import read_page_comments
from archive.extraction.tree.head import read_head
from archive.extraction.tree.parsing import MAX_HTML_BYTES, parse_html
from archive.http_message import decoded_body, split_response
from archive.records import Extraction, Hints

MAX_BODY_BYTES = 32_000_000
"""Of one page, once decoded; a longer one is not read."""


def extract_parts(
    blocks: Sequence[bytes],
    url: str,
    *,
    hints: Hints | None = None,
    site: SiteProfile | None = None,
    witnesses: Sequence[Witness] = (),
) -> Extraction:
    """Extract one post from the WARC response blocks of its pages.

    Args:
        blocks: HTTP responses as archived: the page itself, then the further pages of a post that
            is split over several, or whose comments are.
        url: of the first page.
        hints: as for `extract`.
        site: as for `extract`.
        witnesses: as for `extract`; not heard where the text is split, as no page holds all of it.

    Returns:
        The extraction of the first page, with the text of all pages that the post is split over,
        and the comments of all pages as one thread.

    Raises:
        ValueError: there are no blocks.
        ExtractionError: a page is longer than `MAX_HTML_BYTES`.
        BodyTooLargeError: a body is larger than `MAX_BODY_BYTES` once decoded.
    """
    return read_parts(blocks, url, hints=hints, site=site, witnesses=witnesses).extraction


def read_parts(
    blocks: Sequence[bytes],
    url: str,
    *,
    hints: Hints | None = None,
    site: SiteProfile | None = None,
    witnesses: Sequence[Witness] = (),
) -> Reading:
    """Do as `extract_parts` does, and give the sketch as well that the site is learned from."""
    post = read_post(blocks, url, hints=hints, site=site, witnesses=witnesses)
    wording = wording_of(post.extraction, url)
    return _make_reading(post.extraction, [page.sketch for page in post.pages], wording)


@dataclass(frozen=True, slots=True)
class PostReading:
    """What a post says, and how each of its pages was read; it stays in its process."""

    extraction: Extraction
    pages: tuple[PageReading, ...]  # the first, and those that the text is split over
    texts: tuple[PageReading, ...]  # of them, those whose text is part of it


def read_post(
    blocks: Sequence[bytes],
    url: str,
    *,
    hints: Hints | None = None,
    site: SiteProfile | None = None,
    witnesses: Sequence[Witness] = (),
) -> PostReading:
    """Do as `extract_parts` does, and give as well how it came about."""
    if not blocks:
        raise ValueError("no pages to extract")
    pages = [_read_block(block) for block in blocks]
    body, headers = pages[0]
    is_split = len(pages) > 1 and _is_split(body, headers, url)
    heard = None if is_split else witnesses
    first = read_page(body, url, headers=headers, hints=hints, site=site, witnesses=heard)
    if len(pages) == 1:
        return PostReading(first.extraction, (first,), (first,))
    read, texts, whole = [first], [first], first.extraction
    for body, headers in pages[1:] if is_split else ():
        part = read_page(body, url, headers=headers, hints=hints, site=site, witnesses=None)
        read.append(part)
        profile = whole.site_profile or part.extraction.site_profile
        whole = replace(whole, site_profile=profile)
        if not _is_repeated(part.extraction.main_text, [t.extraction.main_text for t in texts]):
            texts.append(part)
    whole = replace(
        whole,
        main_text="\n\n".join(filter(None, (text.extraction.main_text for text in texts))),
        comments=join_postings([_read_postings(*page) for page in pages]),
    )
    return PostReading(whole, tuple(read), tuple(texts))


def _make_reading(
    extraction: Extraction, sketches: Sequence[Sketch | None], wording: Wording
) -> Reading:
    if sketches[0] is None:
        return Reading(extraction, None, wording)
    return Reading(extraction, pack_sketches([sketch for sketch in sketches if sketch]), wording)


def _read_block(block: bytes) -> tuple[bytes, Mapping[str, str]]:
    """The body of an answer, and its headers by their names in lower case."""
    headers: dict[str, str] = {}
    for name, value in split_response(block).headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return decoded_body(block, max_size_bytes=MAX_BODY_BYTES), headers


def _is_split(body: bytes, headers: Mapping[str, str], url: str) -> bool:
    """Whether the further pages hold text: all but those that comments alone lead to.

    That a page which names no other was gathered with more is what its records say, and enough.
    """
    if not is_html(body, headers) or len(body) > MAX_HTML_BYTES:
        return False
    tree = parse_html(body, headers)
    return bool(find_continuations(tree, url)) or not find_comment_pages(tree, url).others


def _is_repeated(text: str, before: Sequence[str]) -> bool:
    """Whether a page says nothing that was not said before, as a page of comments does."""
    known = {paragraph for other in before for paragraph in other.split("\n\n")}
    return known.issuperset(text.split("\n\n"))


def _read_postings(body: bytes, headers: Mapping[str, str]) -> list[Posting]:
    if not is_html(body, headers):
        return []
    tree = parse_html(body, headers)
    return read_page_comments(find_comment_items(tree), read_head(tree))
