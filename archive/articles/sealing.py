"""Sealing an article file, in a process of its own.

Arrow takes some hundred megabytes and a tenth of a second to load; a crawl, which seals once at
its end, need not carry that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.directories import sync_directory
from archive.errors import CollectionError
from archive.record_json import from_json_line
from archive.records import Article, PageType

_PACKAGE_ROOT = str(Path(__file__).parents[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedArticles:
    """What sealing made.

    `damaged_lines` counts lines that could not be read, such as the last one of a process that was
    killed; their captures are in the WARC file, and `archive rebuild` extracts them again.
    """

    path: Path
    row_count: int
    damaged_lines: int


def seal_apart(source: Path, target: Path) -> SealedArticles:
    """Do as `seal_file` does, in a process that ends when it is done.

    Raises:
        CollectionError: the file could not be written; nothing is half there.
    """
    path = os.pathsep.join(filter(None, (_PACKAGE_ROOT, os.environ.get("PYTHONPATH"))))
    lifeline, ours = os.pipe()  # ends with this process, and the other with it
    with os.fdopen(lifeline), os.fdopen(ours):
        ended = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "archive.articles.sealing", str(source), str(target)],
            stdin=lifeline,
            capture_output=True,
            check=False,
            start_new_session=True,  # Ctrl-C ends the crawl, and the crawl seals what it has
            env={**os.environ, "PYTHONPATH": path},
        )
    if ended.returncode:
        last = ended.stderr.decode(errors="replace").strip().splitlines()[-1:] or [
            "no reason given"
        ]
        raise CollectionError(f"{target} could not be written: {last[0]}")
    counts = json.loads(ended.stdout)
    return SealedArticles(path=target, **counts)


def seal_file(source: Path, target: Path) -> SealedArticles:
    """Write the articles of a file of lines as Parquet, sorted by the place of their capture.

    Memory stays flat: the lines are indexed, and written in row groups. Of two lines for one
    capture the later counts; where that says that the page is no article, there is no row. Without
    any row there is no file.

    Raises:
        OSError: the file cannot be written; nothing is half there.
    """
    from archive.articles.parquet import write_parquet

    places, damaged_lines = index_lines(source)
    if not places:
        target.unlink(missing_ok=True)
        return SealedArticles(path=target, row_count=0, damaged_lines=damaged_lines)
    temporary = target.with_name(target.name + ".open")
    write_parquet(temporary, _raw_lines(source, places.values()))
    _publish(temporary, target)
    return SealedArticles(path=target, row_count=len(places), damaged_lines=damaged_lines)


def index_lines(path: Path) -> tuple[dict[int, int], int]:
    """Map warc_offset to the place of its line, by rising warc_offset; count unreadable lines.

    A line of a page that is no article takes out those before it of the same capture.
    """
    places: dict[int, int] = {}
    damaged_lines = 0
    with path.open("rb") as lines:
        place = 0
        for line in lines:
            if not line.isspace():
                try:
                    article = from_json_line(Article, line)
                    places[article.warc_offset] = place
                    if article.page_type is not PageType.ARTICLE:
                        del places[article.warc_offset]
                except ValueError:
                    damaged_lines += 1
            place += len(line)
    return dict(sorted(places.items())), damaged_lines


def _raw_lines(path: Path, places: Iterable[int]) -> Iterator[bytes]:
    with path.open("rb") as lines:
        for place in places:
            lines.seek(place)
            yield lines.readline()


def read_lines(path: Path, places: Iterable[int]) -> Iterator[Article]:
    """Read the articles whose lines begin at these places."""
    return (from_json_line(Article, line) for line in _raw_lines(path, places))


def _publish(temporary: Path, target: Path) -> None:
    """Give a finished file its name, so that it is whole or not there, whatever happens."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(target)
    sync_directory(target.parent)


def _end_with_parent() -> None:
    """Wait for whoever asked to die: another may then be at work on the same files."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def main() -> None:
    """Seal the file that the command line names, and print what was made as JSON."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        sealed = seal_file(Path(sys.argv[1]), Path(sys.argv[2]))
    except OSError as error:
        sys.exit(str(error))
    counts = {"row_count": sealed.row_count, "damaged_lines": sealed.damaged_lines}
    sys.stdout.write(json.dumps(counts))


if __name__ == "__main__":
    main()
