"""Pages that stand in for posts: on a bad day a site answers 200 with what is no post at all.

A notice of maintenance, a login wall, a challenge to robots, "not found" with status 200: what
several articles say from one day on, that had nothing in common before, none of them says. What has
once stood in for several articles of a site, or for one that no list names any more and another, is
known: it is no version of a single one either, whenever that was captured.

But what an article says for fourteen days, and nothing else in between, is what it says, if the
site was itself in these days: then no fewer other articles were answered for.

It is told by the captures alone, by the wording of all pages of a site
(`archive.extraction.site.wording`), whatever the order in which they came into the collection.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import datetime, timedelta
from itertools import groupby
from sqlite3 import Row

from archive.catalogue import Catalogue

_LASTS = timedelta(days=14)  # so long no notice stays up on a site that is itself

_SHARED = (
    "SELECT site, {wording} FROM sketches GROUP BY site, {wording}"
    " HAVING min(address) < max(address)"
)
# The captures that say so, of articles which had said something else before.
_COMERS = """
SELECT record_id, taken.crawl_id, urlkey, date,
    record_id IN (SELECT record_id FROM judged) AS is_known
FROM sketches AS said CROSS JOIN captures AS taken USING (record_id)
WHERE site = ?1 AND {wording} = ?2 AND EXISTS (
    SELECT 1 FROM articles CROSS JOIN sketches AS before ON before.record_id = capture_id
    WHERE articles.urlkey = taken.urlkey AND captured < taken.date AND before.{wording} <> ?2
    AND capture_id NOT IN (SELECT record_id FROM judged)
)
ORDER BY taken.crawl_id, urlkey, date
"""
_SAID_BEFORE = (
    "SELECT DISTINCT {wording} FROM articles JOIN sketches ON sketches.record_id = capture_id"
    " WHERE urlkey = ?1 AND captured < ?2 AND {wording} <> ?3"
    " AND capture_id NOT IN (SELECT record_id FROM judged)"
)
# Of a page that only repeats another, that one was read.
_READ = (
    "captures AS taken CROSS JOIN sketches AS read ON read.record_id ="
    " CASE WHEN taken.page_type IS NULL THEN refers_to ELSE taken.record_id END"
)
_HISTORY = (
    f"SELECT taken.record_id, taken.crawl_id, date, wording FROM {_READ}"  # noqa: S608
    " WHERE urlkey = ? AND role = 'page' ORDER BY date"
)
_OTHERS = (
    "SELECT count(*) FROM (SELECT DISTINCT urlkey FROM crawls"  # noqa: S608
    f" CROSS JOIN {_READ} WHERE taken.crawl_id = crawls.crawl_id AND role = 'page'"
    " AND started <= ?1 AND coalesce(finished, ?1) >= ?2 AND date BETWEEN ?2 AND ?1"
    " AND site = ?3 AND {wording} <> ?4 AND read.record_id NOT IN (SELECT record_id FROM judged)"
    " LIMIT ?5)"
)
_JUDGE = "INSERT INTO judged VALUES (:id, :error, 0) ON CONFLICT DO UPDATE SET error = :error"


def judge_stand_ins(catalogue: Catalogue, error: str) -> None:
    """Find the captures that brought a page which stands in for several.

    Args:
        catalogue: with a table `judged` of captures that do not count; they are added to it.
        error: what is said of them there.

    Raises:
        CatalogueError: the catalogue cannot be used.
    """
    for column in ("wording", "loose_wording"):
        _Telling(catalogue, column).judge(error)


class _Telling:
    """Tells what stands in for several, by a column with the wording of each page.

    What differed before has to differ in that which is the same now: posts of a series, in which
    the numbers alone differ, may all be reworded in one day.
    """

    def __init__(self, catalogue: Catalogue, column: str) -> None:
        self._catalogue = catalogue
        self._shared, self._comers, self._said_before, self._others = (
            statement.format(wording=column)
            for statement in (_SHARED, _COMERS, _SAID_BEFORE, _OTHERS)
        )

    def judge(self, error: str) -> None:
        """Add the captures to those that are judged."""
        for site, wording in self._wordings():
            comers = list(self._catalogue.query(self._comers, site, wording))
            if self._stands_for_several(wording, comers):
                meant = self._meant(site, wording, {comer["urlkey"] for comer in comers})
                for comer in comers:
                    if comer["record_id"] not in meant:
                        self._catalogue.write(_JUDGE, id=comer["record_id"], error=error)

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
        """Tell whether two articles came to say it that had nothing in common before.

        In one crawl; or whenever, where it is known already of some capture.
        """
        is_known = any(comer["is_known"] for comer in comers)
        if is_known:
            comers.sort(key=lambda comer: (comer["urlkey"], comer["date"]))
        for _, together in groupby(comers, key=lambda comer: is_known or comer["crawl_id"]):
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

    def _meant(self, site: str, wording: int, keys: Set[str]) -> set[str]:
        """Give the captures of articles that went on to say what others say as well."""
        meant: set[str] = set()
        for key in sorted(keys):
            history = self._catalogue.query(_HISTORY, key)
            for _, spell in groupby(history, key=lambda said: said["wording"]):
                captures = list(spell)
                first, last = captures[0]["date"], captures[-1]["date"]
                if datetime.fromisoformat(last) - datetime.fromisoformat(first) < _LASTS:
                    continue
                others = self._catalogue.query(self._others, last, first, site, wording, len(keys))
                if next(others)[0] >= len(keys):
                    meant.update(capture["record_id"] for capture in captures)
        return meant
