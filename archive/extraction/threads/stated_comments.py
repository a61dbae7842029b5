"""Comments that a page states in JSON-LD, as schema.org has it: the `comment` of a post."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

from lxml import etree, html

from archive.extraction.threads.comment_items import MAX_COMMENTS
from archive.extraction.threads.comment_parts import MAX_TEXT_LENGTH
from archive.extraction.threads.comment_threads import Posting
from archive.extraction.tree.blocks import text_blocks
from archive.extraction.tree.head import Head, Node, node_types, text
from archive.extraction.tree.written_dates import parse_date
from archive.records import Comment

_TYPES = frozenset({"comment", "usercomments"})


def read_stated_comments(head: Head) -> list[Posting]:
    """Read the comments that the JSON-LD of a page holds, each before the answers to it."""
    stack: list[tuple[object, Posting | None]] = []
    for node in reversed(head.nodes):
        is_comment = not _TYPES.isdisjoint(node_types(node))
        stack.append((node if is_comment else node.get("comment"), None))
    postings: list[Posting] = []
    while stack and len(postings) < MAX_COMMENTS:
        value, above = stack.pop()
        if isinstance(value, list):
            stack += [(item, above) for item in reversed(value[:MAX_COMMENTS])]
        elif isinstance(value, dict):
            posting = _read(value, above)
            if posting is not None:
                postings.append(posting)
            stack.append((value.get("comment"), posting or above))
    return postings


def _read(node: Node, above: Posting | None) -> Posting | None:
    written = node.get("text") or node.get("commentText")
    said = _paragraphs(written) if isinstance(written, str) else ""
    if not said:
        return None
    published = node.get("dateCreated") or node.get("datePublished") or node.get("commentTime")
    return Posting(
        comment=Comment(
            author=text(node.get("author") or node.get("creator")),
            published=parse_date(published) if isinstance(published, str) else None,
            text=said,
        ),
        keys=tuple(_names(node)),
        inside=above,
        answers=tuple(_names(node.get("parentItem"))),
    )


def _names(value: object) -> Iterator[str]:
    """The identifier of a node, and its address."""
    names = [value.get("@id"), value.get("url")] if isinstance(value, dict) else [value]
    yield from (name for name in names if isinstance(name, str) and name)


def _paragraphs(written: str) -> str:
    """Text may be plain, or escaped HTML."""
    written = written[: 2 * MAX_TEXT_LENGTH]
    if "<" in unescape(written):
        try:
            return "\n\n".join(text_blocks(html.fromstring(f"<div>{unescape(written)}</div>")))
        except (etree.ParserError, ValueError):
            return ""
    lines = (" ".join(line.split()) for line in unescape(written).splitlines())
    return "\n".join(lines).strip()[:MAX_TEXT_LENGTH]
