"""Comments that nothing but their list marks: a box `comments` or `responses` of equal items.

Home-made blogs give the comments no marks of their own, but put them into a box whose class or id
says what it holds. Its repeated children are comments where they begin with who wrote them, and
when: `<li><b>Ada</b> wrote on 3 May 2021: …`. A box whose name may as well stand on a part of a
post (`feedback`, `discussion`) is one of comments only where every item begins so, where it
holds the smaller part of the page's text and not its title, and nothing of the post follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, cast

from lxml import etree
from lxml.etree import _Element

from archive.extraction.threads.comment_parts import MAX_TEXT_LENGTH, moment_in, written_moment
from archive.extraction.threads.comment_threads import Posting
from archive.extraction.tree.blocks import inline_text, text_blocks
from archive.extraction.tree.bylines import leading_name, read_byline
from archive.extraction.tree.written_dates import MAX_DATE_LENGTH, MONTHS, WEEKDAYS
from archive.records import Comment

MAX_LISTED = 2_000
"""Of one page, no more comments without marks are read."""

_SURE = frozenset({"comments", "commentlist", "comment-list", "comments-list"})
_LIKELY = frozenset(
    {"responses", "replies", "reactions", "discussion", "feedback", "talkback",
     "kommentare", "commentaires", "comentarios", "reacties"}
)  # fmt: skip
_BOXES = etree.XPath(
    "//*[self::div or self::section or self::ol or self::ul or self::dl][@class or @id]"
)
_MAX_BOXES = 20
_MAX_DEPTH = 3  # of frames between the box and its items
_MAX_HEAD_ELEMENTS = 20
_ITEM_TAGS = frozenset({"li", "div", "article", "section", "dt"})
_ASIDE = frozenset({"aside", "nav", "header", "footer"})
_WIDGETS = frozenset({"widget", "sidebar"})
_TITLES = etree.XPath("boolean(.//h1 | .//main)")
_PROSE = etree.XPath("following-sibling::*[self::p or self::h2 or self::h3 or self::blockquote]")
_INLINE = frozenset({"a", "abbr", "b", "cite", "em", "i", "small", "span", "strong", "time", "u"})
_MAX_NAME_LENGTH = 60
_EDGES = " \t\n:,;|·•–—-()[]"
_NUMBER = re.compile(r"\d+(?::\d+)*")
_COLON = re.compile(r":\s+")


class _Item(NamedTuple):
    """A comment without marks, read."""

    author: str
    published: datetime
    text: str


def find_listed_items(tree: _Element) -> list[_Element]:
    """Find the elements of comments that only their list marks; of a `dl`, `dt` and `dd`."""
    found: dict[_Element, None] = {}
    for box in _boxes(tree):
        if not any(ancestor in found for ancestor in box.iterancestors()):
            for item in _items_in(box):
                found.update(dict.fromkeys(own_elements(item)))
    return list(found)


def read_listed_postings(items: Iterable[_Element]) -> list[Posting]:
    """Read comments from the elements that `find_listed_items` gives."""
    read = (_read(item) for item in items if item.tag in _ITEM_TAGS)
    return [
        Posting(comment=Comment(author=said.author, published=said.published, text=said.text))
        for said in read
        if said is not None
    ]


def _names(box: _Element) -> set[str]:
    return set(f"{box.get('class', '')} {box.get('id', '')}".lower().split())


def _boxes(tree: _Element) -> Iterator[_Element]:
    """The boxes named as such ones, the outer before the inner."""
    named = (box for box in cast(list[_Element], _BOXES(tree)) if _names(box) & (_SURE | _LIKELY))
    for _, box in zip(range(_MAX_BOXES), named, strict=False):
        if not _TITLES(box) and not any(_is_aside(e) for e in (box, *box.iterancestors())):
            yield box


def _is_aside(element: _Element) -> bool:
    return element.tag in _ASIDE or not _WIDGETS.isdisjoint(_names(element))


def _items_in(box: _Element) -> list[_Element]:
    """The items of a box; none where it is no box of comments."""
    is_sure = bool(_names(box) & _SURE)
    if not is_sure and _is_followed(box):
        return []
    frame: _Element | None = box
    found: list[_Element] = []
    for _ in range(_MAX_DEPTH):
        children = _children(frame)
        items = {child: said for child in children if (said := _read(child))}
        enough = 2 * len(items) > len(children) if is_sure else len(items) == len(children) > 1
        if enough and _begins_alike(found, items):
            found = list(items)
        if frame is None or len(items) > 1:
            break
        frames = frame.iterchildren("ol", "ul", "dl", "div", "section")
        frame = max(frames, key=len, default=None)
    return found if is_sure or _is_smaller_part(box, found) else []


def _children(frame: _Element | None) -> list[_Element]:
    if frame is None:
        return []
    return [e for e in frame.iterchildren(*_ITEM_TAGS) if inline_text(e)][:MAX_LISTED]


def _begins_alike(found: list[_Element], items: dict[_Element, _Item]) -> bool:
    """Whether what was taken for one comment is the frame of these; true where there was none."""
    if not found:
        return True
    outer, inner = _read(found[0]), next(iter(items.values()))
    return len(items) > 1 and outer is not None and outer[:2] == inner[:2]


def _is_followed(box: _Element) -> bool:
    """Whether the text of a post goes on behind a box."""
    return any(len(inline_text(e)) > MAX_DATE_LENGTH for e in _prose_below(box))


def _is_smaller_part(box: _Element, items: list[_Element]) -> bool:
    """Whether more is written around a box than in the comments in it."""
    body = next(box.iterancestors("body"), None)
    if body is None or not items:
        return False
    around = len(inline_text(body)) - len(inline_text(box))
    return sum(len(said.text) for item in items if (said := _read(item))) < around


def _prose_below(box: _Element) -> list[_Element]:
    return cast(list[_Element], _PROSE(box))


def own_elements(item: _Element) -> list[_Element]:
    """Give the elements that a comment lies in: one; of a definition list, its `dt` and `dd`."""
    elements = [item]
    if item.tag == "dt":
        for sibling in item.itersiblings():
            if sibling.tag != "dd":
                break
            elements.append(sibling)
    return elements


def _read(item: _Element) -> _Item | None:
    """Read an item that begins with who wrote it, and when; None for any other."""
    blocks = [block for element in own_elements(item) for block in text_blocks(element)]
    line, rest = _first_line("\n\n".join(blocks)[: 2 * MAX_TEXT_LENGTH])
    marked = _marked_date(item, line)
    head, behind = _parted(line, marked)
    published = None if marked is None else moment_in(marked)
    published = published or written_moment(head)
    author = _author(item, head, marked) if published is not None else None
    text = "\n\n".join(part for part in (behind.strip(), rest.strip()) if part)
    if author is None or published is None or not text:
        return None
    return _Item(author, published, text[:MAX_TEXT_LENGTH])


def _first_line(text: str) -> tuple[str, str]:
    """The line of name and date, which may be two, and what stands below."""
    line, _, rest = text.partition("\n")
    second, _, below = rest.lstrip("\n").partition("\n")
    are_short = max(len(line), len(second)) <= _MAX_NAME_LENGTH
    if are_short and written_moment(second) and not written_moment(line):
        return f"{line}, {second}", below
    return line, rest


def _head_elements(item: _Element) -> Iterator[_Element]:
    inside = (element for element in item.iter(*_INLINE) if element is not item)
    yield from (e for _, e in zip(range(_MAX_HEAD_ELEMENTS), inside, strict=False))


def _marked_date(item: _Element, line: str) -> _Element | None:
    """The first element of a line that holds a date, and nothing that stands before it."""
    for element in _head_elements(item):
        text = inline_text(element)
        if not text or len(text) > MAX_DATE_LENGTH or text not in line or not moment_in(element):
            continue
        is_bare = text[0].isdigit() or _is_of_calendar(text.partition(" ")[0])
        if is_bare or element.tag in ("time", "abbr"):
            return None if written_moment(line[: line.find(text)]) else element
    return None


def _parted(line: str, marked: _Element | None) -> tuple[str, str]:
    """What says who and when, and what is said behind it in the same line."""
    date = "" if marked is None else inline_text(marked)
    place = line.find(date) if date else -1
    if 0 <= place <= MAX_DATE_LENGTH:
        end = place + len(date)
        behind = line[end:]
        return line[:end], "" if len(behind) <= 2 else behind.lstrip(_EDGES)
    for colon in _COLON.finditer(line, 0, 2 * MAX_DATE_LENGTH):
        if written_moment(line[: colon.start()]):
            return line[: colon.start()], line[colon.end() :]
    return (line, "") if len(line) <= MAX_DATE_LENGTH else ("", line)


def _author(item: _Element, head: str, marked: _Element | None) -> str | None:
    """The first name in the head: an element before the date, else the words that begin it."""
    for element in _head_elements(item):
        if element is marked:
            break
        name = inline_text(element).strip(_EDGES)
        is_short = len(name) <= _MAX_NAME_LENGTH and any(c.isalpha() for c in name)
        if is_short and name in head and not written_moment(name):
            return read_byline(name) or name
    if name_said := read_byline(head):
        return name_said
    return _leading(head)


def _leading(head: str) -> str | None:
    """The name that a line begins with; none where a number follows that is not of the date."""
    words = re.split(r"\d", head, maxsplit=1)[0].split()
    until = next((n for n, word in enumerate(words) if n and _is_of_calendar(word)), len(words))
    name = leading_name(" ".join(words[:until])).strip(_EDGES)
    behind = head[head.find(name) + len(name) :]
    number = _NUMBER.search(behind)
    if not name or number is None:
        return None
    is_of_date = ":" in number[0] or not written_moment(behind[number.end() :])
    return name if is_of_date else None


def _is_of_calendar(word: str) -> bool:
    name = word.lower().strip(".,")
    return name in MONTHS or (name.startswith(WEEKDAYS) and name.endswith(("day", *WEEKDAYS)))
