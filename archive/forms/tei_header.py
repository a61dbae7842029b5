"""The header of a TEI document: what an article is, where it came from, how it was made."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from lxml.etree import _Element

from archive import __version__
from archive.forms.tei_elements import add, add_block
from archive.records import Article

_PROGRAM = "blog-archiver"
_EDITORIAL = (
    "The text is the main text of the archived web page, without navigation, advertisements and"
    " readers' comments; white space is normalised, and no word is added or changed."
)


def write_header(root: _Element, article: Article) -> None:
    """Add the `teiHeader` of an article to a document."""
    header = add_block(root, "teiHeader")
    description = add_block(header, "fileDesc")
    titles = add_block(description, "titleStmt")
    add_block(titles, "title", article.title or article.url, type="main")
    for author in article.authors:
        add(add_block(titles, "author"), "persName", author)
    _write_publication(add_block(description, "publicationStmt"), article)
    _write_source(add_block(description, "sourceDesc"), article)
    _write_encoding(add_block(header, "encodingDesc"), article)
    _write_profile(header, article)
    _write_revisions(header, article)


def _write_publication(statement: _Element, article: Article) -> None:
    host = urlsplit(article.url).hostname or article.url
    add_block(statement, "publisher", article.site_name or host)
    if article.published:
        _add_date(statement, "published", article.published)
    if article.license:
        availability = add_block(statement, "availability", status="restricted")
        licence = add_block(availability, "licence", article.license)
        if urlsplit(article.license).scheme and len(article.license.split()) == 1:
            licence.set("target", article.license)
    else:
        availability = add_block(statement, "availability", status="unknown")
        add_block(availability, "p", "The page states no licence.")
    for directive in article.rights:
        add_block(availability, "p", directive)


def _write_source(source: _Element, article: Article) -> None:
    """Say which bytes the text was read from."""
    entry = add_block(source, "bibl")
    if article.title:
        add_block(entry, "title", article.title)
    add_block(entry, "idno", article.url, type="URL")
    if article.canonical_url:
        add_block(entry, "idno", article.canonical_url, type="canonical-URL")
    _add_date(entry, "captured", article.captured)
    place = f"{article.warc_file}#{article.warc_offset}"
    for kind, value in (
        ("capture", article.capture_id),
        *(("continuation", name) for name in article.continuation_ids),
        ("WARC", place),
        ("payload-digest", article.payload_digest),
        ("text-digest", article.text_digest),
    ):
        add_block(entry, "idno", value, type=kind)


def _write_encoding(encoding: _Element, article: Article) -> None:
    add_block(add_block(encoding, "editorialDecl"), "p", _EDITORIAL)
    program = add_block(
        add_block(encoding, "appInfo"), "application", ident=_PROGRAM, version=__version__
    )
    add_block(program, "label", _PROGRAM)
    add_block(program, "p", article.extractor)


def _write_profile(header: _Element, article: Article) -> None:
    if not (article.description or article.language or article.tags):
        return
    profile = add_block(header, "profileDesc")
    if article.description:
        add_block(add_block(profile, "abstract"), "p", article.description)
    if article.language:
        usage = add_block(profile, "langUsage")
        add_block(usage, "language", article.language, ident=article.language)
    if article.tags:
        keywords = add_block(add_block(profile, "textClass"), "keywords")
        for tag in article.tags:
            add_block(keywords, "term", tag)


def _write_revisions(header: _Element, article: Article) -> None:
    revisions = add_block(header, "revisionDesc")
    add_block(revisions, "change", "Captured.", when=article.captured.isoformat())
    if article.modified:
        text = "Modified, as the page states."
        add_block(revisions, "change", text, when=article.modified.isoformat())


def _add_date(parent: _Element, kind: str, date: datetime) -> None:
    add_block(parent, "date", date.isoformat(), type=kind, when=date.isoformat())
