"""Which address a page gives as its own.

`<link rel="canonical">` (RFC 6596) is a claim by the page, and often a wrong one: themes point
every page at the home page, comment plug-ins at one page of the comments, copies at another site.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lxml.etree import _Element

_MAX_URL_LENGTH = 2000
_COMMENT_PAGE = re.compile(r"/comment-page-\d+/?$")
_COMMENT_QUERY = frozenset({"commentPage", "cpage", "replytocom", "showComment"})


def find_canonical(tree: _Element, url: str) -> str | None:
    """Find the canonical address that a page declares for itself.

    Args:
        tree: the page, as `parse_html` gives it.
        url: where it was fetched; relative addresses are resolved against it (or `<base href>`).

    Returns:
        An absolute http(s) URL on the same site (`www.` and the scheme aside), without fragment
        and without a page of comments; None where the page declares none that can be believed. A
        page below the root that names the root is not believed.
    """
    base = document_base(tree, url)
    for link in tree.iterfind(".//link[@href]"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return _believable(link.get("href", ""), base, url)
    for meta in tree.iterfind(".//meta[@property='og:url']"):
        return _believable(meta.get("content") or "", base, url)
    return None


def document_base(tree: _Element, url: str) -> str:
    """Give the address that relative links of the page are resolved against."""
    base = tree.find(".//base[@href]")
    return url if base is None else safe_join(url, base.get("href", "")) or url


def safe_join(base: str, link: str) -> str | None:
    """Join a link to a base; None where it is no http(s) URL or no URL at all."""
    if len(link) > _MAX_URL_LENGTH:
        return None
    try:
        joined = urljoin(base, link.strip())
        parts = urlsplit(joined)
        _ = parts.port
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and parts.hostname else None


def site_host(url: str) -> str:
    """Host and port of a URL as one site: lower case, without `www.` and default ports."""
    host = urlsplit(url).netloc.lower().rpartition("@")[2].removeprefix("www.")
    return host.removesuffix(":80").removesuffix(":443")


def _believable(link: str, base: str, url: str) -> str | None:
    joined = safe_join(base, link) if link.strip() else None
    if joined is None or site_host(joined) != site_host(url):
        return None
    found = _without_comment_page(joined)
    return None if is_root(found) and not is_root(url) else found


def _without_comment_page(url: str) -> str:
    parts = urlsplit(url)
    query = parts.query
    if any(name in query for name in _COMMENT_QUERY):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([pair for pair in pairs if pair[0] not in _COMMENT_QUERY])
    path = _COMMENT_PAGE.sub("/", parts.path)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def is_root(url: str) -> bool:
    """Tell whether a URL is the root of its host."""
    parts = urlsplit(url)
    return parts.path in ("", "/", "/index.html", "/index.php") and not parts.query
