"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> counted(1, "article"), counted(1200, "capture")
    ('1 article', '1,200 captures')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
