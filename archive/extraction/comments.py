"""Readers' comments as records: who, when, what, in answer to which.

Understood are the forms that blog software shares: WordPress (`li.comment#comment-12`), Blogger
(`li.comment` in threads), Disqus' copy for readers without JavaScript
(`#dsq-comments`), schema.org `Comment` microdata, and microformats (`p-comment`, `u-comment`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from bs4 import BeautifulSoup, Tag
from lxml import etree
from lxml.etree import _Element

from archive.extraction.comment_items import MAX_COMMENTS, is_comment
from archive.extraction.written_dates import parse_date
from archive.records import Comment

_MAX_TEXT_LENGTH = 50_000
_TEXT = (
    "[itemprop=text], [itemprop=commentText], .comment-content, .wp-block-comment-content,"
    " .comment_content, .commentContent, .dsq-comment-message, .comment-text, .comment__content,"
    " .comment__body, .e-content, .p-content, .comment-body, .comment-message, .comment-entry"
)
_TEXT_NAME = re.compile(r"comment[_-]+(?:content|text|body|message|entry)$")
_AUTHOR = (
    "[itemprop=author] [itemprop=name], [itemprop=author], [itemprop=creator], .fn, .p-author,"
    " .comment-author-name, .wp-block-comment-author-name, .comment-author, .comment__author,"
    " .comment_author, .dsq-comment-header cite, cite.user, cite, .user, .author"
)
_DATE = "time[datetime], [itemprop=dateCreated], [itemprop=datePublished], [itemprop=commentTime]"
_DATE_TEXT = (
    ".comment-date, .comment-metadata, .comment-meta, .commentmetadata, .comment-time, .datetime,"
    " .comment-timestamp"
)
_NOISE = ".reply, .comment-reply-link, .comment-actions, script, style, form, button"
_BLOCKS = ("p", "div", "li", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4")


def read_comments(items: Iterable[_Element]) -> tuple[Comment, ...]:
    """Read the comments in those elements, in document order; answers point to their parents.

    Args:
        items: elements as `find_comment_items` gives them.
    """
    comments: list[Comment] = []
    for item in items:
        markup = etree.tostring(item, encoding="unicode", method="html", with_tail=False)
        _read_thread(BeautifulSoup(markup, "lxml"), comments)
        if len(comments) >= MAX_COMMENTS:
            break
    return tuple(comments[:MAX_COMMENTS])


def _tag_is_comment(tag: Tag) -> bool:
    return is_comment(
        tag.name,
        [str(token) for token in tag.get_attribute_list("class")],
        _attribute(tag, "id"),
        _attribute(tag, "itemtype"),
    )


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name)
    return value if isinstance(value, str) else ""


def _read_thread(soup: BeautifulSoup, comments: list[Comment]) -> None:
    indexes: dict[int, int] = {}  # id() of a comment's element -> its index
    items = soup.find_all(_tag_is_comment)
    for item in items:
        nested = {id(other) for other in item.find_all(_tag_is_comment)}
        text = _find_text(item, nested)
        if text is None:
            continue
        parent = next((indexes[id(a)] for a in item.parents if id(a) in indexes), None)
        indexes[id(item)] = len(comments)
        author = _own(item, _AUTHOR, nested)
        comments.append(
            Comment(
                author=" ".join(author.get_text(" ").split()) or None if author else None,
                published=_date_of(item, nested),
                text=text,
                parent=parent,
            )
        )


def _own(item: Tag, selector: str, nested: set[int]) -> Tag | None:
    """The first match inside a comment that is in none of the comments nested in it.

    Of several selectors the earlier in the list is preferred.
    """
    for part in selector.split(", "):
        match = next(_outside(nested, item.select(part)), None)
        if match is not None:
            return match
    return None


def _find_text(item: Tag, nested: set[int]) -> str | None:
    """What the marked element says; else its paragraphs, as the oldest themes have them bare."""
    marked = _own(item, _TEXT, nested)
    if marked is None:
        marked = next(_outside(nested, item.find_all(class_=_TEXT_NAME)), None)
    if marked is not None:
        return _text_of(marked, nested)
    paragraphs = [_text_of(p, nested) for p in _outside(nested, item.find_all("p"))]
    return "\n\n".join(filter(None, paragraphs)) or None


def _outside(nested: set[int], found: Iterable[Tag]) -> Iterator[Tag]:
    """Those elements that are in no nested comment."""
    for tag in found:
        if id(tag) not in nested and not any(id(a) in nested for a in tag.parents):
            yield tag


def _date_of(item: Tag, nested: set[int]) -> datetime | None:
    marked = _own(item, _DATE, nested)
    if marked is not None:
        machine = _attribute(marked, "datetime") or _attribute(marked, "content")
        found = parse_date(machine) or parse_date(marked.get_text(" "))
        if found:
            return found
    shown = _own(item, _DATE_TEXT, nested)
    return parse_date(" ".join(shown.get_text(" ").split())) if shown else None


def _text_of(content: Tag, nested: set[int]) -> str:
    for noise in content.select(_NOISE):
        noise.extract()
    for other in [tag for tag in content.find_all(True) if id(tag) in nested]:
        other.extract()
    for line_break in content.find_all("br"):
        line_break.replace_with("\u2028")
    for block in content.find_all(_BLOCKS):
        block.append("\u2029")
    paragraphs = [
        "\n".join(" ".join(line.split()) for line in paragraph.split("\u2028")).strip()
        for paragraph in content.get_text().split("\u2029")
    ]
    return "\n\n".join(filter(None, paragraphs))[:_MAX_TEXT_LENGTH]
