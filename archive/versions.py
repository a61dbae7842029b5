"""Numbers the versions of articles, and leaves out what only repeats them.

An article is all that was captured at one address. Each capture of it is compared with the row
before it, by time: another title or text makes a new version; comments that the former row lacks
make a new row of the same version; what says neither repeats it, and has no row in the article
store. Nor has what was sent in place of the article (`archive.unheeded`). It comes
after the pages are settled (`archive.settling`), when texts are final, so that the outcome depends
on the captures of the collection alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from archive.articles.store import ArticleStore, file_stem
from archive.catalogue import Catalogue, CatalogueReader
from archive.records import PageType

_COMMENT_DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What counts of what an article says, as it was captured once."""

    capture_id: str
    title: str | None
    text_digest: str
    comment_digests: bytes  # as `archive.digests.comment_digests` gives them
    is_unheeded: bool = False  # it does not count: see `archive.unheeded`


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of a capture among the versions of its article."""

    version: int
    former: str | None  # capture_id of the row before; of one that repeats, the row it repeats
    repeats: bool  # or is no statement of the article at all


def place_versions(statements: Iterable[Statement]) -> Iterator[tuple[Statement, Place]]:
    """Give each capture of one article its place; they come by rising date."""
    former: Statement | None = None
    version = 0
    for said in statements:
        repeats = False
        if former is not None and said.is_unheeded:
            repeats = True
        elif former is None or _is_new_version(said, former):
            version += 1
        else:
            repeats = not _has_new_comments(said, former)
        former_id = former.capture_id if former else None
        yield said, Place(version=version, former=former_id, repeats=repeats)
        former = former if repeats else said


def number_versions(catalogue: Catalogue, store: ArticleStore) -> int:
    """Number the captures of every article of which something has changed since the last time.

    Rows that only repeat another are taken out of the store. One that does so no longer, because
    the row before it changed, has to be read again: it is marked for `archive.settling`, and
    numbered anew when that is done. Nothing counts until the store has it all on the disk.

    Args:
        catalogue: of a collection that the caller has locked.
        store: its articles; what is written waits there to be sealed.

    Returns:
        How many pages are to be read again.

    Raises:
        ArchiveError: articles or catalogue cannot be used.
        OSError: the disk is full or refuses.
    """
    files = _files_in_doubt(catalogue, store)
    recalled = 0
    key = ""
    while (found := _next_article(catalogue, key)) is not None:
        key = found
        recalled += _number_article(catalogue, key, files)
    for warc_file in sorted(files):
        recalled += _correct_rows(catalogue, store, warc_file)
    store.sync()
    catalogue.commit()
    return recalled


def _is_new_version(said: Statement, former: Statement) -> bool:
    return (said.title, said.text_digest) != (former.title, former.text_digest)


def _has_new_comments(said: Statement, former: Statement) -> bool:
    return not _each_comment(said) <= _each_comment(former)


def _each_comment(said: Statement) -> set[bytes]:
    digests, size = said.comment_digests, _COMMENT_DIGEST_BYTES
    return {digests[start : start + size] for start in range(0, len(digests), size)}


def _files_in_doubt(catalogue: CatalogueReader, store: ArticleStore) -> set[str]:
    """Name the WARC files whose article files are open, and have rows that are not numbered.

    A process that was killed may have corrected some of them.
    """
    open_stems = set(store.open_stems())
    rows = catalogue.query("SELECT DISTINCT warc_file FROM articles WHERE NOT is_numbered")
    return {row["warc_file"] for row in rows if file_stem(row["warc_file"]) in open_stems}


def _next_article(catalogue: CatalogueReader, key: str) -> str | None:
    """Find the first article behind that key of which not all captures are numbered."""
    statement = "SELECT min(urlkey) AS found FROM articles WHERE NOT is_numbered AND urlkey > ?"
    (row,) = catalogue.query(statement, key)
    found: str | None = row["found"]
    return found


def _number_article(catalogue: Catalogue, key: str, files: set[str]) -> int:
    """Number the captures of one article; adds the WARC files whose rows are to be corrected."""
    rows = {row["capture_id"]: row for row in _captures_of(catalogue, key)}
    recalled = 0
    says_something: dict[tuple[str, str], bool] = {}
    for said, place in place_versions(map(_read_judged, rows.values())):
        row = rows[said.capture_id]
        catalogue.number_article(
            said.capture_id, version=place.version, former=place.former, repeats=place.repeats
        )
        if row["repeats"] and not place.repeats:
            catalogue.recall_article(said.capture_id)
            recalled += 1
        elif place != _known_place(row):
            files.add(row["warc_file"])
        asked = (row["crawl_id"], row["found_url"])
        says_something[asked] = says_something.get(asked, False) or not place.repeats
    for (crawl_id, url), is_said in says_something.items():
        catalogue.settle_article_outcome(url, is_unchanged=not is_said, crawl_id=crawl_id)
    return recalled


def _captures_of(catalogue: CatalogueReader, key: str) -> Iterator[sqlite3.Row]:
    return catalogue.query(
        "SELECT capture_id, crawl_id, title, text_digest, comment_digests, warc_file, version,"
        " former, repeats, coalesce((SELECT json_extract(origin, '$.discovery.url')"
        " FROM sketches WHERE record_id = capture_id), url) AS found_url,"
        " EXISTS (SELECT 1 FROM unheeded"
        "  WHERE record_id = capture_id AND NOT is_kept) AS is_unheeded"
        " FROM articles WHERE urlkey = ? ORDER BY captured, capture_id",
        key,
    )


def read_statement(row: sqlite3.Row) -> Statement:
    """Read what counts of an article from its row in the catalogue."""
    return Statement(
        capture_id=row["capture_id"],
        title=row["title"],
        text_digest=row["text_digest"],
        comment_digests=row["comment_digests"],
    )


def _read_judged(row: sqlite3.Row) -> Statement:
    return replace(read_statement(row), is_unheeded=bool(row["is_unheeded"]))


def _known_place(row: sqlite3.Row) -> Place:
    return Place(version=row["version"], former=row["former"], repeats=bool(row["repeats"]))


def _correct_rows(catalogue: Catalogue, store: ArticleStore, warc_file: str) -> int:
    """Make the rows of one WARC file what the catalogue says; counts those that are missing."""
    known = catalogue.query(
        "SELECT capture_id, version, former, repeats FROM articles WHERE warc_file = ?", warc_file
    )
    places = {row["capture_id"]: _known_place(row) for row in known}
    stem = file_stem(warc_file)
    store.reopen(stem)
    for article in store.iter_file(stem):
        place = places.pop(article.capture_id, None)
        if place is None:  # the catalogue has not heard of it yet
            continue
        if place.repeats:
            store.append(replace(article, page_type=PageType.EMPTY))  # it takes the row out
        elif (article.version, article.former) != (place.version, place.former):
            store.append(replace(article, version=place.version, former=place.former))
    missing = [capture_id for capture_id, place in places.items() if not place.repeats]
    for capture_id in missing:
        catalogue.recall_article(capture_id)
    return len(missing)
