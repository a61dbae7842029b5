"""Collections below a root, whose blogs are on this machine, and `scrapy crawl_due` over them."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.collection import Collection
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import PROJECT, QUICK, Ended, command, environment, run


@dataclass(frozen=True, slots=True)
class DueRun(Ended):
    """A run of `crawl_due` with its document."""

    @property
    def document(self) -> dict[str, Any]:
        """What it printed."""
        document: dict[str, Any] = json.loads(self.output)
        assert document["due"] == sum(document[name] for name in OUTCOMES)
        return document

    @property
    def planned(self) -> list[dict[str, Any]]:
        """What a dry run printed of each collection."""
        rows: list[dict[str, Any]] = json.loads(self.output)["collections"]
        return rows

    @property
    def outcomes(self) -> dict[str, str]:
        """What became of each collection that was due, by its name."""
        return {
            Path(row["collection"]).name: row["outcome"] for row in self.document["collections"]
        }

    @property
    def hook_problems(self) -> dict[str, list[str]]:
        """Which hooks did not work, by the name of the collection."""
        rows = self.document["collections"]
        return {Path(row["collection"]).name: row["hook_problems"] for row in rows}

    def why(self, name: str) -> str:
        """What is said of one collection."""
        rows = self.document["collections"]
        (said,) = (row["why"] for row in rows if Path(row["collection"]).name == name)
        return str(said)


OUTCOMES = ("finished", "stopped", "failed", "skipped", "not_begun")


def add_collection(root: Path, name: str, seed: str, settings: str = "") -> Collection:
    """Write a collection.toml, and nothing else."""
    return Collection.create(root / name, toml=f'seeds = ["{seed}"]\n{settings}')


def crawl_due(
    root: Path,
    *words: str,
    settings: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
) -> DueRun:
    """Run `scrapy crawl_due --json` over a root to its end."""
    line = due_command(root, *words, settings=settings)
    ended = run(line, env=env)
    assert "Traceback" not in ended.errors, ended.errors[-3000:]
    return DueRun(ended.status, ended.output, ended.errors, ended.seconds)


def due_command(root: Path, *words: str, settings: Mapping[str, str] | None = None) -> list[str]:
    """Spell the command."""
    given = {**QUICK, **(settings or {})}
    return command("crawl_due", "--root", str(root), "--json", *words, settings=given)


def start_due(root: Path, *words: str) -> subprocess.Popen[str]:
    """Start `crawl_due` in a process group of its own."""
    return subprocess.Popen(
        due_command(root, *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env=environment(),
        start_new_session=True,
    )


def has_logged(collection: Collection, words: str) -> bool:
    """Tell whether a crawl that a schedule began has said something in its log."""
    return any(words in log.read_text() for log in collection.logs_dir.glob("*"))


def stop_due(process: subprocess.Popen[str], number: signal.Signals) -> DueRun:
    """Send it a signal, and wait for its end."""
    process.send_signal(number)
    return end_due(process)


def end_due(process: subprocess.Popen[str]) -> DueRun:
    """Wait for its end."""
    began = time.monotonic()
    output, errors = process.communicate(timeout=TIME_LIMIT_S)
    assert "Traceback" not in errors, errors[-3000:]
    return DueRun(process.returncode, output, errors, time.monotonic() - began)
