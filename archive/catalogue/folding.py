"""Folds what the crawls log into what is known of each page: the table `pages`.

It follows from the rows of the crawls, of what they found and of what failed, and from the dates of
the articles; so that it is the same whether crawl after crawl is added as it ends, or all are read
at once. A crawl is added when its chain is over (`archive.catalogue.chains`), and the whole table
is made anew when something was written about a crawl that was in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from archive.catalogue.chains import crawls_to_fold
from archive.catalogue.rows import UNREAD, skipped
from archive.catalogue.writer import Catalogue
from archive.records import PageType
from archive.revisiting import (
    History,
    gone_interval,
    interval,
    is_passing,
    retry_interval,
    spread,
)
from archive.urls import urlkey

_AT_ONCE = ""
_READ = json.dumps([*PageType, UNREAD])
_NOT_REACHED = json.dumps([*map(skipped, ("limit", "incomplete"))])  # the next crawl asks for these
_OUTSIDE = json.dumps([*map(skipped, ("before-since", "after-until"))])  # a later crawl may
_EDIT_TRIES = 3  # of a page that fails, since a list shows that it was edited; then by its failures

# In three steps: one line for each page, of several addresses that which tells most; that line
# beside what was known; what is known then. What lists say of a known page counts once it was asked
# for: else an edit that they show would be taken for one that was read. A page that was read, and
# has failed in the same crawl, lacks a further page.
_FOLD = """
WITH line AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY urlkey ORDER BY rank, url) AS place FROM (
            SELECT urlkey(url) AS urlkey, url, methods, via, hops_from_seed,
                lastmod AS new_lastmod, hints AS new_hints, outcome,
                CASE WHEN outcome = 'article' THEN 0
                     WHEN outcome = 'unchanged' THEN 1
                     WHEN outcome IN (SELECT value FROM json_each(:read)) THEN 2
                     WHEN outcome LIKE 'gone:%' THEN 3
                     WHEN outcome = 'failed' THEN 4
                     WHEN outcome IS NULL
                        OR outcome IN (SELECT value FROM json_each(:not_reached)) THEN 5
                     WHEN outcome IN (SELECT value FROM json_each(:outside)) THEN 6
                     ELSE 7 END AS rank
            FROM discoveries WHERE crawl_id = :crawl_id AND outcome IS NOT 'earlier'
        )
    ) WHERE place = 1
),
met AS (
    SELECT line.*,
        known.lastmod AS old_lastmod, known.hints AS old_hints,
        known.kind AS old_kind, known.first_found AS old_first_found, known.checked AS old_checked,
        known.changed AS old_changed, ifnull(known.check_count, 0) AS old_checks,
        ifnull(known.change_count, 0) AS old_changes, ifnull(known.fail_count, 0) AS old_fails,
        known.gone AS old_gone, known.gone_reason AS old_gone_reason, known.back AS old_back,
        ifnull(known.next_check, '') AS old_next_check,
        ifnull(rank IN (0, 2) AND known.check_count > 0
            AND outcome <> 'unread' AND known.kind <> 'unread', 0) AS is_change,
        known.checked IS NULL OR rank <= 3
            OR rank = 4 AND known.fail_count + 1 >= :edit_tries AS is_told
    FROM line LEFT JOIN pages AS known USING (urlkey)
),
page AS (
    SELECT *,
        CASE WHEN outcome = 'unread' AND old_checks > 0 THEN old_kind
             WHEN rank IN (0, 2) THEN outcome
             WHEN rank IN (1, 3, 4) OR old_checked IS NOT NULL THEN old_kind
             WHEN rank = 7 THEN outcome END AS kind,
        iif(is_told, new_lastmod, old_lastmod) AS lastmod,
        iif(is_told, new_hints, old_hints) AS hints,
        ifnull(old_first_found, :started) AS first_found,
        iif(rank <= 3, :started, old_checked) AS checked,
        iif(is_change, :started, old_changed) AS changed,
        old_checks + (rank <= 2) AS check_count,
        old_changes + is_change AS change_count,
        iif(rank <= 3, 0, old_fails + (rank = 4)) AS fail_count,
        CASE WHEN rank = 3 THEN ifnull(old_gone, :started) WHEN rank > 3 THEN old_gone END AS gone,
        CASE WHEN rank = 3 THEN ifnull(old_gone_reason, substr(outcome, 6))
             WHEN rank > 3 THEN old_gone_reason END AS gone_reason,
        iif(rank <= 2 AND old_gone IS NOT NULL, :started, old_back) AS back
    FROM met
)
INSERT OR REPLACE INTO pages (
    urlkey, url, methods, via, hops_from_seed, lastmod, hints, kind, first_found, checked, changed,
    check_count, change_count, fail_count, gone, gone_reason, back, next_check
)
SELECT
    urlkey, url, methods, via, hops_from_seed, lastmod, hints, kind, first_found, checked, changed,
    check_count, change_count, fail_count, gone, gone_reason, back,
    CASE WHEN rank <= 2 AND EXISTS (
            SELECT 1 FROM failures
            WHERE failures.crawl_id = :crawl_id AND failures.url = page.url) THEN :at_once
         WHEN rank <= 2 THEN next_check(
            urlkey, :started, kind, first_found, changed,
            ifnull(json_extract(hints, '$.published'), (
                SELECT max(published) FROM articles
                WHERE articles.urlkey = page.urlkey AND published <= :started)),
            ifnull(json_extract(hints, '$.modified'), lastmod),
            check_count, change_count)
         WHEN rank = 3 THEN next_look(urlkey, :started, gone)
         WHEN rank = 4 THEN next_try(urlkey, :started, fail_count, (
            SELECT error FROM failures
            WHERE failures.crawl_id = :crawl_id AND failures.url = page.url
            ORDER BY failures.rowid DESC LIMIT 1))
         WHEN rank = 5 THEN :at_once
         WHEN kind LIKE 'skipped:%' THEN NULL
         ELSE old_next_check END
FROM page ORDER BY urlkey
"""


def fold_crawls(catalogue: Catalogue, now: datetime) -> None:
    """Bring the table of pages up to date with every crawl whose chain is over.

    It costs what those crawls have found that are not in it yet; nothing where there are none.

    Args:
        catalogue: of the collection.
        now: this moment; what a wrong clock has put an hour or more after it is passed over.

    Raises:
        CatalogueError: the catalogue cannot be written.
    """
    over = crawls_to_fold(catalogue, now)
    folded = {row["crawl_id"] for row in catalogue.query("SELECT crawl_id FROM folded_crawls")}
    if folded != set(over[: len(folded)]) or not folded:
        catalogue.write("DELETE FROM pages")
        catalogue.write("DELETE FROM folded_crawls")
        folded.clear()
    for name, function in _FUNCTIONS.items():
        catalogue.define(name, function)
    for crawl_id in over[len(folded) :]:
        _fold(catalogue, crawl_id)
    catalogue.commit()


def _fold(catalogue: Catalogue, crawl_id: str) -> None:
    """Add one crawl; the marker that it was added is committed with what it added."""
    crawl = catalogue.find_crawl(crawl_id)
    assert crawl is not None
    catalogue.write(
        _FOLD,
        crawl_id=crawl_id,
        started=crawl.started.isoformat(),
        read=_READ,
        not_reached=_NOT_REACHED,
        outside=_OUTSIDE,
        edit_tries=_EDIT_TRIES,
        at_once=_AT_ONCE,
    )
    catalogue.write("INSERT INTO folded_crawls VALUES (:crawl_id)", crawl_id=crawl_id)
    catalogue.commit()


def _next_check(key: str, now: str, *facts: Any) -> str:
    kind, first_found, changed, published, modified, check_count, change_count = facts
    checked = datetime.fromisoformat(now)
    history = History(
        is_article=kind == PageType.ARTICLE,
        first_found=datetime.fromisoformat(first_found),
        checked=checked,
        changed=_date(changed),
        published=_date(published),
        modified=_date(modified),
        check_count=check_count,
        change_count=change_count,
    )
    return (checked + spread(interval(history), key)).isoformat()


def _next_look(key: str, now: str, gone: str) -> str:
    checked = datetime.fromisoformat(now)
    wait = gone_interval(checked - datetime.fromisoformat(gone))
    return (checked + spread(wait, key)).isoformat()


def _next_try(key: str, now: str, fail_count: int, error: str | None) -> str:
    wait = retry_interval(fail_count, passing=error is None or is_passing(error))
    if wait is None:
        return _AT_ONCE
    return (datetime.fromisoformat(now) + spread(wait, key)).isoformat()


def _date(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


_FUNCTIONS: Mapping[str, Callable[..., str]] = {
    "urlkey": urlkey,
    "next_check": _next_check,
    "next_look": _next_look,
    "next_try": _next_try,
}
