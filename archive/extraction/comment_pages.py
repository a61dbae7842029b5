"""The further pages of a post's comments.

WordPress splits comments at `/slug/comment-page-2/` or `?cpage=2`, oldest or newest first, and the
post's own page may show the last of them; Blogger gives `?commentPage=2`, Drupal `?page=1` below
the comments. Told by these addresses, or by a link that stands among the comments and leads to the
page's own address with a page number, or with `rel=next` or `prev`; never by what a link says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import parse_qsl, unquote, urldefrag, urlsplit

from lxml.etree import _Element

from archive.extraction.page_types.page_type import looks_like_listing
from archive.extraction.tree.canonical import document_base, is_root, safe_join, site_host

MAX_COMMENT_PAGES = 1_000
"""Of one post, no more are looked for."""

_NAMED_PATH = re.compile(r"comments?[-/]page[-/](\d{1,4})")
_NAMED_PARAMETER = re.compile(r"comments?[-_]?page|cpage", re.I)
_AREA_PATH = re.compile(r"(?:comments?[-/])?(?:page[-/]?)?(\d{1,4})")
_AREA_PARAMETER = re.compile(r"page|paged|pg", re.I)
_AREA = re.compile(
    r"(?:^|\s)(?:wp-block-|post-|entry-|article-)?comments?(?:[-_]{1,2}(?:area|block|container"
    r"|content|holder|list|nav|navigation|page|pager|pages|pagination|paging|section|threads?"
    r"|wrap|wrapper))?(?:$|\s)|(?:^|\s)commentlist(?:$|\s)",
    re.I,
)
_STEPS = frozenset({"next", "prev", "previous"})
_BACK = frozenset({"nav-previous", "prev", "previous"})
_DIGIT = re.compile(r"\d")
_MAX_LINKS = 20_000  # that are looked at; no post has as many
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")


@dataclass(frozen=True, slots=True)
class CommentPages:
    """The pages that a post's comments are split over, as one of them tells."""

    others: tuple[str, ...]  # absolute URLs, in the order of their numbers
    shown: tuple[str, ...]  # other addresses of the page itself


@dataclass(slots=True)
class _Found:
    """What the links of a page say, as they are read."""

    numbered: dict[int, str] = field(default_factory=dict)
    stepped: dict[str, None] = field(default_factory=dict)  # without a number
    is_named: bool = False  # the addresses say that they are of comments
    is_last: bool = False  # the links lead to the first page, or back


def find_comment_pages(tree: _Element, url: str) -> CommentPages:
    """Find the pages of a post's comments.

    Args:
        tree: the post's page, or one of the pages of its comments, as `parse_html` gives it.
        url: of the post.

    Returns:
        The pages that the links lead to, and those that they leave out between them, each once;
        none where the page lists several posts.
    """
    if is_root(url):
        return CommentPages((), ())
    base = document_base(tree, url)
    found = _Found()
    for element in islice(filter(_may_lead_on, tree.iter("a")), _MAX_LINKS):
        link = safe_join(base, element.get("href") or "")
        if link is not None and site_host(link) == site_host(url):
            _take(element, link, url, found)
    if not (found.numbered or found.stepped) or looks_like_listing(tree, url):
        return CommentPages((), ())
    shown = _shown(tree, base, url, found) if found.is_named else set()
    pages = _without_gaps(found, shown)
    others = [page for number, page in pages.items() if number not in shown]
    return CommentPages(
        others=tuple(dict.fromkeys([*others, *found.stepped])),
        shown=tuple(page for number, page in pages.items() if number in shown),
    )


def is_comment_page_link(element: _Element, link: str) -> bool:
    """Tell whether a link to a page with a number leads through comments, not through a post."""
    return urldefrag(link).fragment.startswith("comment") or _is_among_comments(element)


def _may_lead_on(element: _Element) -> bool:
    href = element.get("href") or ""
    return bool(_DIGIT.search(href)) or not _STEPS.isdisjoint(_relations(element))


def _relations(element: _Element) -> list[str]:
    return (element.get("rel") or "").lower().split()


def _take(element: _Element, link: str, url: str, found: _Found) -> None:
    page = urldefrag(link).url
    number = _number(page, url, _NAMED_PATH, _NAMED_PARAMETER)
    found.is_named |= number is not None
    if number is None and _is_among_comments(element):
        number = _number(page, url, _AREA_PATH, _AREA_PARAMETER)
        is_step = not _STEPS.isdisjoint(_relations(element))
        if number is None and is_step and _is_below(page, url) and page != url:
            found.stepped.setdefault(page)
    if number is not None and 0 < number <= MAX_COMMENT_PAGES:
        found.numbered.setdefault(number, page)
        found.is_last |= number == 1 or _leads_back(element)


def _leads_back(element: _Element) -> bool:
    """Whether a link says that it leads to the page before, as WordPress's own mark-up does."""
    around = element.getparent()
    classes = "" if around is None else around.get("class", "")
    return not _BACK.isdisjoint((*_relations(element), *classes.lower().split()))


def _number(
    page: str, url: str, path_form: re.Pattern[str], parameter_form: re.Pattern[str]
) -> int | None:
    """The number that makes the post's address this one, as a path segment or a parameter."""
    own, other = urlsplit(url), urlsplit(page)
    own_query, other_query = parse_qsl(own.query), parse_qsl(other.query)
    own_path, other_path = unquote(own.path).rstrip("/"), unquote(other.path).rstrip("/")
    if own_path == other_path:
        further = [pair for pair in other_query if pair not in own_query]
        if len(further) == 1 and len(other_query) == len(own_query) + 1:
            name, value = further[0]
            if parameter_form.fullmatch(name) and value.isdecimal() and len(value) <= 4:
                return int(value)
    elif own_query == other_query and other_path.startswith(own_path + "/"):
        match = path_form.fullmatch(other_path[len(own_path) + 1 :])
        return int(match[1]) if match else None
    return None


def _is_below(page: str, url: str) -> bool:
    own, other = unquote(urlsplit(url).path).rstrip("/"), unquote(urlsplit(page).path).rstrip("/")
    return bool(own) and (other == own or other.startswith(own + "/"))


def _is_among_comments(element: _Element) -> bool:
    return any(
        _AREA.search(f"{around.get('class', '')} {around.get('id', '')}")
        for around in (element, *element.iterancestors())
        if around.tag not in ("html", "body")
    )


def _shown(tree: _Element, base: str, url: str, found: _Found) -> set[int]:
    """The numbers of the page itself, as the permalinks of the comments on it say.

    One that is the post's own address is of the first page, or, where links lead back, of the last.
    """
    names = {element.get("id") for element in tree.iter("*") if "id" in element.attrib}
    numbers: set[int] = set()
    for element in tree.iter("a"):
        href = element.get("href") or ""
        if "#comment-" not in href or href.rpartition("#")[2] not in names:
            continue
        page = urldefrag(safe_join(base, href) or "").url
        number = _number(page, url, _NAMED_PATH, _NAMED_PARAMETER)
        if number is not None:
            numbers.add(number)
        elif page.rstrip("/") == url.rstrip("/") and not found.is_last:
            numbers.add(1)
    return numbers


def _without_gaps(found: _Found, shown: set[int]) -> dict[int, str]:
    """The pages by their numbers; those that `2 3 … 9` leaves out are put in."""
    numbered = found.numbered
    if not numbered:
        return {}
    model = next(iter(numbered.values()))
    first = 1 if found.is_named else min(numbered)
    last = min(max(*numbered, *shown, first), MAX_COMMENT_PAGES)
    return {
        number: numbered.get(number) or _LAST_NUMBER.sub(str(number), model, count=1)
        for number in range(first, last + 1)
    }
