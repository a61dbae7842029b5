"""URL keys: the sortable form of a URL by which captures are indexed and looked up."""

from __future__ import annotations

from urllib.parse import quote

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def urlkey(url: str) -> str:
    """Return the SURT of a URL: host reversed, scheme and ``www.`` gone, lower-cased.

    The form is that of pywb and cdxj-indexer, made by the `surt` library. What `surt` cannot parse
    (a port that is no number, a lone surrogate) is its own key, with white space, control and
    non-ASCII characters percent-encoded, so that a key never breaks the line it stands on.

    >>> urlkey("https://www.Example.org/2024/A-Post/?b=2&a=1#more")
    'org,example)/2024/a-post?a=1&b=2'
    >>> urlkey("http://example.org:port/")
    'http://example.org:port/'
    """
    # Imported at the first call: it brings tldextract along, and most commands need no key.
    from surt import surt

    try:
        key: str = surt(url)
    except (ValueError, AttributeError, TypeError, AssertionError):
        key = url
    if key.isascii() and key.isprintable() and " " not in key:
        return key or "-"
    return quote(key, safe=_PRINTABLE, errors="replace")
