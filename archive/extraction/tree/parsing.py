"""From the bytes of a page to an lxml tree, whatever the bytes are.

The encoding is taken from what proves itself: a byte order mark; then UTF-8, if the bytes are valid
UTF-8, or nearly so (text in another encoding almost never is); then what the HTTP header or a
`<meta>` declares, if the bytes can be read that way; then what the bytes look like. A declaration
is a claim, and pages carry wrong ones: any bytes can be read as Latin-1, so that claim has to look
true as well.
Names of encodings are read as browsers read them (https://encoding.spec.whatwg.org/).

This module imports nothing heavy: the spider uses it on every response.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice

from charset_normalizer import from_bytes
from lxml import etree
from lxml.etree import _Element
from w3lib.encoding import resolve_encoding

MAX_HTML_BYTES = 16_000_000
"""Length of the longest page that is read: of prose 7 s and 420 MB, of tags alone far longer."""

_HUGE_BYTES = 9_000_000  # libxml2 stops at about 10 MB if it is not told to go on
_TOO_DEEP = etree.XPath(f"boolean({'/*' * 256})")
_META_SEARCH_BYTES = 4096
_DETECTION_BYTES = 20_000
_MIN_GUESS_BYTES = 12  # with fewer bytes that are not ASCII a guess is worth nothing
_ASCII = bytes(range(128))
_DAMAGED = 0.25  # share of undecodable places up to which a page still is UTF-8 …
_DAMAGED_DECLARED = 0.5  # … and where it says so itself

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_GUESSES = (
    "cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256",
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr",
)  # fmt: skip
_SEVEN_BIT = frozenset({"iso2022_jp", "hz", "iso2022_kr"})  # stateful: their text is plain ASCII
_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15"})  # accented letters among plain ones
_FOREIGN_RUN = re.compile(rb"[\x80-\xff]{4,}")  # words of another script
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_META_CHARSET = re.compile(rb"""<meta\b[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_XML_ENCODING = re.compile(rb"""^\s*<\?xml\b[^>]*?encoding\s*=\s*["']([\w.:-]+)""", re.I)
_SYMBOL_IN_WORD = re.compile(r"[^\W\d_][\u00a1-\u00bf\ufffd][^\W\d_]")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # cannot be written
_PAGE_ENDS = re.compile(rb"</(?:body|html)\s*>", re.I)
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{10000,}")
_ATTRIBUTE = re.compile(rb"""[^\s=/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|\S+))?""")
_MOST_ATTRIBUTES = 1_000  # of an element; libxml2 compares each with all before it
_METADATA_TAGS = frozenset({
    "base", "basefont", "bgsound", "link", "meta", "noscript", "script", "style", "template",
    "title",
})  # fmt: skip
_GENERIC_TAGS = re.compile(
    rb"</?(?:div|span|font|section|center|article|main|b|i|u|em|strong|small|big|blockquote"
    rb"|table|tbody|thead|tr|td|th|ul|ol|li|dl|dd|dt|a)\b[^<>]*>",
    re.I,
)


def parse_html(body: bytes, headers: Mapping[str, str] | None = None) -> _Element:
    """Parse a page into a tree without comments, processing instructions or NUL characters.

    Args:
        body: the page, content coding taken off. At most `MAX_HTML_BYTES` of it are read:
            `archive.extraction.extract` refuses a longer page before.
        headers: the HTTP headers of the answer; names in any case.

    Returns:
        The `<html>` element. An empty one where there is nothing to parse. Elements lie at most
        255 levels deep: of a page that nests deeper, generic containers are left out. As in a
        browser, what follows an early ``</html>`` belongs to the body, and what is no metadata
        does not stay in the head.
    """
    text = decode_html(body, headers).encode("utf-8", "surrogatepass")
    text = _PAGE_ENDS.sub(b"", text)  # libxml2 stops reading there
    text = _LONG_TAG.sub(_with_fewer_attributes, text)
    tree, complete = _parse(text)
    if not complete:
        tree, _ = _parse(_GENERIC_TAGS.sub(b" ", text))
    _move_content_out_of_head(tree)
    return tree


def decode_html(body: bytes, headers: Mapping[str, str] | None = None) -> str:
    """Decode a page; characters that cannot be read become U+FFFD, NUL characters are dropped."""
    body = body[:MAX_HTML_BYTES]
    text = _decode_by_bom(body)
    if text is None:
        declared = list(_declared(body, headers or {}))
        text = _decode_strictly(body, declared)
    if text is None:
        text = _decode_by_looks(body)
    return text.replace("\0", "")


def _decode_by_bom(body: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    return None


def _declared(body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """Python names of the encodings that the header, a meta tag and an XML head declare."""
    sent = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
    head = body[:_META_SEARCH_BYTES]
    claims = [match.group(1) for match in (_CHARSET.search(sent),) if match]
    for pattern in (_META_CHARSET, _XML_ENCODING):
        if found := pattern.search(head):
            claims.append(found.group(1).decode("ascii", "replace"))
    for claim in claims:
        encoding = resolve_encoding(claim)
        if encoding and not encoding.startswith("utf-16"):  # a meta tag that can be read is not
            yield encoding


def _decode_strictly(body: bytes, declared: list[str]) -> str | None:
    if any(encoding in _SEVEN_BIT for encoding in declared) and body.isascii():
        return body.decode(next(e for e in declared if e in _SEVEN_BIT), "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        if (text := _decode_damaged(body, declared)) is not None:
            return text
    for encoding in declared:
        try:
            text = body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if codecs.lookup(encoding).name not in _WESTERN or not _has_foreign_words(body):
            return text
    return None


def _has_foreign_words(body: bytes) -> bool:
    """Whether most bytes beyond ASCII stand in long runs, as in no language of western Europe."""
    foreign = len(body) - len(body.translate(None, bytes(range(128, 256))))
    runs = sum(len(run) for run in _FOREIGN_RUN.findall(body))
    return foreign >= _MIN_GUESS_BYTES and 2 * runs > foreign


def _decode_damaged(body: bytes, declared: list[str]) -> str | None:
    """UTF-8 with some invalid bytes, as of a cut or pasted page; None where it is no UTF-8.

    In other encodings hardly any bytes form a valid sequence by chance, but for hiragana in
    Shift_JIS: the sequences must be many, or the page must say that it is UTF-8.
    """
    text = body.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    foreign = sum(not character.isascii() for character in text)
    limit = _DAMAGED_DECLARED if "utf-8" in declared else _DAMAGED
    return text if damaged <= limit * foreign else None


def _decode_by_looks(body: bytes) -> str:
    """The encoding is guessed."""
    sample = b"\n".join(line for line in body.splitlines() if not line.isascii())
    if len(sample.translate(None, _ASCII)) < _MIN_GUESS_BYTES:
        return body.decode("cp1252", "replace")
    guess = from_bytes(sample[:_DETECTION_BYTES], cp_isolation=list(_GUESSES)).best()
    encoding = guess.encoding if guess else "cp1252"
    western = body.decode("cp1252", "replace")
    if encoding == "cp1250" and not _SYMBOL_IN_WORD.search(western):  # they share most letters
        return western
    return body.decode(encoding, "replace")


def _parse(text: bytes) -> tuple[_Element, bool]:
    """The tree, and whether the parser went through to the end."""
    huge = len(text) > _HUGE_BYTES
    # Not the parser of lxml.html, whose elements are looked up in Python each time they are met.
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=huge
    )
    tree: _Element | None = None
    with suppress(etree.ParserError, etree.XMLSyntaxError):
        tree = etree.fromstring(text, parser=parser)
    fatal = parser.error_log.filter_from_fatals()
    if any(entry.type_name == "ERR_NO_MEMORY" for entry in fatal):
        raise MemoryError  # lxml calls it bad syntax, and the page would be an empty one
    if tree is None:
        return etree.Element("html"), True
    cut = any(
        entry.type_name == "ERR_RESOURCE_LIMIT" or "depth" in entry.message for entry in fatal
    )
    return tree, not cut and not (huge and _TOO_DEEP(tree))


def _with_fewer_attributes(tag: re.Match[bytes]) -> bytes:
    """A tag with as many of its attributes as an element may have."""
    attributes = islice(_ATTRIBUTE.finditer(tag[0]), _MOST_ATTRIBUTES, None)
    first_too_many = next(attributes, None)
    return tag[0] if first_too_many is None else tag[0][: first_too_many.start()]


def _move_content_out_of_head(tree: _Element) -> None:
    """Begin the body where the content begins: libxml2 knows no element newer than HTML 4.

    A page may leave out ``</head>`` and ``<body>``; a `<main>` or `<header>` then ends the head.
    """
    head = tree.find("head")
    if head is None:
        return
    content = [child for child in head if child.tag not in _METADATA_TAGS]
    if not content:
        return
    body = tree.find("body")
    if body is None:
        body = etree.SubElement(tree, "body")
    if body.text:
        content[-1].tail = _NOT_XML.sub("", (content[-1].tail or "") + body.text)
        body.text = None
    following = next(iter(body), None)
    for element in content:
        if following is None:
            body.append(element)
        else:
            following.addprevious(element)
