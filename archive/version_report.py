"""The difference of two versions, to be read: in colours on a terminal, else by marks."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from rich.text import Text

from archive.records import Article, Comment
from archive.terminal import comment_head, labelled, print_parts, printable, stated_date
from archive.version_diff import Paragraph, Piece, VersionDiff, compare_words

_STYLES = {"same": "", "gone": "red strike", "new": "green"}
_MARKS = {"same": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}


def print_diff(old: Article, new: Article, found: VersionDiff) -> None:
    """Print what differs between two rows of an article.

    On a terminal what is gone is red and struck through, and what is new is green; elsewhere they
    stand in ``[-…-]`` and ``{+…+}``.
    """
    print_parts(_parts(old, new, found))


def _parts(old: Article, new: Article, found: VersionDiff) -> Iterator[tuple[Text, int]]:
    """Yield the parts of the report, each with its indentation in columns."""
    yield Text(printable(new.url), style="bold"), 0
    yield labelled("from", _name(old)), 0
    yield labelled("to", _name(new)), 0
    for name, before, after in found.head:
        yield labelled(name, _marked(compare_words(before, after))), 0
    yield Text(), 0
    if not found.text:
        yield Text("The text is the same."), 0
    for number, paragraph in enumerate(found.text):
        if number:
            yield Text(), 0
        yield _paragraph(paragraph), 0
    yield from _comments(found.new_comments, "new")
    yield from _comments(found.gone_comments, "gone")


def _name(article: Article) -> str:
    return f"version {article.version:,}, captured {stated_date(article.captured)}"


def _paragraph(paragraph: Paragraph) -> Text:
    if count := paragraph.unchanged_count:
        noun = "paragraph" if count == 1 else "paragraphs"
        return Text(f"… {count:,} {noun} as before …", style="dim")
    return _marked(paragraph.pieces)


def _marked(pieces: Iterable[Piece]) -> Text:
    text = Text()
    for piece in pieces:
        words = piece.text.rstrip()
        start, end = ("", "") if sys.stdout.isatty() else _MARKS[piece.change]
        text.append(printable(f"{start}{words}{end}"), style=_STYLES[piece.change])
        text.append(piece.text[len(words) :])  # white space is neither struck nor marked
    return text


def _comments(comments: tuple[Comment, ...], change: str) -> Iterator[tuple[Text, int]]:
    if not comments:
        return
    what = "new" if change == "new" else "no longer there"
    noun = "comment" if len(comments) == 1 else "comments"
    yield Text(), 0
    yield Text(f"{len(comments):,} {noun} {what}", style="bold"), 0
    for comment in comments:
        yield Text(), 0
        yield comment_head(comment), 0
        yield Text(printable(comment.text), style=_STYLES[change]), 0
