"""Two sorted streams, side by side."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

Pair = tuple[sqlite3.Row | None, sqlite3.Row | None]


def merge_rows(
    left: Iterator[sqlite3.Row], right: Iterator[sqlite3.Row], key: str
) -> Iterator[Pair]:
    """Yield the rows of two streams in pairs of the same key; what one side lacks is None.

    Args:
        left: rows that rise strictly by their key.
        right: likewise.
        key: the column that holds it.
    """
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[key] < other[key]):
            yield one, None
            one = next(left, None)
        elif one is None or other[key] < one[key]:
            yield None, other
            other = next(right, None)
        else:
            yield one, other
            one, other = next(left, None), next(right, None)
