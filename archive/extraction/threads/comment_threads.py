"""From comments as pages show them to one thread: who answers whom, in order, each once.

An answer is known by standing inside the comment that it answers, or below it in a list of answers;
by naming its identifier; or by the depth that its class states.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archive.records import Comment

_KEY_CHARACTERS = "0123456789abcdef-"  # numbers, and identifiers in hexadecimal
_MAX_KEY_LENGTH = 64


@dataclass(slots=True)
class Posting:
    """A comment as one page shows it."""

    comment: Comment  # its parent is not known yet
    keys: tuple[str, ...] = ()  # what others may call it by
    inside: Posting | None = None  # the comment that it stands in, or below
    answers: tuple[str, ...] = ()  # keys of the comment that it says that it answers
    links: tuple[str, ...] = ()  # keys of what it links to beside its text
    depth: int | None = None  # 1 for one that answers none
    page: int | None = None  # number of the page of comments that its permalink leads to


def comment_key(name: str) -> str | None:
    """Give the part of an identifier, or of an address, that tells comments apart.

    >>> comment_key("li-comment-12"), comment_key("https://example.org/a/#comment-12")
    ('12', '12')
    """
    end = name[-_MAX_KEY_LENGTH:].lower()
    key = end[len(end.rstrip(_KEY_CHARACTERS)) :].strip("-")
    if key[:1] == "c" and key[1:].isdecimal():
        key = key[1:]
    return key if any(map(str.isdigit, key)) and key.strip("0") else None


def join_postings(pages: Sequence[Sequence[Posting]]) -> tuple[Comment, ...]:
    """Make one thread of the comments of one or more pages; the same comment counts once.

    The pages are put in the order of their numbers, where comments say them, or of their dates,
    where the comments of a page follow one another in time; else they stay as they are given. The
    comment that another answers comes before it.
    """
    postings: list[Posting] = []
    same: dict[int, Posting] = {}  # by id() of a posting: the first that says the same
    firsts: dict[tuple[object, ...], Posting] = {}
    for page in _in_order(pages):
        seen: Counter[tuple[object, ...]] = Counter()  # on this page, of those without a key
        for posting in page:
            identity = _identity(posting)
            seen[identity] += not posting.keys
            first = firsts.setdefault((seen[identity], *identity), posting)
            same[id(posting)] = first
            if first is posting:
                postings.append(posting)
    return _arranged(postings, _parents(postings, same))


def _in_order(pages: Sequence[Sequence[Posting]]) -> Sequence[Sequence[Posting]]:
    numbers = [next((p.page for p in page if p.page), None) for page in pages]
    if any(numbers):
        order = sorted(range(len(pages)), key=lambda place: numbers[place] or 1)
        return [pages[place] for place in order]
    dates = [[p.comment.published for p in page if not p.inside] for page in pages if page]
    told = [[date for date in of_page if date] for of_page in dates]
    if any(not of_page or of_page != sorted(of_page) for of_page in told):
        return pages
    return sorted((page for page in pages if page), key=_first_date)


def _first_date(page: Sequence[Posting]) -> datetime:
    return next(p.comment.published for p in page if p.comment.published and not p.inside)


def _identity(posting: Posting) -> tuple[object, ...]:
    comment = posting.comment
    return (*posting.keys[:1], comment.author, comment.published, comment.text)


def _parents(postings: list[Posting], same: dict[int, Posting]) -> list[int | None]:
    """The index of what each answers; None for one that answers none, or nothing that is there."""
    indexes = {id(posting): index for index, posting in enumerate(postings)}
    by_key: dict[str, int] = {}
    for index, posting in enumerate(postings):
        for key in posting.keys:
            by_key.setdefault(key, index)
    last_at: dict[int, int] = {}  # the last comment of a depth
    parents: list[int | None] = []
    for index, posting in enumerate(postings):
        parent = None
        if posting.inside is not None:
            parent = indexes.get(id(same[id(posting.inside)]))
        if parent is None:
            parent = _named(posting, index, by_key)
        if posting.depth is not None:
            if parent is None:
                parent = last_at.get(posting.depth - 1)
            last_at[posting.depth] = index
        parents.append(parent)
    return parents


def _named(posting: Posting, index: int, by_key: dict[str, int]) -> int | None:
    """The comment that is said to be answered; else an earlier one that is linked to."""
    for key in posting.answers:
        if by_key.get(key, index) != index:
            return by_key[key]
    return next((by_key[key] for key in posting.links if by_key.get(key, index) < index), None)


def _arranged(postings: list[Posting], parents: list[int | None]) -> tuple[Comment, ...]:
    """The comments in their order, but each after the one that it answers; circles are cut."""
    places: dict[int, int] = {}
    arranged: list[Comment] = []
    for index in range(len(postings)):
        chain: dict[int, None] = {}
        above: int | None = index
        while above is not None and above not in places and above not in chain:
            chain[above] = None
            above = parents[above]
        for link in reversed(chain):
            parent = parents[link]
            place = None if parent is None else places.get(parent)
            places[link] = len(arranged)
            arranged.append(replace(postings[link].comment, parent=place))
    return tuple(arranged)


def first_keys(names: Iterable[str]) -> tuple[str, ...]:
    """Give the keys of some identifiers, each once."""
    return tuple(dict.fromkeys(key for name in names if (key := comment_key(name))))
