"""The report of one crawl: what was found, and what became of it.

One dictionary holds it; it is written as JSON, and as an HTML page that needs no other file.
"""

from __future__ import annotations

import itertools
import json
import os
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from archive.catalogue import CaptureTotals, CatalogueReader, account, capture_totals, found_by
from archive.catalogue.page_changes import (
    iter_back_pages,
    iter_changed_articles,
    iter_commented_articles,
    iter_gone_pages,
    iter_new_articles,
)
from archive.catalogue.pages import iter_asked_lists, iter_unread_lists
from archive.collection import Collection
from archive.record_json import to_json
from archive.records import Crawl, Stage
from archive.reports.summary import (
    comes_again,
    format_size,
    requisites_line,
    unread_lists_line,
)

DECLARED_STAT = "posts_declared/"  # + source: a Crawl's stat, what the site itself says it has
NOT_DUE_STAT = "pages/not-due"  # a Crawl's stat: known pages that it was not yet time to ask for
REQUISITES_STAT = "requisites/"  # + what became of them: stats of a Crawl that fetched requisites
_MAX_ROWS = 1_000  # of each list; the counts are always whole


def build_report(
    catalogue: CatalogueReader,
    crawl: Crawl,
    collection: Collection,
) -> dict[str, Any]:
    """Gather the report of a crawl, as JSON values.

    Args:
        catalogue: knows all that the crawl has written.
        crawl: with its end.
        collection: of the crawl.

    Raises:
        CatalogueError: the catalogue cannot be read.
    """
    accounting = account(catalogue, crawl.crawl_id)
    totals = capture_totals(catalogue, crawl.crawl_id)
    posts = accounting.archived
    return {
        "collection": str(collection.path),
        "crawl": to_json(crawl),
        "duration_s": _duration_s(crawl),
        "declared": _declared(crawl),
        "found": accounting.found,
        "found_by": found_by(catalogue, crawl.crawl_id),
        "archived": posts,
        "new": accounting.new,
        "changed": accounting.changed,
        "commented": accounting.commented,
        "unchanged": accounting.unchanged,
        "gone": accounting.gone,
        "still_gone": accounting.still_gone,
        "back": accounting.back,
        "not_posts": accounting.not_posts,
        "skipped": accounting.skipped,
        "failed": accounting.failed,
        "unread": accounting.unread,
        "earlier": accounting.earlier,
        "not_reached": accounting.not_reached,
        "not_due": dict(crawl.stats).get(NOT_DUE_STAT, 0),
        "requisites": _requisites(crawl),
        "lists": _lists(catalogue, crawl),
        "unread_lists": _unread_lists(catalogue, crawl.crawl_id),
        "requests": totals.requests,
        "requests_per_post": _per_post(totals, posts),
        "size_bytes": totals.size_bytes,
        "revisits": totals.revisits,
        "not_modified": totals.not_modified,
        "saved_bytes": totals.saved_bytes,
        "warc_files": _warc_files(catalogue, crawl.crawl_id),
        "failures_by_stage": _failures_by_stage(catalogue, crawl.crawl_id),
        "failures": _failures(catalogue, crawl.crawl_id),
        "articles": _articles(catalogue, crawl.crawl_id),
        **_changed_pages(catalogue, crawl.crawl_id),
        "directories": _directories(collection),
        "diff_command": f"archive diff {shlex.quote(collection.address)}",  # + address
        "next_command": _next_command(catalogue, crawl.crawl_id, collection),
    }


def _directories(collection: Collection) -> dict[str, str]:
    return {
        "warc": str(collection.warc_dir),
        "articles": str(collection.articles_dir),
        "reports": str(collection.reports_dir),
    }


def write_report(report: Mapping[str, Any], directory: Path) -> tuple[Path, Path]:
    """Write a report as ``<crawl_id>.json`` and ``<crawl_id>.html``, and name both files.

    Raises:
        OSError: a file cannot be written; it is named, and nothing half written is left.
    """
    as_json, as_html = report_paths(report["crawl"]["crawl_id"], directory)
    _write(as_json, json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    _write(as_html, render_html(report))
    return as_json, as_html


def report_paths(crawl_id: str, directory: Path) -> tuple[Path, Path]:
    """Name the files of a report: as data, and as a page."""
    return directory / f"{crawl_id}.json", directory / f"{crawl_id}.html"


def render_html(report: Mapping[str, Any]) -> str:
    """Render a report as one HTML page: no script, no request, everything in it escaped."""
    import jinja2  # only a report needs it, and start-up time counts

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("archive.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["web_address"] = is_web_address
    environment.filters["size"] = format_size
    environment.filters["quoted"] = shlex.quote
    environment.filters["requisites_line"] = requisites_line
    environment.filters["unread_lists_line"] = unread_lists_line
    return environment.get_template("crawl.html.j2").render(report, comes_again=comes_again(report))


def is_web_address(url: str) -> bool:
    """Tell whether a URL may stand in a link: not so ``javascript:`` and its like.

    >>> is_web_address("https://example.org/"), is_web_address("javascript:alert(1)")
    (True, False)
    """
    return url.lower().startswith(("http://", "https://"))


def _duration_s(crawl: Crawl) -> float | None:
    return None if crawl.finished is None else (crawl.finished - crawl.started).total_seconds()


def _declared(crawl: Crawl) -> dict[str, int]:
    return {
        name.removeprefix(DECLARED_STAT): number
        for name, number in crawl.stats
        if name.startswith(DECLARED_STAT)
    }


def _lists(catalogue: CatalogueReader, crawl: Crawl) -> list[dict[str, Any]] | None:
    """List what was asked for; None where the crawl was killed and could not say it."""
    asked = itertools.islice(iter_asked_lists(catalogue, crawl.crawl_id), _MAX_ROWS)
    return [to_json(each) for each in asked] or ([] if crawl.stats else None)


def _unread_lists(catalogue: CatalogueReader, crawl_id: str) -> list[dict[str, Any]]:
    """Name the known lists that could not be read; each stands among all lists, too."""
    unread = itertools.islice(iter_unread_lists(catalogue, crawl_id), _MAX_ROWS)
    return [{"url": each.url, "error": each.error} for each in unread]


def _per_post(totals: CaptureTotals, posts: int) -> float | None:
    """Divide what it took to find and fetch the posts; their requisites are as many as they are."""
    return round((totals.requests - totals.requisites) / posts, 2) if posts else None


def _requisites(crawl: Crawl) -> dict[str, int]:
    """Count what became of page requisites; nothing where the crawl asked for none."""
    figures = {
        name.removeprefix(REQUISITES_STAT): number
        for name, number in crawl.stats
        if name.startswith(REQUISITES_STAT)
    }
    if figures:
        ended = sum(figures.get(name, 0) for name in ("captured", "failed", "pages"))
        figures["not_reached"] = figures["asked"] - ended
    return figures


def _warc_files(catalogue: CatalogueReader, crawl_id: str) -> list[dict[str, Any]]:
    rows = catalogue.query(
        "SELECT filename AS name, count(*) AS captures, sum(length) AS size_bytes"
        " FROM captures WHERE crawl_id = ? GROUP BY filename ORDER BY filename",
        crawl_id,
    )
    return [dict(row) for row in rows]


def _failures_by_stage(catalogue: CatalogueReader, crawl_id: str) -> dict[Stage, int]:
    return dict(Counter(failure.stage for failure in catalogue.iter_failures(crawl_id)))


def _failures(catalogue: CatalogueReader, crawl_id: str) -> list[dict[str, Any]]:
    failures = itertools.islice(catalogue.iter_failures(crawl_id), _MAX_ROWS)
    return [to_json(failure) for failure in failures]


def _articles(catalogue: CatalogueReader, crawl_id: str) -> list[dict[str, Any]]:
    articles = itertools.islice(catalogue.iter_articles(crawl_id=crawl_id), _MAX_ROWS)
    return [to_json(article) for article in articles]


def _changed_pages(catalogue: CatalogueReader, crawl_id: str) -> dict[str, list[Any]]:
    """Name the pages of which there is news; how many each are is counted in the account."""
    pages = iter_gone_pages(catalogue, crawl_id)
    gone = ({"url": page.url, "reason": page.reason} for page in pages if not page.was_gone)
    lists: dict[str, Iterator[Any]] = {
        "new_pages": iter_new_articles(catalogue, crawl_id),
        "changed_pages": iter_changed_articles(catalogue, crawl_id),
        "commented_pages": iter_commented_articles(catalogue, crawl_id),
        "gone_pages": gone,
        "back_pages": iter_back_pages(catalogue, crawl_id),
    }
    return {name: list(itertools.islice(each, _MAX_ROWS)) for name, each in lists.items()}


def _next_command(catalogue: CatalogueReader, crawl_id: str, collection: Collection) -> str:
    """Write the command that shows most of what is new: a change, a new article, a loss."""
    name = shlex.quote(collection.address)
    if account(catalogue, crawl_id).unread:
        return f"archive rebuild {name}"
    if changed := next(iter_changed_articles(catalogue, crawl_id), None):
        return f"archive diff {name} {shlex.quote(changed)}"
    gone = (page.url for page in iter_gone_pages(catalogue, crawl_id) if not page.was_gone)
    article = next(catalogue.iter_articles(crawl_id=crawl_id), None) or next(
        filter(None, map(catalogue.find_article, gone)), None
    )
    if article is None:
        return f"archive list {name} --all"
    return f"archive show {name} {shlex.quote(article.url)}"


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:  # of a write, it does not name the file
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
