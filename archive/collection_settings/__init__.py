"""What ``collection.toml`` says: its keys, the reading of it, and the text of a new one.

>>> from pathlib import Path
>>> settings = parse_settings('cadence = "12h"', Path("collection.toml"))
>>> settings.cadence, settings.limits.posts
(datetime.timedelta(seconds=43200), None)
"""

from archive.collection_settings.draft import draft_settings
from archive.collection_settings.reading import parse_settings, read_settings
from archive.collection_settings.schema import (
    KEYS,
    CaptureChoices,
    CollectionSettings,
    Hooks,
    Limits,
    Politeness,
)
from archive.collection_settings.values import parse_address, parse_contact

__all__ = [
    "KEYS",
    "CaptureChoices",
    "CollectionSettings",
    "Hooks",
    "Limits",
    "Politeness",
    "draft_settings",
    "parse_address",
    "parse_contact",
    "parse_settings",
    "read_settings",
]
