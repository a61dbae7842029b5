"""What became of everything that a crawl found: the numbers add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from archive.catalogue.page_changes import iter_back_pages, iter_gone_pages
from archive.catalogue.reader import CatalogueReader
from archive.catalogue.rows import EARLIER, FAILED, GONE, SKIPPED, UNCHANGED, UNREAD
from archive.records import PageType

_OTHER_ENDS = frozenset({PageType.ARTICLE, FAILED, UNREAD, UNCHANGED, EARLIER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """What became of every page that a crawl found.

    found = archived + unchanged + gone + still gone + not posts + failed + skipped + unread
    + earlier + not reached.
    """

    found: int
    archived: int  # articles of which there is a new row
    changed: int  # of these, new versions of articles that were there
    commented: int  # of these, articles that have new comments and are else the same
    unchanged: int  # known pages that say what they said before
    gone: Mapping[str, int]  # known pages that were there until now, by reason
    still_gone: int  # known pages that were gone before
    back: int  # of the archived and unchanged, and of those that are no posts: they had been gone
    not_posts: Mapping[str, int]  # by page type
    failed: Mapping[str, int]  # by the `error` of its last Failure
    skipped: Mapping[str, int]  # by rule
    unread: int  # captured; extraction was off, or the crawl stopped before
    earlier: int  # settled before this crawl took up an interrupted one
    not_reached: int  # the crawl was stopped before

    @property
    def new(self) -> int:
        """The articles that the collection did not have."""
        return self.archived - self.changed - self.commented


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTotals:
    """How many exchanges a crawl made, and their size in the WARC files."""

    requests: int
    requisites: int  # of these, requests for requisites of pages
    size_bytes: int
    revisits: int  # answers whose payload was captured before
    not_modified: int  # of these, answers that only said that it had not changed
    saved_bytes: int  # what the records of their originals take more than their own; never below 0


def account(catalogue: CatalogueReader, crawl_id: str) -> Accounting:
    """Count what became of the pages that a crawl found."""
    outcomes = _counts(
        catalogue,
        "SELECT outcome AS name, count(*) AS number FROM discoveries WHERE crawl_id = ?"
        " GROUP BY outcome ORDER BY number DESC, name",
        crawl_id,
    )
    archived = outcomes.get(PageType.ARTICLE, 0)
    changed, commented = _said_anew(catalogue, crawl_id, archived)
    gone, still_gone = _gone(catalogue, crawl_id)
    return Accounting(
        found=sum(outcomes.values()),
        archived=archived,
        changed=changed,
        commented=commented,
        unchanged=outcomes.get(UNCHANGED, 0),
        gone=gone,
        still_gone=still_gone,
        back=sum(1 for _ in iter_back_pages(catalogue, crawl_id)),
        not_posts={
            outcome: number
            for outcome, number in outcomes.items()
            if outcome and outcome not in _OTHER_ENDS and not outcome.startswith((SKIPPED, GONE))
        },
        failed=_failed(catalogue, crawl_id),
        skipped={
            outcome.removeprefix(SKIPPED): number
            for outcome, number in outcomes.items()
            if outcome and outcome.startswith(SKIPPED)
        },
        unread=outcomes.get(UNREAD, 0),
        earlier=outcomes.get(EARLIER, 0),
        not_reached=outcomes.get(None, 0),
    )


def count_articles(catalogue: CatalogueReader) -> int:
    """Count the rows of the article store: versions of articles, and what has new comments."""
    (row,) = catalogue.query("SELECT count(*) AS number FROM articles WHERE NOT repeats")
    return int(row["number"])


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
        " coalesce(sum(capture.record_type = 'revisit' AND capture.status IS NULL), 0)"
        " AS not_modified,"
        " max(0, coalesce(sum(original.length - capture.length), 0)) AS saved_bytes"
        " FROM captures AS capture"
        " LEFT JOIN captures AS original ON original.record_id = capture.refers_to"
        " WHERE capture.crawl_id = ?",
        crawl_id,
    )
    return CaptureTotals(**dict(row))


def _said_anew(catalogue: CatalogueReader, crawl_id: str, archived: int) -> tuple[int, int]:
    """Count the articles that were there: with a new version, and with new comments only."""
    (row,) = catalogue.query(
        "SELECT ifnull(sum(article.version > former.version), 0) AS changed,"
        " ifnull(sum(article.version = former.version), 0) AS commented"
        " FROM articles AS article JOIN articles AS former ON former.capture_id = article.former"
        " WHERE article.crawl_id = ? AND NOT article.repeats",
        crawl_id,
    )
    changed = min(row["changed"], archived)  # each row is one page's, unless something is lost
    return changed, min(row["commented"], archived - changed)


def _gone(catalogue: CatalogueReader, crawl_id: str) -> tuple[dict[str, int], int]:
    """Count the pages that are gone: since this crawl, by reason, and since before it."""
    since_now: Counter[str] = Counter()
    before = 0
    for page in iter_gone_pages(catalogue, crawl_id):
        if page.was_gone:
            before += 1
        else:
            since_now[page.reason] += 1
    return dict(since_now.most_common()), before


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
