"""The day of a post whose page does not say when it was published: the best that is to be had.

Asked last, and of pages alone that are posts: each of these days is marked as inferred.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from archive.extraction.facts.sources import Found
from archive.extraction.facts.surroundings import Surroundings
from archive.extraction.facts.visible_dates import lone_dates, modified_dates
from archive.extraction.tree.head import Head
from archive.extraction.tree.written_dates import writes_day_first


def infer_published(head: Head, around: Surroundings) -> Found[datetime] | None:
    """Infer when a post was published, from what its page shows its readers.

    That is a day said to be of publication anywhere outside of other posts, else the day of the
    last change, which is all that many pages show. A last change that only a declaration tells is
    none: systems declare one whenever the page is built.

    Args:
        head: what the page declares.
        around: what stands around the post.
    """
    day_first = writes_day_first(head.language or head.first("og:locale"))
    found = next(_candidates(around, day_first), None)
    return None if found is None else replace(found, inferred=True)


def _candidates(around: Surroundings, day_first: bool | None) -> Iterator[Found[datetime]]:
    published, modified = lone_dates(around, day_first=day_first)
    yield from published
    yield from modified_dates(around, day_first=day_first)
    yield from modified
