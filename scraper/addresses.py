"""The parts of a web address and their one spelling (RFC 3986 §6.2.2, UTS 46)."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna

MAX_ADDRESS_LENGTH = 8000  # characters; RFC 9110 §4.1: what servers are to support at least
CACHED_URLS = 16_384  # a blog's menus and side bars repeat the same links on every page
_CONTROL = re.compile(r"[\x00-\x20\x7f]+")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_WWW = re.compile(r"^(www\.)+(?=[^.]+\.)")
_DEFAULT_PORTS = {80, 443}


def resolve(base: str, reference: str) -> str | None:
    """Make a reference found in a document absolute, or give None where it is no web address."""
    try:
        url = urljoin(base, _CONTROL.sub(" ", reference).strip())
        return url if urlsplit(url).scheme in {"http", "https"} else None
    except ValueError:
        return None


def ascii_host(host: str) -> str:
    """Give a host name in lower case and ASCII form (UTS 46), without a dot at its end.

    >>> ascii_host("Bücher.Example.")
    'xn--bcher-kva.example'
    """
    host = host.rstrip(".").lower()
    try:
        return idna.encode(host, uts46=True).decode("ascii") if not host.isascii() else host
    except (idna.IDNAError, UnicodeError):
        return quote(host, safe="[]:.", errors="replace").lower()


@lru_cache(maxsize=CACHED_URLS)
def site_of(url: str) -> tuple[str, int | None]:
    """Give host without `www.` and port (None for 80 and 443) of an absolute URL."""
    parts = split_address(url)
    if parts is None:
        return "", None
    authority = site_authority(parts)
    host, _, port = authority.rpartition(":")
    return (host, int(port)) if host and port.isdigit() else (authority, None)


def split_address(url: str) -> SplitResult | None:
    """Take an absolute http or https URL apart; None where it is none, endless, or has no host."""
    if len(url) > MAX_ADDRESS_LENGTH:
        return None
    try:
        parts = urlsplit(_CONTROL.sub(" ", url).strip().replace("\\", "/"))
        _ = parts.port  # raises on a port that is no number
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not (parts.hostname or "").rstrip("."):
        return None
    return parts


def host_and_port(parts: SplitResult) -> str:
    """Give the authority of a URL without user name and default port."""
    host = ascii_host(parts.hostname or "")
    host = f"[{host}]" if ":" in host else host
    return host if parts.port is None or parts.port in _DEFAULT_PORTS else f"{host}:{parts.port}"


def site_authority(parts: SplitResult) -> str:
    """Give the authority of a URL without `www.` too: the same for all spellings of one site."""
    return _WWW.sub("", host_and_port(parts))


def without_dots(path: str) -> str:
    """Resolve `.` and `..` segments of an absolute path (RFC 3986 §5.2.4).

    >>> without_dots("/a/./b/../c/")
    '/a/c/'
    """
    if "/." not in path:
        return path
    kept: list[str] = []
    *folders, last = path.split("/")[1:]
    for segment in folders if last not in {".", ".."} else (*folders, last):
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join([*kept, "" if last in {".", ".."} else last])


def escaped(part: str) -> str:
    """Spell percent escapes in one way: unreserved characters plain, the rest in upper case."""
    part = _LONE_PERCENT.sub("%25", part)
    part = _ESCAPE.sub(_spelled, part)
    return quote(part, safe="%/:@!$&'()*+,;=?~[]|", errors="replace")


def _spelled(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def join_address(scheme: str, authority: str, path: str, pairs: list[str]) -> str:
    """Put a URL together; `pairs` are the `name=value` parts of its query."""
    return f"{scheme}://{authority}{path}" + ("?" + "&".join(pairs) if pairs else "")
