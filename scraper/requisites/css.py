"""What a style sheet names: ``@import``, ``url()`` in any property, ``image-set()``.

Read with tinycss2, as CSS Syntax Level 3 has it: comments, strings and escapes are what they are to
a browser. A sheet of 500 kB takes about a quarter of a second, so that a crawl reads sheets in a
thread; the styles in pages repeat from page to page, and are read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import tinycss2
from tinycss2.bytes import decode_stylesheet_bytes

from scraper.requisites.references import References, Requisite

MAX_CSS_LENGTH = 1_000_000  # characters that are read of one sheet: 2 s and 0.3 GB at worst
_INLINE_DATA = re.compile(r"base64,[A-Za-z0-9+/=]{64,}")
_NAMES_SOMETHING = re.compile(r"url|src|@import|image-set|\\", re.I)
_TAKES_STRINGS = frozenset({"url", "src", "image-set", "-webkit-image-set"})
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_CACHED_STYLES = 32

_Reference = tuple[str, bool]  # as it is written; whether it is an import


def decode_css(body: bytes, content_type: str) -> str:
    """Decode a style sheet: by its byte order mark, header or ``@charset``, else as UTF-8."""
    declared = _CHARSET.search(content_type)
    text, _ = decode_stylesheet_bytes(body, declared[1] if declared else None)
    return str(text)


def find_in_css(text: str, base: str) -> tuple[Requisite, ...]:
    """Find what a style sheet, or a list of declarations, names.

    Every source of a font and every image of a set is taken, whichever a browser would choose.

    Args:
        text: `MAX_CSS_LENGTH` characters of it are read; files that are written into it in base64
            do not count.
        base: the URL of the sheet; for styles in a page, that of the page.

    >>> find_in_css("@import 'a.css'; b {c: url(d.png#e)}", "https://example.org/x/")[1].url
    'https://example.org/x/d.png'
    """
    return _resolved(_read(text), base)


def find_in_style_element(text: str, base: str) -> tuple[Requisite, ...]:
    """Find what a style element names, as `find_in_css` does; the latest ones are remembered."""
    return _resolved(_read_again(text), base)


@lru_cache(maxsize=_CACHED_STYLES)
def _read_again(text: str) -> tuple[_Reference, ...]:
    return _read(text)


def _read(text: str) -> tuple[_Reference, ...]:
    text = _INLINE_DATA.sub("base64,", text)[:MAX_CSS_LENGTH]
    if not _NAMES_SOMETHING.search(text):
        return ()
    return tuple(_iter_references(tinycss2.parse_component_value_list(text, skip_comments=True)))


def _resolved(found: tuple[_Reference, ...], base: str) -> tuple[Requisite, ...]:
    references = References(base)
    for reference, is_style in found:
        references.add(reference, is_style=is_style)
    return references.listed()


def _iter_references(tokens: list[Any]) -> Iterator[_Reference]:
    """Yield the references among tokens, however deep they lie."""
    levels: list[tuple[Iterator[Any], str]] = [(iter(tokens), "")]  # with the function's name
    rule = ""  # the at-rule of which the prelude is being read
    while levels:
        level, function = levels[-1]
        token = next(level, None)
        if token is None:
            levels.pop()
        elif token.type == "at-keyword":
            rule = token.lower_value
        elif token.type == "function":
            levels.append((iter(token.arguments), token.lower_name))
        elif token.type in {"{} block", "[] block", "() block"}:
            rule = "" if token.type == "{} block" else rule
            levels.append((iter(token.content), ""))
        elif token.type == "literal" and token.value == ";":
            rule = ""
        elif _is_reference(token, function, rule):
            if rule != "namespace":  # which is a name that looks like an address
                yield token.value, rule == "import"
            rule = ""


def _is_reference(token: Any, function: str, rule: str) -> bool:
    if token.type == "string":
        return function in _TAKES_STRINGS or (rule in {"import", "namespace"} and not function)
    return bool(token.type == "url")
