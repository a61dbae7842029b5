"""What others are told of a crawl that has ended: the same as the schedule says of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.records import Failure
from archive.schedule.notice import make_notice
from tests.archive.schedule.kept_collections import DOWN, EMPTY, NOW, SEED, make_kept

_HOUR = timedelta(hours=1)


def _notice(collection: Collection) -> dict[str, Any]:
    return make_notice(collection, began=NOW - 2 * _HOUR, now=NOW)


@pytest.mark.parametrize(
    ("reason", "event", "message"),
    [
        ("finished", "finish", ""),
        ("limit", "finish", ""),
        ("shutdown", "stop", "shutdown; the next run takes it up"),
        ("closespider_timeout", "stop", "closespider_timeout; the next run takes it up"),
        ("cannot_write", "failure", "cannot_write"),
        (DOWN, "failure", f"{SEED}: connection refused: nobody there"),
        (EMPTY, "failure", f"archived nothing: {SEED}: connection refused: nobody there"),
        (None, "failure", "killed"),
    ],
)
def test_an_event_says_how_the_crawl_ended_and_a_failure_says_why(
    tmp_path: Path, reason: str | None, event: str, message: str
) -> None:
    collection = make_kept(tmp_path / "c", [(_HOUR, reason)])
    with Catalogue(collection.catalogue_path) as catalogue:
        (crawl,) = catalogue.crawls()
        catalogue.add_failure(
            Failure(
                url=SEED, stage="fetch", error="connection refused", message="nobody there",
                date=NOW, crawl_id=crawl.crawl_id,
            )
        )  # fmt: skip
    told = _notice(collection)
    assert (told["event"], told["message"]) == (event, message)
    assert told["crawl_id"] == crawl.crawl_id


def test_an_earlier_crawl_is_not_told_again(tmp_path: Path) -> None:
    told = _notice(make_kept(tmp_path / "c", [(3 * _HOUR, "finished")]))
    assert told["event"] == "failure"
    assert told["crawl_id"] is None
