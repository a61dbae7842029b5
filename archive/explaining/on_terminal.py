"""An explanation on a terminal: coloured, as wide as it is; in a pipe each block is one line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from archive.explaining.explanation import BlockLine, Explanation, Field, PageLines
from archive.terminal import printable

_LABEL_WIDTH = 14
_TEXT_INDENT = 7
_SHOWN_OF_RUN = 2  # blocks that were dropped for the same reason, one after the other
_LONGEST_RUN = 4  # that is shown whole
_SIGNS = {True: ("+", "green"), False: ("-", "red")}


def print_explanation(explanation: Explanation, *, everything: bool) -> None:
    """Print how a page was read.

    Args:
        explanation: of the page.
        everything: all blocks with their whole text; else runs of dropped blocks are shortened,
            and on a terminal each text is cut to one line.
    """
    console = Console(highlight=False)
    width = console.width if console.is_terminal and not everything else None
    for line in _lines(explanation, width, everything=everything):
        console.print(line, soft_wrap=True)


def _lines(explanation: Explanation, width: int | None, *, everything: bool) -> Iterator[Text]:
    yield from _head(explanation)
    yield Text()
    for field in explanation.fields:
        if field.value or field.source:
            yield _labelled(field.name, field.value or "(none)", _origin(field))
    for number, page in enumerate(explanation.pages, 1):
        yield Text()
        name = f"page {number}" if len(explanation.pages) > 1 else "blocks"
        yield Text(f"{name}: {page.kept_count} of {page.block_count} kept", style="bold")
        yield from _choice(page)
        yield from _blocks(page, width, everything=everything)


def _head(explanation: Explanation) -> Iterator[Text]:
    capture = explanation.capture
    yield Text(_plain(explanation.url), style="bold")
    yield _labelled("captured", f"{capture.date:%Y-%m-%d %H:%M} UTC, HTTP {capture.status}")
    yield _labelled("bytes", f"{capture.filename} at offset {capture.offset}")
    kind = f"{explanation.page_type} ({explanation.confidence:.2f})"
    if explanation.filed_as and explanation.filed_as != explanation.page_type:
        kind += f", filed as {explanation.filed_as}"
    yield _labelled("page type", kind)
    yield _labelled("text", f"{explanation.word_count:,} words")
    yield _labelled("comments", str(explanation.comment_count))
    yield _labelled("site profile", explanation.site_profile or "has no say in it")
    if explanation.witnesses:
        yield _labelled("witnesses", ", ".join(explanation.witnesses))
    if explanation.differs:
        yield Text("The row in the collection has another text: `archive reextract`", style="red")


def _choice(page: PageLines) -> Iterator[Text]:
    if page.container:
        yield _labelled("container", f"{page.container}, by {page.mark}")
    if page.chosen_by:
        yield _labelled("chosen by", page.chosen_by)
    if page.text_from_elsewhere:
        text = "The text does not stand on the page; the witness has it."
        yield Text(text, style="yellow")


def _blocks(page: PageLines, width: int | None, *, everything: bool) -> Iterator[Text]:
    for (kept, reasons), group in groupby(page.blocks, lambda b: (b.kept, b.reasons)):
        run = list(group)
        whole = kept or everything or len(run) <= _LONGEST_RUN
        for block in run if whole else run[:_SHOWN_OF_RUN]:
            yield from _block(block, width)
        if not whole:
            more = f"- … {len(run) - _SHOWN_OF_RUN} more: {_plain('; '.join(reasons))}"
            yield Text(more, style="red dim")
    if page.left_out:
        yield Text(f"… {page.left_out:,} blocks more", style="dim")


def _block(block: BlockLine, width: int | None) -> Iterator[Text]:
    sign, colour = _SIGNS[block.kept]
    score = "    " if block.score is None else f"{block.score:.2f}"
    reasons = _plain("; ".join(block.reasons))
    place = _plain(block.near_place)
    head = Text.assemble((f"{sign} {score}", colour), " ", (place, "cyan"), "  ", (reasons, "dim"))
    text = _plain(block.text)
    if width is not None:
        head.truncate(width, overflow="ellipsis")
        room = max(width - _TEXT_INDENT, 1)
        if cell_len(text) > room:
            text = set_cell_size(text, room - 1) + "…"
    yield head
    yield Text(" " * _TEXT_INDENT + text, style="" if block.kept else "dim")


def _labelled(label: str, value: str, remark: str = "") -> Text:
    line = Text.assemble((f"{label:<{_LABEL_WIDTH}}", "cyan"), _plain(value))
    if remark:
        line.append(f"  [{_plain(remark)}]", style="dim")
    return line


def _origin(field: Field) -> str:
    if not field.source:
        return ""
    sure = "" if field.confidence is None else f" {field.confidence:.2f}"
    return f"{field.source}{sure}{', inferred' if field.inferred else ''}"


def _plain(text: str) -> str:
    return printable(" ".join(text.split()))
