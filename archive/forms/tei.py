"""The TEI form: an article as a document of TEI P5, with its metadata and its comments."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree
from lxml.etree import _Element

from archive.forms.parts import Paragraph, Parts, Run, find_notes
from archive.forms.tei_elements import XML_LANG, add, add_block, root_element
from archive.forms.tei_header import write_header
from archive.forms.tei_text import TeiTextWriter
from archive.records import Article, Comment

_MAX_DEPTH = 20  # of answers inside of answers; deeper ones stand beside the last


def write_tei(article: Article, parts: Parts) -> bytes:
    """Write an article as a TEI document, in UTF-8.

    Args:
        article: the row; its metadata make the header, its comments a division of their own.
        parts: the text with its structure.
    """
    root = root_element()
    write_header(root, article)
    text = add_block(root, "text")
    if article.language:
        text.set(XML_LANG, article.language)
    body = add_block(text, "body")
    post = add_block(body, "div", type="post")
    TeiTextWriter(find_notes(parts)).write_divisions(post, parts)
    if article.comments:
        _write_comments(body, article.comments)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _write_comments(body: _Element, comments: Sequence[Comment]) -> None:
    """Write comments as divisions, an answer inside of what it answers."""
    thread = add_block(body, "div", type="comments")
    places: list[tuple[_Element, int]] = []
    for number, comment in enumerate(comments, 1):
        parent, depth = thread, 0
        if comment.parent is not None and comment.parent < len(places):
            parent, depth = places[comment.parent]
        division = add_block(parent, "div", type="comment", n=str(number))
        _write_comment(division, comment)
        places.append((division, depth + 1) if depth < _MAX_DEPTH else (parent, depth))


def _write_comment(division: _Element, comment: Comment) -> None:
    if comment.author or comment.published:
        opener = add_block(division, "opener")
        if comment.author:
            add(opener, "signed", comment.author)
        if comment.published:
            line = add(opener, "dateline")
            add(line, "date", when=comment.published.isoformat())
    paragraphs = [Paragraph((Run(text),)) for text in comment.text.split("\n\n") if text.strip()]
    TeiTextWriter({}).write_divisions(division, tuple(paragraphs or [Paragraph(())]))
