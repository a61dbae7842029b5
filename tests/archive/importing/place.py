"""A directory with collections, and the command line at work in it."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader
from archive.cli import main
from archive.collection import Collection


class Place:
    """A directory in which the command line is at work."""

    def __init__(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.path = path
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(path)

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the command in this process: its workers then start much faster."""
        given = ["archive", *map(str, arguments)]
        self._monkeypatch.setattr(sys, "argv", given)
        with pytest.raises(SystemExit) as end:
            main()
        output = self._capsys.readouterr()
        return subprocess.CompletedProcess(given, int(end.value.code or 0), *output)

    def take(self, *files: str | Path, into: str = "tide") -> subprocess.CompletedProcess[str]:
        return self.run("import", *files, "--into", into, "--processes", "1")

    def file(self, name: str, data: bytes) -> Path:
        path = self.path / name
        path.write_bytes(data)
        return path

    def collection(self, name: str = "tide") -> Collection:
        return Collection.open(self.path / "collections" / name)

    def catalogue(self, name: str = "tide") -> CatalogueReader:
        return CatalogueReader(self.collection(name).catalogue_path)

    def titles(self, name: str = "tide") -> set[str | None]:
        with self.catalogue(name) as catalogue:
            return {article.title for article in catalogue.iter_articles()}


def contents(collection: Collection) -> dict[str, object]:
    """Give all that is derived from the WARC files, without what differs from run to run."""
    found: dict[str, object] = {"index": collection.index_path.read_bytes()}
    for path in collection.articles_dir.iterdir():
        found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    with sqlite3.connect(collection.catalogue_path) as connection:
        for table in ("crawls", "captures", "failures", "discoveries"):
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()
            found[table] = sorted(map(repr, rows))
        rows = connection.execute("SELECT capture_id, title, text_digest FROM articles").fetchall()
        found["articles"] = sorted(map(repr, rows))
    connection.close()
    return found
