"""`archive diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from archive.catalogue import ArticleRow, CatalogueReader
from archive.collection import Collection
from archive.commands.arguments import CollectionArgument
from archive.commands.articles import choose_version, find_versions
from archive.errors import CollectionError


def diff(
    collection: CollectionArgument,
    url: Annotated[str, typer.Argument(metavar="URL", help="Of the article.")],
    old: Annotated[
        int | None, typer.Option("--from", min=1, metavar="N", help="The last but one, left out.")
    ] = None,
    new: Annotated[
        int | None, typer.Option("--to", min=1, metavar="N", help="The last one, left out.")
    ] = None,
) -> None:
    """Show what differs between two versions of an article."""
    from archive.articles.store import ArticleStore
    from archive.version_diff import compare_versions
    from archive.version_report import print_diff

    opened = Collection.open(collection)
    with CatalogueReader(opened.catalogue_path) as catalogue:
        rows = find_versions(catalogue, opened, url)
    store = ArticleStore(opened.articles_dir)
    before, after = (
        store.read_article(row.warc_file, row.warc_offset) for row in _choose(rows, old, new)
    )
    print_diff(before, after, compare_versions(before, after))


def _choose(
    rows: tuple[ArticleRow, ...], old: int | None, new: int | None
) -> tuple[ArticleRow, ArticleRow]:
    """Choose two rows: the last of each version; of one version, the first and the last."""
    after = choose_version(rows, new)
    earlier = [row.version for row in rows if row.version < after.version]
    before = choose_version(rows, old or (earlier[-1] if earlier else after.version))
    if before.version == after.version:
        before = next(row for row in rows if row.version == after.version)
    if before == after:
        from archive.terminal import printable

        only = "one version only" if rows[-1].version == 1 else f"version {after.version} only once"
        date = f"{after.captured:%Y-%m-%d %H:%M}"
        raise CollectionError(printable(f"{after.url} has {only}, captured {date} UTC"))
    return before, after
