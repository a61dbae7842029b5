"""Ways to spoil a page: what a broken program, a cut connection or a hostile server might send.

Each takes a source of chance, the page, and how large a bomb may be; the same three always give
the same bytes. `benchmarks/fuzz.py` and the tests draw from the one table at the end.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Mutation = Callable[[random.Random, bytes, int], bytes]
"""Source of chance, page, and the number of repeats of a bomb (of bytes, for one long value)."""

_TAG = re.compile(rb"<[^<>]{1,2000}>")
_WORD = re.compile(rb"[a-z]{3,12}")
_BODY = re.compile(rb"<body\b[^>]*>|<(?:main|article|div|p)\b[^>]*>|$", re.I)
_HEAD = re.compile(rb"<head\b[^>]*>|$", re.I)
_NESTED_TAGS = (b"div", b"article", b"section", b"table><tr><td", b"ul><li", b"blockquote", b"b")
_ENCODINGS = (b"utf-16", b"utf-7", b"shift_jis", b"iso-2022-jp", b"windows-1251", b"gb18030", b"x")
_ENTITIES = (b"&amp;", b"&#0;", b"&#xD800;", b"&#x110000;", b"&nbsp;", b"&notanentity", b"&#8238;")
_LD_VALUES = (
    rb'"\ud800"', rb'"\udfff\ud800"', b"null", b"-1e999", b"[[]]", b'{"@type": ["x", 3, null]}',
    b'"' + b"A" * 3000 + b'"', b'{"@id": "#a"}', b"9" * 5000, b'{"name": {"name": {"@value": 1}}}',
)  # fmt: skip
_LD_FIELDS = (
    b"author",
    b"headline",
    b"datePublished",
    b"articleBody",
    b"comment",
    b"@type",
    b"image",
)


def flip_bits(dice: random.Random, page: bytes, _: int) -> bytes:
    """Change single bits."""
    spoiled = bytearray(page or b"\0")
    for _index in range(dice.randint(1, 200)):
        spoiled[dice.randrange(len(spoiled))] ^= 1 << dice.randrange(8)
    return bytes(spoiled)


def cut(dice: random.Random, page: bytes, _: int) -> bytes:
    """End at any byte."""
    return page[: dice.randint(0, len(page))]


def behead(dice: random.Random, page: bytes, _: int) -> bytes:
    """Begin at any byte."""
    return page[dice.randint(0, len(page)) :]


def repeat_chunk(dice: random.Random, page: bytes, size: int) -> bytes:
    """Repeat a piece of the page some times, up to a few times its length."""
    start, end = _chunk(dice, page)
    times = dice.choice((1, 2, 10, max(1, min(size, 3 * len(page) // (end - start + 1)))))
    return page[:end] + page[start:end] * times + page[end:]


def delete_chunk(dice: random.Random, page: bytes, _: int) -> bytes:
    """Leave out a piece."""
    start, end = _chunk(dice, page)
    return page[:start] + page[end:]


def move_chunk(dice: random.Random, page: bytes, _: int) -> bytes:
    """Put a piece somewhere else."""
    start, end = _chunk(dice, page)
    rest, place = page[:start] + page[end:], dice.randint(0, len(page) - (end - start))
    return rest[:place] + page[start:end] + rest[place:]


def delete_tags(dice: random.Random, page: bytes, _: int) -> bytes:
    """Leave out one tag in ten, so that elements stay open or end what they did not begin."""
    return _TAG.sub(lambda tag: b"" if dice.random() < 0.1 else tag[0], page)


def double_tags(dice: random.Random, page: bytes, _: int) -> bytes:
    """Write one tag in ten twice."""
    return _TAG.sub(lambda tag: tag[0] * (2 if dice.random() < 0.1 else 1), page)


def swap_tags(dice: random.Random, page: bytes, _: int) -> bytes:
    """Put one tag in five where another one stood."""
    tags = [tag[0] for tag in _TAG.finditer(page)] or [b"<p>"]
    return _TAG.sub(lambda tag: dice.choice(tags) if dice.random() < 0.2 else tag[0], page)


def rename(dice: random.Random, page: bytes, _: int) -> bytes:
    """Give all tags and attributes of one name another name."""
    names = sorted(set(_WORD.findall(b" ".join(_TAG.findall(page[:100_000]))))) or [b"div"]
    old, new = dice.choice(names), dice.choice([*names, b"pre", b"table", b"li", b"template"])
    return page.replace(b"<" + old, b"<" + new).replace(b"</" + old, b"</" + new)


def nest(dice: random.Random, page: bytes, size: int) -> bytes:
    """Put the page, or a piece of it, deep inside elements."""
    tag, place = dice.choice(_NESTED_TAGS), _place(dice, page)
    return (
        page[:place] + b"<" + tag + b">" + (b"<" + tag + b">") * _depth(dice, size) + page[place:]
    )


def nest_text(dice: random.Random, page: bytes, size: int) -> bytes:
    """Nest elements that each hold some text before the next one."""
    tag = dice.choice((b"div class=comment", b"article", b"li", b"p", b"span", b"em", b"dl><dd"))
    deep = b"".join(b"<%s>level %d " % (tag, number) for number in range(_depth(dice, size)))
    return _inserted(dice, page, deep)


def grow_attribute(dice: random.Random, page: bytes, size: int) -> bytes:
    """Add an element with a very long attribute."""
    name = dice.choice((b"class", b"id", b"href", b"style", b"content", b"datetime", b"alt"))
    part = dice.choice((b"comment ", b"a-", b"/a", b"2020-01-", b"display:none;", b" ", b"&amp;"))
    value = part * (10 * size // len(part))
    tag = dice.choice((b"div", b"a", b"time", b"meta name=author", b"article", b"img"))
    return _inserted(dice, page, b"<%s %s='%s'>text</div>" % (tag, name, value))


def add_attributes(dice: random.Random, page: bytes, size: int) -> bytes:
    """Add an element with many attributes or many classes."""
    names = [b"c%d" % number for number in range(2 * size)]
    if dice.random() < 0.5:
        return _inserted(dice, page, b"<div class='%s'>text</div>" % b" ".join(names))
    return _inserted(dice, page, b"<div %s=1>text</div>" % b"=1 ".join(names))


def add_entities(dice: random.Random, page: bytes, _: int) -> bytes:
    """Put character references, good and bad, between the words."""
    return re.sub(rb" ", lambda _: dice.choice(_ENTITIES) if dice.random() < 0.2 else b" ", page)


def add_nul(dice: random.Random, page: bytes, _: int) -> bytes:
    """Put bytes that are no text anywhere."""
    spoiled = bytearray(page)
    for _index in range(dice.randint(1, 300)):
        place = dice.randint(0, len(spoiled))
        spoiled[place:place] = dice.choice(
            (b"\0", b"\xff", b"\xed\xa0\x80", b"\x1a", b"\xef\xbf\xbf")
        )
    return bytes(spoiled)


def declare_encoding(dice: random.Random, page: bytes, _: int) -> bytes:
    """Declare an encoding that the page is not in."""
    meta = b'<meta charset="%s">' % dice.choice(_ENCODINGS)
    return (
        dice.choice((b"", b"\xff\xfe", b"\xef\xbb\xbf", b"\xfe\xff", b"\0\0\xfe\xff")) + meta + page
    )


def recode(dice: random.Random, page: bytes, _: int) -> bytes:
    """Write the page in another encoding and go on to say that it is in the old one."""
    encoding = dice.choice(("utf-16", "utf-32", "cp1251", "shift_jis", "iso2022_jp", "utf-7"))
    return page.decode("utf-8", "replace").encode(encoding, "replace")


def spoil_json_ld(dice: random.Random, page: bytes, size: int) -> bytes:
    """Add JSON-LD with lone surrogates, values of the wrong type, deep nesting, or great length."""
    kind, value = dice.randrange(4), dice.choice(_LD_VALUES)
    if kind == 0:
        fields = b",".join(b'"%s":%s' % (field, dice.choice(_LD_VALUES)) for field in _LD_FIELDS)
        data = b'{"@context":"https://schema.org","@type":"BlogPosting",%s}' % fields
    elif kind == 1:
        data = dice.choice((b"[", b'{"a":', b'{"author":[')) * _depth(dice, size)
    elif kind == 2:
        people = b",".join(
            b'{"@type":"Person","@id":"#%d","name":%s}' % (n, value) for n in range(size)
        )
        data = b'{"@graph":[%s,{"@type":"Article","author":%s}]}' % (people, value)
    else:
        data = b'{"@type":"Article","headline":"%s"}' % (b"\\u0041 | " * size)
    return _in_head(page, b'<script type="application/ld+json">%s</script>' % data)


def add_bare_text(dice: random.Random, page: bytes, size: int) -> bytes:
    """Add very much text without a tag."""
    words = (b"word ", b"a", b" ", b"- ", b"12 ", b"1 January 2020 ", b"\n", b"| ", b"\xe6\xbc\xa2")
    word = dice.choice(words)
    return _inserted(dice, page, word * (20 * size // len(word)))


def add_long_title(dice: random.Random, page: bytes, size: int) -> bytes:
    """Add a title or heading of great length."""
    part = dice.choice((b"Word | ", b"Word - ", b": ", b"a", b" by Ann Lee, ", b"2020 "))
    tag = dice.choice((b"title", b"h1", b"h2", b"time", b"address"))
    return _inserted(dice, page, b"<%s>%s</%s>" % (tag, part * size, tag))


_UNITS = (
    b"<i></i>", b"<div></div>", b"<br>", b"<p>", b"<p>Same.</p>", b"<a href='/p/%d'>link</a> ",
    b"<li class='comment' id='comment-%d'><b class=fn>A</b><p>text</p></li>", b"<td>cell %d</td>",
    b"<tr><td>a<td>b</tr>", b"<table><tr><td>a</table>", b"<h1>Title %d</h1>", b"<h2>H %d</h2>",
    b"<article><h2><a href='/%d'>T</a></h2><p>Teaser.</p></article>", b"<script>a=1</script>",
    b"<style>a{}</style>", b"<time datetime='2020-01-01'>1 Jan</time>",
    b"<sup><a href='#f%d'>1</a></sup>", b"<template><div>", b"<svg><path d='M0'/></svg>",
    b"<form><input type=password></form>", b"<details><summary>Q</summary>A</details>",
    b"<!-- c -->", b"<![CDATA[", b"<", b"</p>", b"<a rel=author href='/a/%d'>Ann Lee</a>",
    b"<a rel=tag href='/t/%d'>t</a>", b"<ruby>a<rt>b</ruby>", b"<img src='/%d.jpg'>",
    b"<div class='c%d d%d'>w</div>", b"<x-y>words</x-y>", b"<math><mi>x</math>",
    b"<select><option>a", b"<pre>code\n</pre>", b"<dl><dt>a<dd>b</dl>", b"<frameset><frame>",
    b"<meta name=author content='Ann Lee %d'>", b"<link rel=next href='?page=%d'>",
    b"<base href='//x'>",
)  # fmt: skip


def add_elements(dice: random.Random, page: bytes, size: int) -> bytes:
    """Add very many elements of one kind."""
    unit = dice.choice(_UNITS)
    count = dice.choice((10, 1_000, size, max(size, min(10 * size, 40 * size // len(unit)))))
    if b"%d" in unit:
        filled = b"".join(unit.replace(b"%d", b"%d" % number) for number in range(count))
        return _inserted(dice, page, filled)
    return _inserted(dice, page, unit * count)


def open_raw_text(dice: random.Random, page: bytes, _: int) -> bytes:
    """Open an element whose content is no mark-up, and never close it."""
    tags = (
        b"script",
        b"style",
        b"textarea",
        b"title",
        b"xmp",
        b"plaintext",
        b"noscript",
        b"template",
    )
    return _inserted(dice, page, b"<%s>" % dice.choice(tags))


def _chunk(dice: random.Random, page: bytes) -> tuple[int, int]:
    start = dice.randint(0, len(page))
    return start, min(len(page), start + int(dice.paretovariate(0.5) * 10))


def _place(dice: random.Random, page: bytes) -> int:
    """Behind a tag near the start of the body, or anywhere."""
    if dice.random() < 0.5:
        return dice.randint(0, len(page))
    found = _BODY.search(page)
    return found.end() if found else 0


def _depth(dice: random.Random, size: int) -> int:
    return dice.choice((10, 100, 250, 260, 2_000, size))


def _inserted(dice: random.Random, page: bytes, piece: bytes) -> bytes:
    place = _place(dice, page)
    return page[:place] + piece + page[place:]


def _in_head(page: bytes, piece: bytes) -> bytes:
    found = _HEAD.search(page)
    place = found.end() if found else 0
    return page[:place] + piece + page[place:]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, cut, behead, repeat_chunk, delete_chunk, move_chunk, delete_tags, double_tags,
    swap_tags, rename, nest, nest_text, grow_attribute, add_attributes, add_entities, add_nul,
    declare_encoding, recode, spoil_json_ld, add_bare_text, add_long_title, add_elements,
    add_elements, add_elements, open_raw_text,
)  # fmt: skip
"""All of them; adding elements stands for many kinds, and is drawn as often."""


def mutate(page: bytes, seed: int, *, size: int) -> tuple[str, bytes]:
    """Spoil a page in one to three ways.

    Args:
        page: the page as bytes.
        seed: the same one gives the same result.
        size: repeats of a bomb.

    Returns:
        The names of the ways, joined by "+", and the spoiled page.
    """
    dice = random.Random(seed)
    chosen = [dice.choice(MUTATIONS) for _ in range(dice.choice((1, 1, 2, 3)))]
    for mutation in chosen:
        page = mutation(dice, page, size)
    return "+".join(mutation.__name__ for mutation in chosen), page
