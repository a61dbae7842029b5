"""What differs between two versions of an article: head, text word by word, comments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from typing import Literal

from archive.records import Article, Comment

Change = Literal["same", "gone", "new"]
_HEAD = ("title", "authors", "published", "modified", "tags")
_MAX_PARAGRAPHS = 10_000  # of a text; longer ones are given whole, the old and the new
_MAX_COMPARED = 9_000_000  # pairs of words of a passage, likewise
_BREAK = "\n\n"
# Scripts without spaces are compared character by character.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(f"(\\s*)([{_UNSPACED}]|[^\\s{_UNSPACED}]+)")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words in a row that were there, are there, or both."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph in which something changed; or so many in which nothing did."""

    pieces: tuple[Piece, ...] = ()
    unchanged_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """All that differs between two rows of an article."""

    head: tuple[tuple[str, str, str], ...]  # field, the old value, the new one; "" for none
    text: tuple[Paragraph, ...]  # empty where it is the same
    new_comments: tuple[Comment, ...]
    gone_comments: tuple[Comment, ...]


def compare_versions(old: Article, new: Article) -> VersionDiff:
    """Compare two rows of an article.

    Comments are told apart by author and text, as new rows are.
    """
    head = ((name, _value(getattr(old, name)), _value(getattr(new, name))) for name in _HEAD)
    return VersionDiff(
        head=tuple(line for line in head if line[1] != line[2]),
        text=tuple(compare_texts(old.main_text, new.main_text)),
        new_comments=tuple(_lacking(new.comments, old.comments)),
        gone_comments=tuple(_lacking(old.comments, new.comments)),
    )


def compare_texts(old: str, new: str) -> Iterator[Paragraph]:
    """Compare two texts whose paragraphs are parted by blank lines; the same text gives nothing."""
    if old == new:
        return
    before, after = old.split(_BREAK) if old else [], new.split(_BREAK) if new else []
    if max(len(before), len(after)) > _MAX_PARAGRAPHS:
        yield from _whole("gone", before)
        yield from _whole("new", after)
        return
    matcher = SequenceMatcher(None, before, after)
    for name, start, end, new_start, new_end in matcher.get_opcodes():
        if name == "equal":
            yield Paragraph(unchanged_count=end - start)
        else:
            yield from _compare_passages(before[start:end], after[new_start:new_end])


def compare_words(old: str, new: str) -> tuple[Piece, ...]:
    """Compare two texts word by word, whatever stands between the words.

    >>> [(piece.change, piece.text) for piece in compare_words("It was late.", "It is late.")]
    [('same', 'It '), ('gone', 'was '), ('new', 'is '), ('same', 'late.')]
    """
    before, after = list(_words(old)), list(_words(new))
    if len(before) * len(after) > _MAX_COMPARED:
        return Piece("gone", old), Piece("new", new)
    matcher = SequenceMatcher(
        None, [word.strip() for word in before], [word.strip() for word in after]
    )
    pieces: list[Piece] = []
    for name, start, end, new_start, new_end in matcher.get_opcodes():
        if name == "equal":
            pieces.append(Piece("same", "".join(after[new_start:new_end])))
            continue
        pieces.append(Piece("gone", "".join(before[start:end])))
        pieces.append(Piece("new", "".join(after[new_start:new_end])))
    return tuple(piece for piece in pieces if piece.text)


def _compare_passages(before: list[str], after: list[str]) -> Iterator[Paragraph]:
    """Compare passages of several paragraphs; one may have been parted, or joined with another."""
    if not before or not after:
        yield from _whole("gone" if before else "new", before or after)
        return
    pieces = compare_words(_BREAK.join(before), _BREAK.join(after))
    parts = ((number, Piece(piece.change, text)) for number, piece, text in _parted(pieces))
    for _, found in groupby(parts, key=lambda part: part[0]):
        paragraph = tuple(piece for _, piece in found if piece.text)
        if paragraph:
            yield Paragraph(paragraph)


def _whole(change: Change, paragraphs: Iterable[str]) -> Iterator[Paragraph]:
    """Yield paragraphs that are all gone, or all new."""
    return (Paragraph((Piece(change, text),)) for text in paragraphs if text)


def _parted(pieces: Iterable[Piece]) -> Iterator[tuple[int, Piece, str]]:
    """Yield pieces cut at the breaks between paragraphs, with the number of their paragraph."""
    number = 0
    for piece in pieces:
        for place, text in enumerate(piece.text.split(_BREAK)):
            number += place > 0
            yield number, piece, text


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text, each with the white space behind it; a break stands alone."""
    places = [match.start(2) for match in _WORD.finditer(text)]
    for start, end in pairwise([*places, len(text)]):
        word, parted, _ = text[start:end].partition(_BREAK)
        yield word
        if parted:
            yield _BREAK


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _lacking(comments: Iterable[Comment], others: Iterable[Comment]) -> Iterator[Comment]:
    """Yield the comments that are not among the others."""
    known = Counter((other.author, other.text) for other in others)
    for comment in comments:
        if known[comment.author, comment.text]:
            known[comment.author, comment.text] -= 1
        else:
            yield comment
