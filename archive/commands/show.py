"""`archive show`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archive.catalogue import ArticleRow, CatalogueReader
from archive.collection import Collection
from archive.commands.arguments import AsJson, CollectionArgument, print_json
from archive.commands.articles import choose_version, find_versions
from archive.record_json import to_json

if TYPE_CHECKING:
    from archive.forms.parts import Parts
    from archive.records import Article


class Form(StrEnum):
    """How the text of an article is written."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    TEI = "tei"


def show(
    collection: CollectionArgument,
    url: Annotated[str, typer.Argument(metavar="URL", help="Of the article.")],
    form: Annotated[
        Form | None, typer.Option("--form", help="Only the text, in this form.")
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", min=1, metavar="N", help="The latest, left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show an article: its text, its metadata, its comments."""
    from archive.articles.store import ArticleStore

    opened = Collection.open(collection)
    with CatalogueReader(opened.catalogue_path) as catalogue:
        rows = find_versions(catalogue, opened, url)
        row = choose_version(rows, version)
        article = ArticleStore(opened.articles_dir).read_article(row.warc_file, row.warc_offset)
        if form in (Form.MARKDOWN, Form.TEI):
            article, parts = _read_again(opened, catalogue, article)
            _print_form(form, article, parts)
            return
    if as_json:
        print_json(to_json(article) | _presence(row))
    elif form is Form.PLAIN:
        _print_text(article.main_text)
    else:
        from archive.terminal import print_article

        print_article(article, row, version_count=rows[-1].version)


def _presence(row: ArticleRow) -> dict[str, Any]:
    """Say what has become of the page since: it is no part of the archived record."""
    known = to_json(row)
    return {name: known[name] for name in ("gone", "gone_reason", "back")}


def _read_again(
    collection: Collection, catalogue: CatalogueReader, article: Article
) -> tuple[Article, Parts]:
    """Read the archived page of a row once more, and warn where it gives another text now."""
    from dataclasses import replace

    from archive.digests import text_digest
    from archive.extraction import EXTRACTOR
    from archive.extraction.post_parts import read_post
    from archive.forms.post import post_parts
    from archive.rereading import job_of
    from archive.stored_messages import MessageReader

    job = job_of(
        catalogue,
        MessageReader(collection.warc_dir, catalogue),
        catalogue.get_capture(article.capture_id),
        continuation_ids=article.continuation_ids,
    )
    post = read_post(job.blocks, job.url, hints=job.hints, site=job.site, witnesses=job.witnesses)
    text = post.extraction.main_text
    digest = text_digest(text)
    if digest != article.text_digest:
        maker = ", being of another extractor" if article.extractor != EXTRACTOR else ""
        advice = f"`archive reextract {collection.address}` brings it up to date"
        typer.echo(f"archive: the row{maker} has another text than this: {advice}", err=True)
        article = replace(article, main_text=text, text_digest=digest, extractor=EXTRACTOR)
    return article, post_parts(post, job.url)


def _print_form(form: Form, article: Article, parts: Parts) -> None:
    if form is Form.MARKDOWN:
        from archive.forms.markdown import write_markdown

        _print_text(write_markdown(parts))
    else:
        from archive.forms.tei import write_tei

        _print_text(write_tei(article, parts).decode("utf-8"))


def _print_text(text: str) -> None:
    """Print a text as it is; on a terminal without what could steer it."""
    from archive.terminal import printable

    typer.echo(printable(text) if sys.stdout.isatty() else text)
