"""Readers' comments as records: who, when, what, in answer to which.

Which elements are comments, `comment_items` says; which of their parts is text, author or date,
`comment_marks`; who answers whom, `comment_threads`. Notices that another site links to the post
(pingbacks, trackbacks) are no comments: nobody said anything to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from lxml.etree import _Element

from archive.extraction.threads.comment_items import (
    MAX_COMMENTS,
    find_items,
    is_notice,
)
from archive.extraction.threads.comment_lists import own_elements, read_listed_postings
from archive.extraction.threads.comment_marks import Mark, Part, part_of
from archive.extraction.threads.comment_parts import Content, Draft, find_author, find_date
from archive.extraction.threads.comment_threads import Posting, first_keys
from archive.extraction.threads.stated_comments import read_stated_comments
from archive.extraction.tree.head import Head
from archive.records import Comment

_MAX_MARKS = 40  # of one comment; what claims to have more parts is a trap
_PARENTS = ("data-parent", "data-parent-id", "data-parentid", "data-parent-comment-id",
            "data-comment-parent")  # fmt: skip
_PARENT_PROPERTIES = frozenset({"parentItem", "replyToUrl"})
_ANSWERS = frozenset({"children", "indented", "replies", "comment-replies", "comment-children"})
_DEPTH = re.compile(r"(?:^|[\s_-])(?:depth|level)[_-]?(\d{1,3})(?:$|\s)")
_COMMENT_PAGE = re.compile(r"/comment-page-(\d{1,3})/?#|[?&](?:cpage|commentPage)=(\d{1,3})\b")


def read_page_comments(items: Iterable[_Element], head: Head) -> list[Posting]:
    """Read the comments of a page: those that it shows; else those that its JSON-LD states.

    Args:
        items: elements as `find_comment_items` gives them.
        head: the declarations of the page.
    """
    return read_postings(items) or read_stated_comments(head)


def read_postings(items: Iterable[_Element]) -> list[Posting]:
    """Read the comments in those elements, in document order; at most `MAX_COMMENTS` of them."""
    postings: list[Posting] = []
    drafts: dict[_Element, Draft] = {}
    outermosts = list(items)
    for outermost in outermosts:
        for draft in _gather(outermost, drafts):
            if not is_notice(draft.item):
                _finish(draft)
            if draft.posting is not None:
                postings.append(draft.posting)
                if len(postings) == MAX_COMMENTS:
                    return postings
    return postings if drafts else read_listed_postings(outermosts)


def _gather(outermost: _Element, drafts: dict[_Element, Draft]) -> list[Draft]:
    """Hand every element of a comment and of the answers in it to the comment that it is of."""
    items = set(find_items(outermost))
    if outermost not in items:
        return []
    owners: dict[_Element, Draft | None] = {}
    gathered: list[Draft] = []
    for root in own_elements(outermost):
        for element in root.iter("*"):
            around = element.getparent()
            owner = owners.get(around) if around is not None else None
            if root is not outermost and element is root:
                owner = drafts[outermost]
            if element in items:
                if owner is not None:
                    owner.answers.append(element)
                above = owner or _listed_below(element, drafts)
                owner = drafts[element] = Draft(element, above)
                if element.tag == "dt":
                    owner.marks.append((element, Mark(Part.AUTHOR, 1)))
                gathered.append(owner)
            if owner is not None:
                _take(element, owner)
            owners[element] = owner
    return gathered


def _listed_below(item: _Element, drafts: dict[_Element, Draft]) -> Draft | None:
    """The comment before the list of answers that an item stands in."""
    for ancestor in item.iterancestors():
        if _ANSWERS.isdisjoint((ancestor.get("class") or "").split()):
            continue
        before = ancestor.getprevious()
        return drafts.get(before) if before is not None else None
    return None


def _take(element: _Element, draft: Draft) -> None:
    """Note what an element says of the comment that it is of."""
    if element.getparent() in draft.noise:
        draft.noise.add(element)
    elif element is not draft.item and len(draft.marks) < _MAX_MARKS:
        mark = part_of(element)
        if mark is not None:
            draft.marks.append((element, mark))
            if mark.part is Part.NOISE:
                draft.noise.add(element)
    if element.attrib and len(draft.names) + len(draft.named) < _MAX_MARKS:
        _take_names(element, draft)
    if element.tag == "a" and len(draft.links) < _MAX_MARKS:
        draft.links.append(element)


def _take_names(element: _Element, draft: Draft) -> None:
    """Note what identifies the comment, and what identifies the one that it answers."""
    attributes = element.attrib
    names = [str(attributes[key]) for key in ("id", "name") if key in attributes]
    if element is draft.item:
        names += [str(attributes[key]) for key in ("about", "data-comment-id") if key in attributes]
    draft.names += [name for name in names if element is draft.item or "comment" in name.lower()]
    draft.named += [str(attributes[key]) for key in _PARENTS if key in attributes]
    address = attributes.get("href") or attributes.get("resource") or attributes.get("content")
    words = f"{attributes.get('rel', '')} {attributes.get('class', '')}"
    is_named = "in-reply-to" in words or "reply_of" in words
    is_named = is_named or attributes.get("itemprop") in _PARENT_PROPERTIES
    if address and is_named and ("#" in address or "comment" in address):
        draft.named.append(address)


def _finish(draft: Draft) -> None:
    """Read a comment; one without a text is none, and what stands in it answers what it answers.

    Of two elements for one comment, one inside the other, the outer says nothing itself: what
    answers the outer one answers the inner.
    """
    keys = first_keys(draft.names)
    own_links = [a for a in draft.links if not set(first_keys([_target(a)])).isdisjoint(keys)]
    content = Content(draft)
    author, author_element = find_author(draft, content)
    published, date_element = find_date(draft, content)
    heads = (author_element, date_element)
    text = content.write([*own_links, *(head for head in heads if head is not None)])
    if not text:
        return
    above = draft.inside
    linked = first_keys(_target(link) for link in draft.links if not content.holds(link))
    draft.posting = Posting(
        comment=Comment(author=author, published=published, text=text),
        keys=keys,
        inside=_nearest_kept(above),
        answers=first_keys(draft.named),
        links=tuple(key for key in linked if key not in keys),
        depth=_depth_of(draft.item),
        page=_page_of(own_links),
    )
    while above is not None and _is_frame(above, draft.item):
        above.posting, above = draft.posting, above.inside


def _nearest_kept(draft: Draft | None) -> Posting | None:
    while draft is not None and draft.posting is None:
        draft = draft.inside
    return None if draft is None else draft.posting


def _is_frame(outer: Draft, item: _Element) -> bool:
    """Whether an element that says nothing itself is another one for the comment inside of it."""
    if outer.posting is not None or outer.marks:
        return False
    for ancestor in item.iterancestors():
        if ancestor is outer.item:
            return True
        if ancestor.tag in ("ol", "ul"):
            return False
    return False


def _depth_of(item: _Element) -> int | None:
    match = _DEPTH.search(item.get("class") or "")
    said = match[1] if match else item.get("data-depth") or item.get("aria-level") or ""
    return int(said) if said.isdecimal() and len(said) <= 3 else None


def _target(link: _Element) -> str:
    """The address of a link that leads to a place in a page; else nothing."""
    href = unquote(link.get("href") or "")
    return href if "#" in href else ""


def _page_of(own_links: list[_Element]) -> int | None:
    """The page of comments that the comment's own permalink leads to."""
    for link in own_links:
        if match := _COMMENT_PAGE.search(_target(link)):
            return int(match[1] or match[2])
    return None
