"""The name that a collection has where nobody has given it one."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

_MAX_LENGTH = 80  # file systems allow 255 bytes, and WARC names add to it
_DEFAULT_PORTS = {"http": 80, "https": 443}


def default_name(url: str) -> str:
    """Make the name of a collection from the address of its blog.

    The name is host and path, "/" written as "_", with scheme, ``www.`` and default port left out,
    since these are one site. Where that would not tell two addresses apart (case, other characters,
    length), eight hexadecimal digits of the address's SHA-256 follow. Any string is accepted, and
    the name is one safe path component whatever it holds.

    >>> default_name("https://www.example.org/blog/")
    'example.org_blog'
    >>> default_name("https://example.org/Blog")
    'example.org_blog-0ccae21e'
    """
    address = _address(url)
    plain = address.replace("/", "_")
    name = re.sub(r"[^a-z0-9._-]+", "-", plain.lower())[:_MAX_LENGTH].strip("._-")
    if name and name == plain and "_" not in address:
        return name
    digest = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name or 'blog'}-{digest}"


def _address(url: str) -> str:
    """What tells one blog from another in its URL: no scheme, www, credentials, fragment."""
    try:
        parts = urlsplit(url.strip())
        host = _host(parts)
    except ValueError:  # an unclosed "[", a port that is no number
        return url.strip()
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    with suppress(UnicodeError):  # no name of a host: default_name adds a digest
        host = host.encode("idna").decode("ascii")
    port = parts.port
    return host if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{port}"
