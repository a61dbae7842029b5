"""Captures that are no statement of their article, although the server said 200.

Three kinds. What stands in for several posts (`archive.stand_ins`). What a post says that no list
names any more: mostly that it is not there; it counts once a list names the post again, and it
still says so. And what was cut off on its way, where the whole of the article is known already.
They stay captured, and have no row in the article store (`archive.versions`); the pages of the
first and the last kind failed, for a reason that may pass, so that they are asked for again.

Of an article that was never captured whole, what came is kept. Its page failed all the same, until
another capture says the same: then that is all that the server sends. So it is where the whole is
known, and the same is cut off a day later.

All of it follows from the captures and the logs of the crawls.
"""

from __future__ import annotations

import json

from archive.catalogue import FAILED, UNCHANGED, Catalogue, CatalogueReader
from archive.records import PageType
from archive.stand_ins import judge_stand_ins
from archive.urls import urlkey

STAND_IN = "stand-in page"
"""The `error` of the failure of a page in whose place another was sent."""

CUT_OFF = "cut off"
"""The `error` of the failure of a page that did not come whole."""

_MESSAGES = {
    STAND_IN: "the site sent a page that it sends in place of other posts too",
    CUT_OFF: "the page is not whole, and says something else than the whole one did",
}
_READ = json.dumps([UNCHANGED, *(kind for kind in PageType if kind is not PageType.DUPLICATE)])

_JUDGE_UNLISTED = """
INSERT INTO judged
SELECT taken.record_id, NULL, 0 FROM crawls CROSS JOIN discoveries AS found USING (crawl_id)
CROSS JOIN captures AS taken INDEXED BY captures_by_url
ON taken.urlkey = urlkey(url) AND taken.crawl_id = crawls.crawl_id
WHERE outcome >= 'gone:' AND outcome < 'gone;' AND taken.role = 'page'
AND EXISTS (SELECT 1 FROM articles WHERE articles.urlkey = taken.urlkey AND captured < taken.date)
AND NOT EXISTS (
    SELECT 1 FROM captures AS again JOIN discoveries AS listed
    ON listed.crawl_id = again.crawl_id AND listed.url = again.target_uri
    WHERE again.urlkey = taken.urlkey AND again.refers_to = taken.record_id
    AND again.role = 'page' AND again.page_type IS NULL AND (
        listed.outcome = 'unchanged' OR listed.outcome = 'failed' AND again.record_id IN (
            SELECT record_id FROM unheeded WHERE unheeded.url = listed.url
        )
    )
)
AND NOT EXISTS (
    SELECT 1 FROM sketches AS said JOIN articles AS earlier ON earlier.urlkey = taken.urlkey
    JOIN sketches AS before ON before.record_id = capture_id AND before.wording = said.wording
    WHERE said.record_id = taken.record_id AND captured < taken.date
)
ON CONFLICT DO NOTHING
"""
_JUDGE_CUT_OFF = """
WITH cut AS (
    SELECT record_id, urlkey, crawl_id, date, sketch.wording, NOT EXISTS (
        SELECT 1 FROM articles JOIN captures AS whole ON whole.record_id = capture_id
        WHERE articles.urlkey = taken.urlkey AND captured < taken.date
        AND whole.truncated IS NULL AND capture_id NOT IN (SELECT record_id FROM judged)
    ) AS is_kept
    FROM captures AS taken JOIN sketches AS sketch USING (record_id)
    WHERE taken.truncated IS NOT NULL AND taken.role = 'page'
)
INSERT INTO judged
SELECT record_id, :error, is_kept FROM cut WHERE NOT EXISTS (
    SELECT 1 FROM captures AS past JOIN sketches AS before USING (record_id)
    WHERE past.urlkey = cut.urlkey AND past.date < cut.date AND before.wording = cut.wording
    AND (past.truncated IS NULL OR is_kept OR (
        past.crawl_id <> cut.crawl_id AND julianday(past.date) <= julianday(cut.date) - 1
    ))
    AND past.record_id NOT IN (SELECT record_id FROM judged)
)
ON CONFLICT DO NOTHING
"""
# Pages that nobody reads again, since the server sent the same bytes once more, or said so.
_JUDGE_REPEATED = (
    "INSERT INTO judged SELECT again.record_id, error, is_kept FROM judged"
    " CROSS JOIN captures AS first USING (record_id) CROSS JOIN captures AS again"
    " ON again.urlkey = first.urlkey AND again.refers_to = first.record_id"
    " WHERE NOT is_kept AND again.role = 'page' AND again.page_type IS NULL"
    " ON CONFLICT DO NOTHING"
)
_CHANGED = (
    "SELECT record_id FROM (SELECT record_id, is_kept FROM judged EXCEPT"
    " SELECT record_id, is_kept FROM unheeded) UNION SELECT record_id FROM unheeded"
    " WHERE record_id NOT IN (SELECT record_id FROM judged)"
)
_NO_LONGER = (  # judged, or for another reason
    "NOT EXISTS (SELECT 1 FROM judged"
    " WHERE judged.record_id = past.record_id AND judged.error IS past.error)"
)
_TAKE_BACK_OUTCOMES = (
    "UPDATE discoveries SET outcome = ifnull(page_type, :unchanged)"  # noqa: S608
    " FROM unheeded AS past JOIN captures USING (record_id)"
    " WHERE discoveries.crawl_id = past.crawl_id AND discoveries.url = past.url"
    f" AND outcome = :failed AND {_NO_LONGER}"
)
_TAKE_BACK_FAILURES = (
    "DELETE FROM failures WHERE stage = 'capture' AND (crawl_id, url, error) IN"  # noqa: S608
    f" (SELECT crawl_id, url, error FROM unheeded AS past WHERE {_NO_LONGER})"
)
# Under which address each was asked for; where a later capture of the same crawl brought the post,
# it did not fail.
_NOTE = """
INSERT INTO unheeded
SELECT taken.record_id, taken.crawl_id,
    CASE WHEN error IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM captures AS later
        WHERE later.urlkey = taken.urlkey AND later.date > taken.date
        AND later.crawl_id = taken.crawl_id AND later.role = 'page'
        AND (later.status BETWEEN 200 AND 299 OR later.status IS NULL)
        AND later.record_id NOT IN (SELECT record_id FROM judged)
    ) THEN coalesce(
        json_extract(own.origin, '$.discovery.url'),
        json_extract(first.origin, '$.discovery.url'), taken.target_uri
    ) END, taken.date, error, is_kept
FROM judged JOIN captures AS taken USING (record_id)
LEFT JOIN sketches AS own USING (record_id)
LEFT JOIN sketches AS first ON first.record_id = taken.refers_to
"""
_NOTE_FAILURES = (
    "INSERT INTO failures (crawl_id, url, stage, error, message, date)"
    " SELECT crawl_id, url, 'capture', :error, :message, max(unheeded.date)"
    " FROM unheeded CROSS JOIN discoveries USING (crawl_id, url)"
    " WHERE error = :error AND outcome IN (SELECT value FROM json_each(:read))"
    " AND NOT EXISTS (SELECT 1 FROM failures AS noted WHERE noted.crawl_id = unheeded.crawl_id"
    "  AND noted.url = unheeded.url AND noted.error = :error)"
    " GROUP BY crawl_id, url ORDER BY crawl_id, url"
)
_NOTE_OUTCOMES = (
    "UPDATE discoveries SET outcome = :failed FROM unheeded"
    " WHERE discoveries.crawl_id = unheeded.crawl_id AND discoveries.url = unheeded.url"
    " AND outcome IN (SELECT value FROM json_each(:read))"
)


def note_unheeded(catalogue: Catalogue) -> None:
    """Tell which captures do not count, and enter their pages as failed; it may be taken back.

    Articles of which something else is found now than before are to be numbered anew.

    Args:
        catalogue: of a collection that the caller has locked; its pages are settled.

    Raises:
        CatalogueError: the catalogue cannot be used.
    """
    _judge(catalogue)
    for row in list(catalogue.query(_CHANGED)):
        catalogue.doubt_versions(row["record_id"])
    catalogue.write(_TAKE_BACK_OUTCOMES, unchanged=UNCHANGED, failed=FAILED)
    catalogue.write(_TAKE_BACK_FAILURES)
    catalogue.write("DELETE FROM unheeded")
    catalogue.write(_NOTE)
    for error, message in _MESSAGES.items():
        catalogue.write(_NOTE_FAILURES, error=error, message=message, read=_READ)
    catalogue.write(_NOTE_OUTCOMES, failed=FAILED, read=_READ)


def is_unheeded(catalogue: CatalogueReader, capture_id: str) -> bool:
    """Tell whether a capture does not count, or not as a whole one."""
    rows = catalogue.query("SELECT 1 FROM unheeded WHERE record_id = ?", capture_id)
    return next(rows, None) is not None


def _judge(catalogue: Catalogue) -> None:
    """Find the captures anew, into a table of this connection."""
    catalogue.define("urlkey", urlkey)
    catalogue.write(
        "CREATE TEMP TABLE IF NOT EXISTS judged"
        " (record_id TEXT PRIMARY KEY, error TEXT, is_kept INTEGER NOT NULL)"
    )
    catalogue.write("DELETE FROM judged")
    catalogue.write(_JUDGE_UNLISTED)
    judge_stand_ins(catalogue, STAND_IN)
    catalogue.write(_JUDGE_CUT_OFF, error=CUT_OFF)
    catalogue.write(_JUDGE_REPEATED)
