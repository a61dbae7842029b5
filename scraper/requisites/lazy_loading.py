"""Addresses that a page keeps for a script to put in place: ``data-src`` and its many relatives.

No standard names these attributes, so they are known by how they are written: the words in the
name, and a value that looks like the address of a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from scraper.addresses import MAX_ADDRESS_LENGTH
from scraper.requisites.srcset import iter_srcset

_BETWEEN_WORDS = re.compile(r"[-_:]")
_BACKGROUND = frozenset({"bg", "background", "backgroundimage", "bgimage"})
_PICTURE = _BACKGROUND | {"src", "original", "lazy", "lazyload", "poster", "image", "img", "url"}
_OWN_ATTRIBUTES = frozenset({"src", "srcset", "poster", "background", "imagesrcset"})
_LOADS_A_PICTURE = frozenset({"img", "amp-img", "source", "video", "input", "image"})
_LOADS_NO_PICTURE = frozenset({"a", "iframe", "frame", "audio", "object", "embed", "track"})
_PICTURE_FILE = re.compile(
    r"\.(?:png|jpe?g|jfif|gif|webp|avif|svgz?|bmp|ico|apng|jxl|heic|tiff?)$", re.I
)
_NO_ADDRESS = re.compile(r"[\s{}<>\"]")
_MAX_VALUE_LENGTH = 4 * MAX_ADDRESS_LENGTH  # a srcset of several sizes


def iter_lazy(tag: str, name: str, value: str) -> Iterator[str]:
    """Yield the addresses of pictures in one attribute, as they are written.

    Args:
        tag: name of the element, in lower case.
        name: of the attribute, in lower case; HTML's own attributes give nothing here.
        value: of the attribute.

    >>> list(iter_lazy("img", "data-lazy-src", "/maps/ford.jpg"))
    ['/maps/ford.jpg']
    >>> list(iter_lazy("div", "data-background-image", "ford.webp?w=600"))
    ['ford.webp?w=600']
    >>> list(iter_lazy("div", "data-image-title", "The ford"))
    []
    """
    is_candidate = name.startswith("data-") or "src" in name
    if not is_candidate or name in _OWN_ATTRIBUTES or len(value) > _MAX_VALUE_LENGTH:
        return
    words = set(_BETWEEN_WORDS.split(name))
    if tag in _LOADS_NO_PICTURE:
        words &= _BACKGROUND
    if any(word.endswith("srcset") for word in words):
        yield from (url for url in iter_srcset(value) if is_picture(url) or _is_path(url))
    elif words & _PICTURE or any(word.endswith("src") for word in words):
        value = value.strip()
        loads = words & _BACKGROUND or (tag in _LOADS_A_PICTURE and "url" not in words)
        if is_picture(value) or (loads and _is_path(value)):
            yield value


def is_picture(address: str) -> bool:
    """Tell whether an address ends as that of a picture does; its query does not matter.

    >>> is_picture("/maps/ford.JPG?w=600"), is_picture("/maps/")
    (True, False)
    """
    if _NO_ADDRESS.search(address):
        return False
    try:
        return bool(_PICTURE_FILE.search(urlsplit(address).path))
    except ValueError:
        return False


def _is_path(value: str) -> bool:
    return "/" in value and not _NO_ADDRESS.search(value)
