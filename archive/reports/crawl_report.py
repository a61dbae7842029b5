"""The report of one crawl: what was found, and what became of it.

One dictionary holds it; it is written as JSON, as an HTML page that needs no other file, and as
the few lines that stand on the terminal when a crawl ends.
"""

from __future__ import annotations

import itertools
import json
import os
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.catalogue import CaptureTotals, CatalogueReader, account, capture_totals, found_by
from archive.collection import Collection
from archive.record_json import to_json
from archive.records import AskedList, Crawl, Stage

if TYPE_CHECKING:
    from rich.text import Text

DECLARED_STAT = "posts_declared/"  # + source: a Crawl's stat, what the site itself says it has
REQUISITES_STAT = "requisites/"  # + what became of them: stats of a Crawl that fetched requisites
_WORTH_SAYING_BYTES = 1_000  # a revisit of a tiny answer takes more room than that answer
_REQUISITE_ENDS = {
    "failed": "failed",
    "over_page_limit": "over the limit of a page",
    "over_crawl_limit": "over the limit of the crawl",
    "not_reached": "not reached",
}
_MAX_ROWS = 1_000  # of each list; the counts are always whole


def build_report(
    catalogue: CatalogueReader,
    crawl: Crawl,
    collection: Collection,
    asked_lists: Sequence[AskedList] | None = None,
) -> dict[str, Any]:
    """Gather the report of a crawl, as JSON values.

    Args:
        catalogue: knows all that the crawl has written.
        crawl: with its end.
        collection: of the crawl.
        asked_lists: what became of the lists that the crawl asked for. No catalogue has it: None
            where the crawl is no longer there to say it.

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
        "not_posts": accounting.not_posts,
        "skipped": accounting.skipped,
        "failed": accounting.failed,
        "unread": accounting.unread,
        "not_reached": accounting.not_reached,
        "requisites": _requisites(crawl),
        "lists": _lists(asked_lists),
        "requests": totals.requests,
        "requests_per_post": _per_post(totals, posts),
        "size_bytes": totals.size_bytes,
        "revisits": totals.revisits,
        "saved_bytes": totals.saved_bytes,
        "warc_files": _warc_files(catalogue, crawl.crawl_id),
        "failures_by_stage": _failures_by_stage(catalogue, crawl.crawl_id),
        "failures": _failures(catalogue, crawl.crawl_id),
        "articles": _articles(catalogue, crawl.crawl_id),
        "directories": {
            "warc": str(collection.warc_dir),
            "articles": str(collection.articles_dir),
            "reports": str(collection.reports_dir),
        },
        "next_command": _next_command(catalogue, crawl.crawl_id, collection),
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
    environment.filters["requisites_line"] = requisites_line
    return environment.get_template("crawl.html.j2").render(report)


def is_web_address(url: str) -> bool:
    """Tell whether a URL may stand in a link: not so ``javascript:`` and its like.

    >>> is_web_address("https://example.org/"), is_web_address("javascript:alert(1)")
    (True, False)
    """
    return url.lower().startswith(("http://", "https://"))


def format_size(size_bytes: int) -> str:
    """Write a number of bytes for a reader, in decimal units.

    >>> format_size(512), format_size(4_230_000)
    ('512 B', '4.2 MB')
    """
    if size_bytes < 1_000:
        return f"{size_bytes} B"
    size = float(size_bytes)
    for unit in ("kB", "MB", "GB"):
        size /= 1_000
        if size < 1_000:
            return f"{size:.1f} {unit}"
    return f"{size / 1_000:.1f} TB"


def requisites_line(figures: Mapping[str, int]) -> str:
    """Write what became of page requisites.

    >>> requisites_line({"captured": 312, "revisits": 14, "failed": 3, "over_page_limit": 2})
    '312 captured (14 revisits), 3 failed, 2 over the limit of a page'
    """
    revisits = figures.get("revisits", 0)
    line = f"{figures.get('captured', 0):,} captured"
    line += f" ({revisits:,} revisits)" if revisits else ""
    for name, words in _REQUISITE_ENDS.items():
        if number := figures.get(name, 0):
            line += f", {number:,} {words}"
    return line


def summary_lines(report: Mapping[str, Any]) -> list[Text]:
    """Write the report in the few lines that a person reads when a crawl ends."""
    from rich.text import Text  # only a terminal needs it

    lines = [Text(_headline(report), style="bold")]
    for label, text in _summary(report):
        lines.append(Text.assemble((f"  {label:<12}", "cyan"), text))
    return lines


def _summary(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    methods = {method: found for method, (found, _) in report["found_by"].items()}
    per_post = report["requests_per_post"]
    apart = ", requisites apart" if report["requisites"] else ""
    rate = f" ({per_post:g} for each post{apart})" if per_post else ""
    rows = [
        ("found", _with_parts(report["found"], methods, "pages")),
        ("archived", _with_parts(report["archived"], {}, "posts")),
        ("not posts", _with_parts(sum(report["not_posts"].values()), report["not_posts"])),
        ("skipped", _with_parts(sum(report["skipped"].values()), report["skipped"])),
        ("failed", _with_parts(sum(report["failed"].values()), report["failed"])),
    ]
    if report["unread"]:
        rows.append(("not read", f"{report['unread']:,} (captured; `archive rebuild` reads them)"))
    if report["not_reached"]:
        rows.append(("not reached", f"{report['not_reached']:,} (the crawl was stopped before)"))
    for source, number in report["declared"].items():
        rows.append(("site says", f"{number:,} posts ({source})"))
    if report["revisits"]:
        rows.append(("revisits", _revisits(report)))
    if report["requisites"]:
        rows.append(("requisites", requisites_line(report["requisites"])))
    rows += [
        ("requests", f"{report['requests']:,}{rate}, {format_size(report['size_bytes'])} as WARC"),
        ("files", f"{report['directories']['warc']}  {report['directories']['articles']}"),
        ("report", f"{report['directories']['reports']}/{report['crawl']['crawl_id']}.html"),
        ("next", report["next_command"]),
    ]
    return rows


def _headline(report: Mapping[str, Any]) -> str:
    crawl = report["crawl"]
    duration = report["duration_s"]
    time = "" if duration is None else f" in {duration:,.0f} s"
    ending = "" if crawl["reason"] in (None, "finished") else f", stopped: {crawl['reason']}"
    return f"{report['archived']:,} posts archived from {', '.join(crawl['seeds'])}{time}{ending}"


def _revisits(report: Mapping[str, Any]) -> str:
    saved = report["saved_bytes"]
    saving = f", which saves {format_size(saved)}" if saved >= _WORTH_SAYING_BYTES else ""
    return f"{report['revisits']:,} answers whose payload was archived already{saving}"


def _with_parts(total: int, parts: Mapping[str, int], unit: str = "") -> str:
    listed = ", ".join(f"{name} {number:,}" for name, number in parts.items())
    return f"{total:,}{f' {unit}' if unit else ''}{f': {listed}' if listed else ''}"


def _duration_s(crawl: Crawl) -> float | None:
    return None if crawl.finished is None else (crawl.finished - crawl.started).total_seconds()


def _declared(crawl: Crawl) -> dict[str, int]:
    return {
        name.removeprefix(DECLARED_STAT): number
        for name, number in crawl.stats
        if name.startswith(DECLARED_STAT)
    }


def _lists(asked_lists: Sequence[AskedList] | None) -> list[dict[str, Any]] | None:
    return None if asked_lists is None else [to_json(asked) for asked in asked_lists[:_MAX_ROWS]]


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


def _next_command(catalogue: CatalogueReader, crawl_id: str, collection: Collection) -> str:
    article = next(catalogue.iter_articles(crawl_id=crawl_id), None)
    if account(catalogue, crawl_id).unread:
        return f"archive rebuild {shlex.quote(collection.address)}"
    if article is None:
        return f"archive list {shlex.quote(collection.address)} --all"
    return f"archive show {shlex.quote(collection.address)} {shlex.quote(article.url)}"


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:  # of a write, it does not name the file
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
