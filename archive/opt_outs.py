"""Whether a page says that it must not be archived.

``noarchive`` comes as an X-Robots-Tag header or as a robots meta tag (the forms that search engines
document; neither is in an RFC). Both may be addressed to one crawler by name.
"""

from __future__ import annotations

import re

from archive.errors import BodyTooLargeError
from archive.http_message import decoded_body, split_response, strip_interim

_ROBOT = "blog-archiver"  # the product token of the crawler
_SEARCHED_BYTES = 1024**2  # of a decoded page: a meta tag stands in its head
_MAX_BODY_BYTES = 64 * 1024**2
_HTML_TYPES = {None, "text/html", "application/xhtml+xml"}  # without a type, browsers find HTML
# What a browser does not read as markup. Without an end it reaches to the end of the page.
_NO_MARKUP = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(script|style|template|textarea|title)\b.*?(?:</\1\s*>|\Z)", re.S | re.I
)
_META = re.compile(rb"<meta\b[^<>]{0,1000}+>", re.I)
_NAME = re.compile(rb"""\bname\s*+=\s*+["']?+\s*+([\w-]+)""", re.I)
_CONTENT = re.compile(rb"""\bcontent\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.I)
_ADDRESSED = re.compile(r"\s*+([^\s:,]++)\s*+:(.*)", re.S)
_WITH_VALUE = {  # directives that are written with a colon too, as a crawler's name is
    "max-snippet", "max-image-preview", "max-video-preview", "unavailable_after",
}  # fmt: skip


def refusal_to_archive(response: bytes) -> str | None:
    """Find the words with which an answer refuses to be archived.

    Args:
        response: the HTTP message as received, interim answers (1xx) included.

    Returns:
        The directive with the place it stands in, such as ``X-Robots-Tag: noarchive``; None where
        nothing refuses.

    >>> refusal_to_archive(b"HTTP/1.1 200 OK\\r\\nX-Robots-Tag: noindex, noarchive\\r\\n\\r\\n")
    'X-Robots-Tag: noindex, noarchive'
    """
    response = strip_interim(response)
    message = split_response(response)
    for value in message.get_all("x-robots-tag"):
        if _tells_us_noarchive(value):
            return f"X-Robots-Tag: {value}"
    if (message.mime and message.mime.lower()) in _HTML_TYPES:
        return _refusing_meta_tag(response)
    return None


def _tells_us_noarchive(value: str) -> bool:
    """Read the list of directives; a crawler's name holds for what follows, up to the next name."""
    agent = ""
    for part in value.split(","):
        directive = part
        addressed = _ADDRESSED.fullmatch(part)
        if addressed and addressed[1].lower() not in _WITH_VALUE:
            agent, directive = addressed[1].lower(), addressed[2]
        if agent in {"", "*", _ROBOT} and _says_noarchive(directive):
            return True
    return False


def _refusing_meta_tag(response: bytes) -> str | None:
    try:
        body = decoded_body(response, max_size_bytes=_MAX_BODY_BYTES)[:_SEARCHED_BYTES]
    except BodyTooLargeError:
        return None  # nothing of it will be read, by anyone
    body = body.replace(b"\0", b"")  # so that UTF-16 reads as ASCII, where it is that
    if b"noarchive" not in body.lower():
        return None
    for tag in _META.findall(_NO_MARKUP.sub(b"", body)):
        name, content = _NAME.search(tag), _CONTENT.search(tag)
        if not name or not content or name.group(1).lower().decode() not in {"robots", _ROBOT}:
            continue
        value = next(group for group in content.groups() if group is not None)
        directives = value.decode("utf-8", "replace")
        if _says_noarchive(directives):
            return f"meta {name.group(1).lower().decode()}: {directives}"
    return None


def _says_noarchive(directives: str) -> bool:
    return "noarchive" in (word.strip().lower() for word in directives.split(","))
