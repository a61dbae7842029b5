"""What ``collection.toml`` says, as settings of Scrapy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import reduce

from archive.collection_settings import CollectionSettings
from scraper import settings as own_settings

PRIORITY = "spider"  # above scraper/settings.py, below -s

NAMES: Mapping[str, str] = {
    "contact": "CONTACT",
    "private_networks": "ALLOW_PRIVATE_NETWORKS",
    "limits.duration": "CLOSESPIDER_TIMEOUT",
    "limits.requests": "CLOSESPIDER_PAGECOUNT",
    "limits.timeout": "DOWNLOAD_TIMEOUT",
    "politeness.delay": "DOWNLOAD_DELAY",
    "politeness.obey_robots_txt": "ROBOTSTXT_OBEY",
    "politeness.obey_noarchive": "OBEY_NOARCHIVE",
    "politeness.crawl_delay_max": "CRAWL_DELAY_MAX_S",
    "politeness.retry_after_max": "RETRY_AFTER_MAX_S",
    "politeness.throttle": "AUTOTHROTTLE_ENABLED",
    "politeness.throttle_max": "AUTOTHROTTLE_MAX_DELAY",
    "politeness.retries": "RETRY_TIMES",
    "capture.redact_credentials": "REDACT_CREDENTIALS",
    "capture.deduplicate": "DEDUPLICATE",
}
"""The setting that a key stands for; the other keys are no settings of Scrapy."""


def scrapy_settings(settings: CollectionSettings) -> dict[str, object]:
    """Give the settings that a ``collection.toml`` names, by their names; durations in seconds.

    A delay is never cut by AutoThrottle, which would make it no longer than its own longest.
    """
    values = {name: _value(settings, key) for key, name in NAMES.items()}
    given = {name: value for name, value in values.items() if value is not None}
    delay, longest = given.get("DOWNLOAD_DELAY"), given.get("AUTOTHROTTLE_MAX_DELAY")
    if isinstance(delay, float):
        given["AUTOTHROTTLE_MAX_DELAY"] = max(
            delay, longest if isinstance(longest, float) else own_settings.AUTOTHROTTLE_MAX_DELAY
        )
    return given


def _value(settings: CollectionSettings, key: str) -> object:
    value: object = reduce(getattr, key.split("."), settings)
    return value.total_seconds() if isinstance(value, timedelta) else value
