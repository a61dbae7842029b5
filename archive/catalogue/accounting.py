"""What became of everything that a crawl found: the numbers add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archive.catalogue.reader import CatalogueReader
from archive.catalogue.rows import FAILED, SKIPPED, UNREAD
from archive.records import PageType


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """What became of every page that a crawl found.

    found = archived + not posts + failed + skipped + unread + not reached.
    """

    found: int
    archived: int
    not_posts: Mapping[str, int]  # by page type
    failed: Mapping[str, int]  # by the `error` of its last Failure
    skipped: Mapping[str, int]  # by rule
    unread: int  # captured; extraction was off, or the crawl stopped before
    not_reached: int  # the crawl was stopped before


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTotals:
    """How many exchanges a crawl made, and their size in the WARC files."""

    requests: int
    requisites: int  # of these, requests for requisites of pages
    size_bytes: int
    revisits: int  # answers whose payload was captured before
    saved_bytes: int  # what the records of their originals take more than their own; never below 0


def account(catalogue: CatalogueReader, crawl_id: str) -> Accounting:
    """Count what became of the pages that a crawl found."""
    outcomes = _counts(
        catalogue,
        "SELECT outcome AS name, count(*) AS number FROM discoveries WHERE crawl_id = ?"
        " GROUP BY outcome ORDER BY number DESC, name",
        crawl_id,
    )
    skipped = {
        outcome.removeprefix(SKIPPED): number
        for outcome, number in outcomes.items()
        if outcome and outcome.startswith(SKIPPED)
    }
    not_posts = {
        outcome: number
        for outcome, number in outcomes.items()
        if outcome
        and outcome not in (PageType.ARTICLE, FAILED, UNREAD)
        and not outcome.startswith(SKIPPED)
    }
    return Accounting(
        found=sum(outcomes.values()),
        archived=outcomes.get(PageType.ARTICLE, 0),
        not_posts=not_posts,
        failed=_failed(catalogue, crawl_id),
        skipped=skipped,
        unread=outcomes.get(UNREAD, 0),
        not_reached=outcomes.get(None, 0),
    )


def found_by(catalogue: CatalogueReader, crawl_id: str) -> dict[str, tuple[int, int]]:
    """Count, for each way of finding, the pages it found and how many of them are articles."""
    rows = catalogue.query(
        "SELECT method.value AS name, count(*) AS found,"
        " sum(outcome IS 'article') AS archived"
        " FROM discoveries, json_each(methods) AS method WHERE crawl_id = ?"
        " GROUP BY name ORDER BY archived DESC, found DESC, name",
        crawl_id,
    )
    return {row["name"]: (row["found"], row["archived"]) for row in rows}


def capture_totals(catalogue: CatalogueReader, crawl_id: str) -> CaptureTotals:
    """Count the exchanges of a crawl, pages and all others."""
    (row,) = catalogue.query(
        "SELECT count(*) AS requests, coalesce(sum(capture.length), 0) AS size_bytes,"
        " coalesce(sum(capture.role = 'requisite'), 0) AS requisites,"
        " coalesce(sum(capture.record_type = 'revisit'), 0) AS revisits,"
        " max(0, coalesce(sum(original.length - capture.length), 0)) AS saved_bytes"
        " FROM captures AS capture"
        " LEFT JOIN captures AS original ON original.record_id = capture.refers_to"
        " WHERE capture.crawl_id = ?",
        crawl_id,
    )
    return CaptureTotals(**dict(row))


def _failed(catalogue: CatalogueReader, crawl_id: str) -> dict[str, int]:
    counts = _counts(
        catalogue,
        "SELECT coalesce((SELECT error FROM failures AS failure"
        " WHERE failure.crawl_id = found.crawl_id AND failure.url = found.url"
        " ORDER BY failure.rowid DESC LIMIT 1), 'no reason recorded') AS name,"
        " count(*) AS number FROM discoveries AS found"
        " WHERE crawl_id = ? AND outcome = 'failed' GROUP BY name ORDER BY number DESC, name",
        crawl_id,
    )
    return {str(name): number for name, number in counts.items()}


def _counts(catalogue: CatalogueReader, statement: str, crawl_id: str) -> dict[str | None, int]:
    return {row["name"]: row["number"] for row in catalogue.query(statement, crawl_id)}
