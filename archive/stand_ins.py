"""Pages that stand in for posts: on a bad day a site answers 200 with what is no post at all.

A notice of maintenance, a login wall, a challenge to robots, "not found" with status 200: what
several articles say from one day on, that had nothing in common before, none of them says. So it is
no version of any. It stays captured, has no row in the article store, and counts as a failure that
may pass, so that the page is asked for again. What has once stood in for several articles of a site
is known: it is no version of a single one either, whenever that was captured.

It is told by the captures alone, by the wording of all pages of a site
(`archive.extraction.site.wording`), whatever the order in which they came into the collection.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from sqlite3 import Row

from archive.catalogue import FAILED, UNCHANGED, Catalogue, CatalogueReader
from archive.records import PageType

STAND_IN = "stand-in page"
"""The `error` of the failure of a page in whose place another was sent."""

_MESSAGE = "the site sent a page that it sends in place of other posts too"
_READ = json.dumps([UNCHANGED, *(kind for kind in PageType if kind is not PageType.DUPLICATE)])

_SHARED = (
    "SELECT site, {wording} FROM sketches GROUP BY site, {wording}"
    " HAVING min(address) < max(address)"
)
# The captures that say so, of articles which had said something else before.
_COMERS = """
WITH member AS (
    SELECT record_id, captures.crawl_id, urlkey, date FROM sketches JOIN captures USING (record_id)
    WHERE site = ?1 AND {wording} = ?2
),
known AS (
    SELECT urlkey, min(captured) AS since
    FROM articles JOIN sketches ON sketches.record_id = capture_id
    WHERE urlkey IN (SELECT urlkey FROM member) AND {wording} <> ?2
    AND capture_id NOT IN (SELECT record_id FROM judged)
    GROUP BY urlkey
)
SELECT record_id, crawl_id, urlkey, date FROM member JOIN known USING (urlkey) WHERE date > since
ORDER BY crawl_id, urlkey, date
"""
_SAID_BEFORE = (
    "SELECT DISTINCT {wording} FROM articles JOIN sketches ON sketches.record_id = capture_id"
    " WHERE urlkey = ?1 AND captured < ?2 AND {wording} <> ?3"
    " AND capture_id NOT IN (SELECT record_id FROM judged)"
)
# Pages that nobody reads again, since the server sent the same bytes once more, or said so.
_JUDGE_REPEATED = (
    "INSERT OR IGNORE INTO judged SELECT again.record_id FROM judged JOIN captures AS first"
    " USING (record_id) JOIN captures AS again ON again.urlkey = first.urlkey"
    " AND again.refers_to = first.record_id"
    " WHERE again.role = 'page' AND again.page_type IS NULL"
)
_CHANGED = (
    "SELECT record_id FROM stand_ins WHERE record_id NOT IN (SELECT record_id FROM judged) UNION"
    " SELECT record_id FROM judged WHERE record_id NOT IN (SELECT record_id FROM stand_ins)"
)
_TAKE_BACK_OUTCOMES = (
    "UPDATE discoveries SET outcome = ifnull(page_type, :unchanged)"
    " FROM stand_ins AS past JOIN captures USING (record_id)"
    " WHERE discoveries.crawl_id = past.crawl_id AND discoveries.url = past.url"
    " AND outcome = :failed AND past.record_id NOT IN (SELECT record_id FROM judged)"
    " AND EXISTS (SELECT 1 FROM failures AS noted WHERE noted.crawl_id = past.crawl_id"
    "  AND noted.url = past.url AND noted.message = :message)"
)
_TAKE_BACK_FAILURES = (
    "DELETE FROM failures WHERE message = :message AND (crawl_id, url) IN (SELECT crawl_id, url"
    " FROM stand_ins WHERE record_id NOT IN (SELECT record_id FROM judged))"
)
_NOTE = """
INSERT INTO stand_ins
SELECT taken.record_id, taken.crawl_id,
    CASE WHEN NOT EXISTS (
        SELECT 1 FROM captures AS later
        WHERE later.urlkey = taken.urlkey AND later.date > taken.date
        AND later.crawl_id = taken.crawl_id AND later.role = 'page'
        AND (later.status BETWEEN 200 AND 299 OR later.status IS NULL)
        AND later.record_id NOT IN (SELECT record_id FROM judged)
    ) THEN coalesce(
        json_extract(own.origin, '$.discovery.url'),
        json_extract(first.origin, '$.discovery.url'), taken.target_uri
    ) END, taken.date
FROM judged JOIN captures AS taken USING (record_id)
LEFT JOIN sketches AS own USING (record_id)
LEFT JOIN sketches AS first ON first.record_id = taken.refers_to
"""
_NOTE_FAILURES = (
    "INSERT INTO failures (crawl_id, url, stage, error, message, date)"
    " SELECT crawl_id, url, 'fetch', :error, :message, max(stand_ins.date)"
    " FROM stand_ins CROSS JOIN discoveries USING (crawl_id, url)"
    " WHERE outcome IN (SELECT value FROM json_each(:read))"
    " AND NOT EXISTS (SELECT 1 FROM failures AS noted WHERE noted.crawl_id = stand_ins.crawl_id"
    "  AND noted.url = stand_ins.url AND noted.error = :error)"
    " GROUP BY crawl_id, url ORDER BY crawl_id, url"
)
_NOTE_OUTCOMES = (
    "UPDATE discoveries SET outcome = :failed FROM stand_ins"
    " WHERE discoveries.crawl_id = stand_ins.crawl_id AND discoveries.url = stand_ins.url"
    " AND outcome IN (SELECT value FROM json_each(:read))"
)


def mark_stand_ins(catalogue: Catalogue) -> None:
    """Tell which captures brought a page that stands in for several; the rest is for `versions`.

    Articles of which that is found out or taken back now are to be numbered anew.

    Args:
        catalogue: of a collection that the caller has locked; its pages are settled.

    Raises:
        CatalogueError: the catalogue cannot be used.
    """
    _judge(catalogue)
    for row in list(catalogue.query(_CHANGED)):
        catalogue.doubt_versions(row["record_id"])
    catalogue.write(_TAKE_BACK_OUTCOMES, unchanged=UNCHANGED, failed=FAILED, message=_MESSAGE)
    catalogue.write(_TAKE_BACK_FAILURES, message=_MESSAGE)
    catalogue.write("DELETE FROM stand_ins")
    catalogue.write(_NOTE)
    catalogue.write(_NOTE_FAILURES, error=STAND_IN, message=_MESSAGE, read=_READ)
    catalogue.write(_NOTE_OUTCOMES, failed=FAILED, read=_READ)


def is_stand_in(catalogue: CatalogueReader, capture_id: str) -> bool:
    """Tell whether a capture brought a page that stands in for several."""
    rows = catalogue.query("SELECT 1 FROM stand_ins WHERE record_id = ?", capture_id)
    return next(rows, None) is not None


def _judge(catalogue: Catalogue) -> None:
    """Find the captures anew, into a table of this connection."""
    catalogue.write("CREATE TEMP TABLE IF NOT EXISTS judged (record_id TEXT PRIMARY KEY)")
    catalogue.write("DELETE FROM judged")
    for column in ("wording", "loose_wording"):
        _Telling(catalogue, column).judge()
    catalogue.write(_JUDGE_REPEATED)


class _Telling:
    """Tells what stands in for several, by a column with the wording of each page.

    What differed before has to differ in that which is the same now: posts of a series, in which
    the numbers alone differ, may all be reworded in one day.
    """

    def __init__(self, catalogue: Catalogue, column: str) -> None:
        self._catalogue = catalogue
        self._shared, self._comers, self._said_before = (
            statement.format(wording=column) for statement in (_SHARED, _COMERS, _SAID_BEFORE)
        )

    def judge(self) -> None:
        """Add the captures to those that are judged."""
        for site, wording in self._wordings():
            comers = list(self._catalogue.query(self._comers, site, wording))
            if self._stands_for_several(wording, comers):
                for comer in comers:
                    self._catalogue.write(
                        "INSERT OR IGNORE INTO judged VALUES (:id)", id=comer["record_id"]
                    )

    def _wordings(self) -> list[tuple[str, int]]:
        """List what several articles of a site came to say, by the first that did.

        What was found to stand in for posts on one day counts for nothing on the next.
        """
        found = []
        for site, wording in list(self._catalogue.query(self._shared)):
            comers = list(self._catalogue.query(self._comers, site, wording))
            if len({comer["urlkey"] for comer in comers}) > 1:
                found.append((min(comer["date"] for comer in comers), site, wording))
        return [(site, wording) for _, site, wording in sorted(found)]

    def _stands_for_several(self, wording: int, comers: list[Row]) -> bool:
        """Tell whether in some crawl two articles came to it that had nothing in common before."""
        for _, together in groupby(comers, key=lambda comer: comer["crawl_id"]):
            before = self._before(wording, together)
            first = next(before)
            if any(first.isdisjoint(other) for other in before):
                return True
        return False

    def _before(self, wording: int, comers: Iterator[Row]) -> Iterator[frozenset[int]]:
        """Give for each article what it had said before."""
        for key, captures in groupby(comers, key=lambda comer: comer["urlkey"]):
            rows = self._catalogue.query(self._said_before, key, next(captures)["date"], wording)
            yield frozenset(said for (said,) in rows)
