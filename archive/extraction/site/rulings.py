"""Carries out on a page what its site says of it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any

from lxml.etree import _Element

from archive.extraction.facts.metadata import Metadata
from archive.extraction.site.judgement import Ruling
from archive.extraction.text.text_choice import TextChoice
from archive.extraction.tree.bylines import read_byline
from archive.extraction.tree.page_blocks import Block, Cut, cut_of
from archive.extraction.tree.written_dates import parse_date
from archive.records import Source

BY_SITE = "site-profile"
"""The name of the site's say, as a source."""

_CONFIDENCE = 0.8  # of a value that stands where the site's other posts have theirs


def apply_ruling(kept: Set[int], choice: TextChoice) -> tuple[Cut | None, set[_Element]]:
    """Cut a page as its site says.

    Args:
        kept: the numbers of the blocks that are the post.
        choice: of the page alone.

    Returns:
        The cut, None where nothing is kept; and the elements that are left out with all they hold.
    """
    numbered = list(enumerate(choice.blocks))
    cut = cut_of([block for n, block in numbered if n in kept], list(choice.blocks), BY_SITE)
    return cut, {block.element for n, block in numbered if n not in kept and block.is_whole}


def fill(
    metadata: Metadata, ruling: Ruling, choice: TextChoice
) -> tuple[Metadata, tuple[Source, ...]]:
    """Read from their places on the site's posts what a page was not found to say otherwise."""
    sources: list[Source] = []
    for name, number in ruling.places.items():
        if value := _read(name, choice.blocks[number]):
            metadata = replace(metadata, **{name: value})
            sources.append(Source(field=name, name=BY_SITE, confidence=_CONFIDENCE))
    return metadata, tuple(sources)


def _read(name: str, block: Block) -> Any:
    if name == "published":
        return parse_date(block.text)
    return (read_byline(block.text) or block.text,) if name == "authors" else block.text
