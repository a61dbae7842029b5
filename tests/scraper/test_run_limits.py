"""How long a scheduled crawl may take: by its collection, by the usual limit, by its hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.collection_settings import parse_settings
from scraper.schedule.crawl_process import RunLimits, settle_limits

_USUAL = RunLimits(duration=timedelta(hours=6), grace=timedelta(minutes=30))
_NOW = datetime(2026, 1, 14, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("toml", "duration"),
    [
        ("", timedelta(hours=6)),
        ("[limits]\nduration = '20m'", timedelta(minutes=20)),
        ("[limits]\nduration = '2d'", timedelta(days=2)),
        ("windows = ['22:00-02:00']", timedelta(hours=2, minutes=30)),
        ("windows = ['20:00-21:00']\ntimezone = 'America/Sao_Paulo'", timedelta(minutes=30)),
        ("windows = ['23:00-24:00']\n[limits]\nduration = '20m'", timedelta(minutes=20)),
        ("windows = ['23:00-24:00']\n[limits]\nduration = '2d'", timedelta(minutes=30)),
    ],
    ids=["usual", "short", "long", "window", "other window", "both, short", "both, long"],
)
def test_a_crawl_ends_with_its_limit_or_its_hours(toml: str, duration: timedelta) -> None:
    settings = parse_settings(toml, Path("collection.toml"))
    expected = RunLimits(duration=duration, grace=_USUAL.grace)
    assert settle_limits(settings, _USUAL, _NOW, _NOW + timedelta(days=9)) == expected


@pytest.mark.parametrize("toml", ["", "[limits]\nduration = '2d'", "windows = ['23:00-24:00']"])
def test_no_crawl_outlasts_its_run(toml: str) -> None:
    settings = parse_settings(toml, Path("collection.toml"))
    limits = settle_limits(settings, _USUAL, _NOW, _NOW + timedelta(minutes=10))
    assert limits.duration == timedelta(minutes=10)
