"""Ways to lose a WARC file of the sample archive, or the end of one."""

from __future__ import annotations

import os

from archive.collection import Collection
from archive.rebuild import rebuild
from archive.warc.reader import iter_records
from tests.archive.verification.sample_archive import find_record, warc_files


def second_file_gone(collection: Collection) -> None:
    warc_files(collection)[1].unlink()


def second_file_links_nowhere(collection: Collection) -> None:
    path = warc_files(collection)[1]
    path.unlink()
    path.symlink_to("/nowhere/at-all.warc.gz")


def second_file_is_directory(collection: Collection) -> None:
    path = warc_files(collection)[1]
    path.unlink()
    path.mkdir()


def logs_cut_off(collection: Collection) -> None:
    """Cut the last file where the first log of its end begins: between two records."""
    path = warc_files(collection)[1]
    logs = [record for record in iter_records(path) if record.target_uri.startswith("urn:")]
    os.truncate(path, logs[1].offset)


def last_log_cut_off(collection: Collection) -> None:
    path = warc_files(collection)[1]
    *_, last = iter_records(path)
    os.truncate(path, last.offset)


def cut_before_metadata(collection: Collection) -> None:
    path = warc_files(collection)[1]
    os.truncate(path, find_record(path, "metadata", "buoy/").offset)


def cut_and_killed(collection: Collection) -> None:
    """Cut a file as a kill leaves it, then let the catalogue be made anew: it knows of no end."""
    cut_before_metadata(collection)
    rebuild(collection, processes=1)
