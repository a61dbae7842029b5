"""OPML files, in which feed readers give out the feeds that somebody reads (http://opml.org/).

Such files are written by many hands: attributes in any case, addresses with a bare ampersand,
folders in folders, tags that are never closed; or they are cut off. What can be read
is read, and each line that gives no address is named, as is the one where the file is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from io import BytesIO
from pathlib import Path

from lxml import etree

from archive.collection_settings import parse_address
from archive.errors import CollectionError
from archive.extraction.tree.parsing import decode_html

_MAX_SIZE_BYTES = 10_000_000
_MAX_FEEDS = 10_000
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_REFERENCE = re.compile(r"&(#\d+;|#[xX][0-9a-fA-F]+;|\w+;)?")
_OF_XML = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBlog:
    """One feed that an OPML file names.

    Attributes:
        place: file and line.
        seed: address of the blog; of its feed, where the file does not have that.
        title: as the file has it.
    """

    place: str
    seed: str
    title: str | None = None


def iter_opml(path: Path) -> Iterator[ListedBlog | str]:
    """Yield the feeds of an OPML file, and for each line that names none a line that says so.

    A file that is not well-formed gives what is whole in it, and last a line that says where not.

    Raises:
        CollectionError: it is no OPML file, or one that should not be read.
    """
    root, flaw = _parse(path)
    outlines = [element for element in root.iter("{*}outline") if _is_entry(element)]
    if not outlines:
        raise CollectionError(f"{path} names no feed: it is no OPML file, or an empty one")
    for outline in outlines[:_MAX_FEEDS]:
        entry = _read(outline, path)
        is_torn = flaw and outline is outlines[-1] and outline.sourceline == flaw.line
        if isinstance(entry, ListedBlog) or not is_torn:
            yield entry
    if len(outlines) > _MAX_FEEDS:
        yield f"{path}: only the first {_MAX_FEEDS:,} feeds are taken: part the file"
    if flaw is not None:
        yield (
            f"{path}:{flaw.line}: the file is not well-formed here ({_one_line(flaw.message)}): "
            "only what is whole is taken; export it anew if it was cut off"
        )


def _parse(path: Path) -> tuple[etree._Element, etree._LogEntry | None]:
    """Read a file, and find the first place where it is no XML."""
    try:
        with path.open("rb") as file:
            octets = file.read(_MAX_SIZE_BYTES + 1)
    except OSError as error:
        raise CollectionError(f"{path} cannot be read: {error.strerror}") from error
    if len(octets) > _MAX_SIZE_BYTES:
        raise CollectionError(f"{path} is larger than {_MAX_SIZE_BYTES:,} bytes: part it")
    text = _DECLARATION.sub("", decode_html(octets), count=1)
    if "<!ENTITY" in text:
        raise CollectionError(f"{path} declares entities, which can grow without end: not read")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    mended = _REFERENCE.sub(_mended, text).encode("utf-8", "replace")
    try:
        root = etree.parse(BytesIO(mended), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise CollectionError(f"{path} is no OPML file: {error.msg}") from error
    if root is None:
        raise CollectionError(f"{path} is no OPML file")
    fatal = (entry for entry in parser.error_log if entry.level == etree.ErrorLevels.FATAL)
    return root, next(fatal, None)


def _mended(reference: re.Match[str]) -> str:
    """Write a reference so that XML has it: of HTML's, the character; a bare "&" as one."""
    name = reference[1]
    if name and (name.startswith("#") or name in _OF_XML):
        return reference[0]
    return html5.get(name or "") or f"&amp;{name or ''}"


def _is_entry(outline: etree._Element) -> bool:
    """Tell an outline that stands for a feed from a folder; a feed may have others below it."""
    return not len(outline) or bool(_attributes(outline).get("xmlurl"))


def _attributes(outline: etree._Element) -> dict[str, str]:
    return {str(name).lower(): str(value).strip() for name, value in outline.attrib.items()}


def _read(outline: etree._Element, path: Path) -> ListedBlog | str:
    place = f"{path}:{outline.sourceline}"
    said = _attributes(outline)
    title = _one_line(said.get("title") or said.get("text") or "")
    addresses = [word for name in ("htmlurl", "xmlurl") if (word := said.get(name))]
    why = "it has neither htmlUrl nor xmlUrl"
    for address in addresses:
        try:
            seed = parse_address(_of_web(address))
            return ListedBlog(place=place, seed=seed, title=title or None)
        except ValueError as error:
            why = str(error).partition(";")[0]
    return f"{place}: {title or 'an outline'} is left out: {why}"


def _of_web(address: str) -> str:
    """Spell an address of the scheme "feed", which stands before or in place of "http:"."""
    scheme, _, rest = address.partition(":")
    if scheme.lower() != "feed":
        return address
    return f"http:{rest}" if rest.startswith("//") else rest


def _one_line(text: str) -> str:
    return " ".join(text.split())
