"""The text of a post with its structure, read from all pages of the post."""

from __future__ import annotations

from collections.abc import Iterator

from archive.extraction.page import PageReading
from archive.extraction.post_parts import PostReading
from archive.forms.parts import Paragraph, Part, Parts, Run
from archive.forms.reading import read_structure


def post_parts(post: PostReading, url: str) -> Parts:
    """Read the text of a post as parts; written plain it is the post's `main_text`.

    Args:
        post: as `archive.extraction.read_post` gives it.
        url: of its first page.
    """
    return tuple(part for page in post.texts for part in _page_parts(page, url))


def _page_parts(page: PageReading, url: str) -> Iterator[Part]:
    cut = page.cut
    if cut is not None:
        yield from read_structure(cut.root, cut.dropped, cut.muted, url=url)
        return
    for block in page.extraction.main_text.split("\n\n"):
        if block:
            yield Paragraph((Run(block),))
