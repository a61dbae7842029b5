"""Sitemaps: index, urlset, news and image extensions, plain text, gzip (sitemaps.org, 0.9).

Namespaces are not looked at, since many sitemaps have wrong ones; what counts is the local names.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time
from io import BytesIO

from lxml import etree

from archive.records import Hints
from scraper.addresses import resolve
from scraper.discovery.reading import (
    NO_END,
    TOO_LARGE,
    TOO_MANY_PARTS,
    Answer,
    Ask,
    Kind,
    Listed,
    Reading,
    parse_date,
)
from scraper.discovery.xml_ends import ends_whole, is_closed

MAX_ENTRIES = 60_000  # of one file; the protocol allows 50,000
MAX_SITEMAP_BYTES = 60_000_000  # unpacked; the protocol allows 50 MB
MAX_DEPTH = 3  # indexes above a sitemap; the protocol allows one

_ROOT = re.compile(rb"<(?:[\w.-]+:)?(urlset|sitemapindex)[\s>/]", re.I)
_EMPTY = re.compile(rb"<[^<>]*/>")  # a root that names nothing
_ROOT_SEARCH_BYTES = 4096  # comments and a DTD may stand before the root
_WORD = re.compile(r"[a-z]+")
_POSTS = frozenset({"post", "posts", "article", "articles", "news", "blogposts", "stories"})
_PAGES = frozenset({"page", "pages"})
_LISTINGS = frozenset({
    "tag", "tags", "category", "categories", "cat", "author", "authors", "user", "users",
    "taxonomy", "taxonomies", "tax", "format", "label", "labels", "archive", "archives", "image",
    "images", "video", "videos", "media", "attachment", "attachments", "term", "terms", "topic",
    "topics",
})  # fmt: skip
_NO_KIND = frozenset({"sitemap", "sitemaps", "wp", "xml", "gz", "txt", "index", "php", "pt"})


def read(answer: Answer, ask: Ask) -> Reading | None:
    """Read a sitemap or a sitemap index; None where the answer is neither.

    Of an index, files that by their names hold only tags, authors, images and the like are left
    out as long as another is named. A file's name is believed to tell posts from pages where the
    index has both.
    """
    if answer.status != 200:
        return None
    body = _unpacked(answer.body)
    root = _ROOT.search(body[:_ROOT_SEARCH_BYTES])
    if root is None:
        return _read_text(body, answer, ask)
    entries = list(_iter_entries(body, answer.url))
    cut = TOO_LARGE if len(body) >= MAX_SITEMAP_BYTES or len(entries) >= MAX_ENTRIES else None
    if not (is_closed(body, "urlset", "sitemapindex") or _EMPTY.match(body, root.start())):
        cut = cut or NO_END
        entries = entries if ends_whole(body, "url", "sitemap") else entries[:-1]
    if not entries and b"<!ENTITY" in body[: root.start()]:
        cut = "entities"  # which are not resolved: they can grow without end
    if root[1].lower() == b"sitemapindex":
        too_deep = TOO_MANY_PARTS if entries and ask.depth >= MAX_DEPTH else None
        children = _children({entry.url: entry.lastmod for entry in entries}, ask)
        return Reading(more=children, cut=too_deep or cut)
    kind, written = ask.kind, parse_date(answer.headers.get("last-modified"))
    entries = [_timed(entry, written) for entry in entries]
    marked = (replace(e, hints=replace(e.hints, kind=kind)) if kind else e for e in entries)
    return Reading(listed=tuple(marked), cut=cut)


def _timed(entry: Listed, written: datetime | None) -> Listed:
    """Give a day of change the time at which the site map itself was written, if on that day.

    So a page that changes twice a day is seen to have changed, where only days are told.
    """
    day = entry.lastmod
    if day is None or written is None or written.date() != day.date() or day.time() != time.min:
        return entry
    return replace(entry, lastmod=written)


def kind_of(url: str) -> Kind | None:
    """Tell by the name of a sitemap file what it lists; None where the name does not say.

    >>> kind_of("https://example.org/wp-sitemap-posts-page-1.xml")
    'page'
    >>> kind_of("https://example.org/post_tag-sitemap.xml")
    'listing'
    """
    words = _WORD.findall(url.rsplit("/", 1)[-1].lower().partition("?")[0])
    last = next((word for word in reversed(words) if word not in _NO_KIND), "")
    if last in _POSTS:
        return "post"
    if last in _PAGES:
        return "page"
    return "listing" if last in _LISTINGS else None


def _children(changed: Mapping[str, datetime | None], ask: Ask) -> tuple[Ask, ...]:
    if ask.depth >= MAX_DEPTH:
        return ()
    kinds = {url: kind_of(url) for url in changed}
    tells_apart = "post" in kinds.values()
    wanted = [url for url, kind in kinds.items() if kind != "listing"] or list(kinds)
    return tuple(
        replace(
            ask,
            url=url,
            kind=kinds[url] if tells_apart else None,
            depth=ask.depth + 1,
            announced=True,
            lastmod=changed[url],
        )
        for url in wanted
    )


def is_too_large(body: bytes) -> bool:
    """Whether a body, unpacked, is larger than is read."""
    return len(_unpacked(body)) >= MAX_SITEMAP_BYTES


def _unpacked(body: bytes) -> bytes:
    """Take gzip off, at most `MAX_SITEMAP_BYTES`; what is broken off gives what could be read."""
    if not body.startswith(b"\x1f\x8b"):
        return body[:MAX_SITEMAP_BYTES]
    unpacker = zlib.decompressobj(wbits=31)
    try:
        return unpacker.decompress(body, MAX_SITEMAP_BYTES)
    except zlib.error:
        return b""


def _read_text(body: bytes, answer: Answer, ask: Ask) -> Reading | None:
    """Read a text sitemap: one absolute URL on each line, and nothing else."""
    if b"<" in body[:1024]:
        return None
    lines = [line.strip() for line in body.decode("utf-8-sig", "replace").splitlines()]
    if answer.is_cut:
        lines = lines[:-1]  # half of one
    urls = [line for line in lines if line][:MAX_ENTRIES]
    if not urls or not all(re.match(r"https?://\S+$", url) for url in urls[:100]):
        return None
    hints = Hints(kind=ask.kind)
    return Reading(listed=tuple(Listed(url=url, hints=hints) for url in urls))


def _iter_entries(body: bytes, base: str) -> Iterator[Listed]:
    """Stream `<url>` and `<sitemap>` elements; entities are not resolved, errors are skipped."""
    events = etree.iterparse(
        BytesIO(body.lstrip(b"\xef\xbb\xbf \t\r\n")),
        events=("end",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    count = 0
    try:
        for _, element in events:
            if _local(element) not in {"url", "sitemap"}:
                continue
            entry = _read_entry(element, base)
            _forget(element)
            if entry is not None:
                count += 1
                yield entry
            if count >= MAX_ENTRIES:
                return
    except etree.XMLSyntaxError:
        return


def _read_entry(element: etree._Element, base: str) -> Listed | None:
    texts: dict[str, str] = {}
    for child in element:
        if len(child) and _local(child) == "loc":
            return None  # an entity stands in it: the text before that is half an address
        texts.setdefault(_local(child), (child.text or "").strip())
        if _local(child) == "news":
            texts |= {f"news_{_local(part)}": (part.text or "").strip() for part in child}
    url = resolve(base, texts.get("loc", "")) if texts.get("loc") else None
    if url is None:
        return None
    hints = Hints(
        title=texts.get("news_title") or None,
        published=parse_date(texts.get("news_publication_date")),
    )
    return Listed(url=url, lastmod=parse_date(texts.get("lastmod")), hints=hints)


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _forget(element: etree._Element) -> None:
    """Free an element that was read and all before it, so that memory stays flat."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
