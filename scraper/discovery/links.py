"""What a page links to, and what each link is good for: posts, further listing pages, feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.etree import _Element

from scraper.addresses import resolve
from scraper.discovery.listing_addresses import series_of
from scraper.discovery.reading import Answer
from scraper.urls import judge

MAX_LINKS = 3000  # of one page; the longest archive pages name a few thousand posts
_MAX_HEADER_LINKS = 50

_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)
_COMMENT_FEED = re.compile(r"comment", re.I)
_MENU_TAGS = frozenset({"nav", "footer", "aside", "header", "form"})
_MENU_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_TITLE_CLASSES = re.compile(r"(^|\s)(u-url|u-uid|entry-title|post-title|p-name)(\s|$)")
_PAGING_CLASSES = re.compile(r"pagina|pager|page-?num|page-?nav|page-?link|older|(^|[\s_-])next")
_POSTS_BOX = re.compile(
    r"recent|latest|popular|related|posts|archive|widget|sidebar|blog-?roll", re.I
)
_ITEM_TAGS = frozenset({"li", "tr", "article"})
_MAX_ITEM_TEXTS = 20  # pieces of text of one item that are searched for a year
_YEAR = re.compile(r"\b(?:19[89]|20\d)\d\b")
_PAGING_ANCESTORS = 3  # levels above a link on which a paging class is looked for
_NEIGHBOURS = frozenset({"prev", "next", "previous"})
_HEADER_LINK = re.compile(r"""<([^<>]*)>\s*;[^,]*?\brel\s*=\s*"?([^";,]+)"?""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One `<a href>` of a page.

    Attributes:
        menu: it stands in the navigation, a side bar, the head or the foot of the page.
        title: it is a heading, or marked as the permanent address of an entry.
        paging: it looks like a link to another part of a listing.
        site_menu: it stands in the navigation, the head or the foot of the site, and in no box of
            posts there.
        entry: the elements around it, where it is the title of a box or stands beside a date.
    """

    url: str
    rel: frozenset[str]
    menu: bool = False
    title: bool = False
    paging: bool = False
    site_menu: bool = False
    entry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page's head and links say.

    Attributes:
        generator: the content of its `<meta name="generator">`, in lower case; empty if none.
        heads: (rel, type, URL) of its `<link>` elements and `Link` headers; rel in lower case.
        assets: hosts that its scripts, styles and pictures come from.
    """

    url: str
    generator: str
    heads: tuple[tuple[str, str, str], ...]
    links: tuple[Link, ...]
    assets: frozenset[str]

    def heads_of(self, rel: str) -> list[str]:
        """Give the URLs of the `<link>` elements with this rel value."""
        return [url for value, _, url in self.heads if rel in value.split()]

    def feeds(self) -> list[str]:
        """Give the feeds that the page announces, those of comments left out."""
        return [url for url in self._announced() if not _COMMENT_FEED.search(url)]

    def comment_feeds(self) -> list[str]:
        """Give the feeds of comments that the page announces."""
        return [url for url in self._announced() if _COMMENT_FEED.search(url)]

    def _announced(self) -> list[str]:
        found = (
            url
            for rel, kind, url in self.heads
            if "alternate" in rel.split() and kind in _FEED_TYPES
        )
        return list(dict.fromkeys(found))


def read_page(answer: Answer) -> Page | None:
    """Read a page's links; None where the answer is no HTML page."""
    if not answer.is_html:
        return None
    tree = answer.parsed()
    base = _base(tree, answer.url)
    metas = tree.iter("meta")
    generators = [m.get("content") or "" for m in metas if _is_generator(m)]
    return Page(
        url=answer.url,
        generator=" ".join(generators)[:200].lower(),
        heads=(*_iter_heads(tree, base), *_iter_header_links(answer)),
        links=tuple(_iter_links(tree, base)),
        assets=frozenset(_iter_asset_hosts(tree, base)),
    )


def page_links(answer: Answer) -> Iterator[Link]:
    """Give the links of a page that is no listing: address and rel values only, each once."""
    if not answer.is_html:
        return
    tree = answer.parsed()
    base = _base(tree, answer.url)
    heads = (e for e in tree.iter("link") if (e.get("rel") or "").lower() in _NEIGHBOURS)
    seen = set()
    for element in islice((*heads, *tree.iter("a", "area")), MAX_LINKS):
        url = resolve(base, element.get("href") or "") if element.get("href") else None
        url = url.partition("#")[0] if url else None
        if url is not None and url not in seen:
            seen.add(url)
            yield Link(url=url, rel=frozenset((element.get("rel") or "").lower().split()))


def post_links(page: Page) -> list[Link]:
    """Give the links of a listing page that lead to entries.

    These are the headings and permanent links among its links; where it has none of those, all
    links outside its menus.
    """
    content = [link for link in page.links if not link.menu and not link.paging]
    return [link for link in content if link.title] or content


def listing_links(page: Page) -> list[str]:
    """Give the URLs of further pages of the listing that this page is a part of.

    Those are `rel=next` links in head and body, and links whose address is the page's own with
    another number. Sorted: what the page itself calls the next one first, then by number.
    """
    following = [*page.heads_of("next")]
    following += [link.url for link in page.links if "next" in link.rel]
    own = series_of(page.url)[0]
    numbered = sorted(
        (number, link.url)
        for link in page.links
        for series, number in [series_of(link.url)]
        if number is not None
        and (series == own or (link.paging and judge(link.url).rule in {"pagination"}))
    )
    older = [link.url for link in page.links if judge(link.url).rule == "older-posts"]
    return list(dict.fromkeys([*following, *(url for _, url in numbered), *older]))


def _base(tree: _Element, url: str) -> str:
    base = tree.find(".//base[@href]")
    return (None if base is None else resolve(url, base.get("href") or "")) or url


def _is_generator(meta: _Element) -> bool:
    return (meta.get("name") or "").lower() == "generator"


def _iter_heads(tree: _Element, base: str) -> Iterator[tuple[str, str, str]]:
    for element in tree.iter("link"):
        rel, url = (element.get("rel") or "").lower(), resolve(base, element.get("href") or "")
        if rel and url:
            yield rel, (element.get("type") or "").lower().partition(";")[0].strip(), url


def _iter_header_links(answer: Answer) -> Iterator[tuple[str, str, str]]:
    matches = _HEADER_LINK.findall(answer.headers.get("link", "")[:10_000])
    for reference, rel in matches[:_MAX_HEADER_LINKS]:
        url = resolve(answer.url, reference)
        if url:
            yield rel.strip().lower(), "", url


def _iter_links(tree: _Element, base: str) -> Iterator[Link]:
    seen: dict[tuple[str, bool], None] = {}
    for count, element in enumerate(tree.iter("a", "area")):
        url = resolve(base, element.get("href") or "") if element.get("href") else None
        if url is None or count >= MAX_LINKS * 3 or len(seen) >= MAX_LINKS:
            continue
        link = _link(element, url.partition("#")[0])
        if (link.url, link.title) not in seen:
            seen[link.url, link.title] = None
            yield link


def _link(element: _Element, url: str) -> Link:
    rel = frozenset((element.get("rel") or "").lower().split())
    menu = heading = False
    in_entry = False
    paging = bool(_PAGING_CLASSES.search((element.get("class") or "").lower()))
    for level, ancestor in enumerate(element.iterancestors()):
        tag = ancestor.tag
        heading = heading or tag in _HEADINGS
        in_entry = in_entry or tag in {"article", "main"}
        inside = tag in _MENU_TAGS and not (tag == "header" and in_entry_header(ancestor))
        menu = menu or inside or (ancestor.get("role") or "").lower() in _MENU_ROLES
        if level < _PAGING_ANCESTORS:
            paging = paging or bool(_PAGING_CLASSES.search((ancestor.get("class") or "").lower()))
    marked = "bookmark" in rel or _TITLE_CLASSES.search((element.get("class") or "").lower())
    title = heading or bool(marked) or any(child.tag in _HEADINGS for child in element.iter())
    return Link(
        url=url, rel=rel, menu=menu, title=title and not menu, paging=paging,
        site_menu=menu and _is_in_site_menu(element),
        entry="" if menu or paging or not (title or _is_dated(element)) else _place(element),
    )  # fmt: skip


def _is_in_site_menu(element: _Element) -> bool:
    """Whether no side bar, and no box of recent posts, is around a link of a menu."""
    return not any(
        a.tag in {"aside", "form"}
        or a.get("role") in {"complementary", "search"}
        or _POSTS_BOX.search(f"{a.get('class', '')} {a.get('id', '')}")
        for a in element.iterancestors()
        if a.tag not in {"body", "html"}
    )


def _is_dated(element: _Element) -> bool:
    """Whether a link is the first one of an item of a list that says a year or a time."""
    item = next((a for a in element.iterancestors() if a.tag in _ITEM_TAGS), None)
    if item is None or item.find(".//a") is not element:
        return False
    if item.find(".//time") is not None:
        return True
    return bool(_YEAR.search("".join(islice(map(str, item.itertext()), _MAX_ITEM_TEXTS))))


def _place(element: _Element) -> str:
    return "/".join(str(ancestor.tag) for ancestor in element.iterancestors())


def in_entry_header(header: _Element) -> bool:
    """Whether a `<header>` is the head of an entry and not of the page."""
    return any(
        ancestor.tag in {"article", "main", "section", "li"} for ancestor in header.iterancestors()
    )


def _iter_asset_hosts(tree: _Element, base: str) -> Iterator[str]:
    for element in tree.iter("script", "link", "img"):
        reference = element.get("src") or element.get("href")
        url = resolve(base, reference) if reference else None
        if url:
            yield urlsplit(url).hostname or ""
