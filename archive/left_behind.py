"""What a crawl, an import or a rebuild that was killed has left in a collection."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from archive.articles.store import ArticleStore
from archive.catalogue import Catalogue, CatalogueReader
from archive.collection import Collection
from archive.errors import WarcError
from archive.records import Crawl
from archive.taking_in import WORK_PREFIX
from archive.warc.captures import iter_stored_captures, read_logs
from archive.warc.fields import LOG_URN
from archive.warc.file import OPEN_SUFFIX, sealed_path
from archive.warc.gzip_members import Loss
from archive.warc.reader import iter_whole_records
from archive.warc.recovery import DAMAGED_SUFFIX, MENDED_SUFFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """What was found that is not as a writer leaves it that has ended."""

    half_made: list[Path]  # derived files and working directories, to be made anew
    left_open: list[Path]  # WARC files
    unlisted: list[Path]  # WARC files that the catalogue does not know
    bare: list[Path]  # WARC files that hold nothing but logs
    lost: list[str]  # names of WARC files that are put aside, and still in the catalogue
    crawls: list[Crawl]  # that neither ended nor were settled
    has_lines: bool  # index lines or articles that are not in their files yet

    def __bool__(self) -> bool:
        return bool(self.half_made or self.is_unfinished)

    @property
    def is_unfinished(self) -> bool:
        """Whether WARC files, or what is made from them, have to be put in order."""
        return bool(self.left_open or self.unlisted or self.lost or self.crawls or self.has_lines)


def find_leftovers(collection: Collection) -> Leftovers:
    """Look through the directories of a collection, and ask its catalogue.

    Raises:
        ArchiveError: the catalogue cannot be used.
        OSError: the disk is full, or refuses.
    """
    left_open = sorted(collection.warc_dir.glob(f"*.warc.gz{OPEN_SUFFIX}"))
    sealed = sorted(collection.warc_dir.glob("*.warc.gz"))
    tail = collection.index_path.with_name(f"{collection.index_path.name}{OPEN_SUFFIX}")
    crawls: list[Crawl] = []
    lost: list[str] = []
    unlisted = sealed
    if collection.catalogue_path.exists():
        # Opened for writing: a process that was killed at its start leaves it without tables.
        with Catalogue(collection.catalogue_path) as catalogue:
            crawls = catalogue.unfinished_crawls()
            lost = [name for name in name_put_aside(collection) if catalogue.has_captures_in(name)]
            unlisted = [path for path in sealed if not catalogue.has_captures_in(path.name)]
    bare = [path for path in unlisted if not _holds_captures(path)]
    return Leftovers(
        half_made=[
            *collection.path.glob(f"{WORK_PREFIX}*"),
            *collection.warc_dir.glob(f"*{MENDED_SUFFIX}"),
            *collection.index_path.parent.glob("*.new"),
            *collection.articles_dir.glob("*.new"),
            *collection.articles_dir.glob(f"*{OPEN_SUFFIX}"),
            *collection.reports_dir.glob("*.new"),
        ],
        left_open=left_open,
        unlisted=[path for path in unlisted if path not in bare],
        bare=bare,
        lost=lost,
        crawls=crawls,
        has_lines=tail.exists() or bool(ArticleStore(collection.articles_dir).open_stems()),
    )


def list_files_to_take(collection: Collection, found: Leftovers) -> list[Path]:
    """List the WARC files that are open, unlisted, or of a crawl that did not end."""
    paths = {*found.left_open, *found.unlisted}
    if found.crawls:
        with CatalogueReader(collection.catalogue_path) as catalogue:
            for crawl in found.crawls:
                names = catalogue.warc_files_of(crawl.crawl_id)
                paths.update(collection.warc_dir / name for name in names)
        # A file may hold nothing but the logs of a crawl, sealed by a recovery that was killed.
        broken_off = {crawl.crawl_id for crawl in found.crawls}
        paths.update(path for path in found.bare if _holds_logs(path, broken_off))
    present = (path for path in paths if path.exists())  # one that was open has its name without
    return sorted(present, key=sealed_path)


def name_put_aside(collection: Collection) -> list[str]:
    """Name the WARC files of which nothing but a damaged file that nobody reads is left."""
    aside = sorted(collection.warc_dir.glob(f"*.warc.gz{DAMAGED_SUFFIX}"))
    sealed = (path.with_name(path.name.removesuffix(DAMAGED_SUFFIX)) for path in aside)
    return [
        path.name
        for path in sealed
        if not path.exists() and not path.with_name(path.name + OPEN_SUFFIX).exists()
    ]


def _holds_captures(path: Path) -> bool:
    """Tell whether any capture can be read: a file of logs alone is not missing anywhere."""
    losses: list[Loss] = []
    try:
        if _begins_with_logs(path):
            return False
        return any(True for _ in iter_stored_captures(path, losses=losses))
    except WarcError:
        return False


def _begins_with_logs(path: Path) -> bool:
    """Tell whether no capture can follow: a crawl logs its begin, captures, and logs the rest."""
    records = (each for each in iter_whole_records(path, []) if each.record_type != "warcinfo")
    return all(each.target_uri.startswith(LOG_URN) for each in islice(records, 2))


def _holds_logs(path: Path, crawl_ids: set[str]) -> bool:
    """Tell whether a file holds a log of one of these crawls."""
    losses: list[Loss] = []
    try:
        return any(log.crawl_id in crawl_ids for log in read_logs(path, losses=losses))
    except WarcError:
        return False
