from __future__ import annotations

from pathlib import Path

import pytest

from archive.collection import Collection
from tests.archive.wacz.sample_collections import make_collection


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return make_collection(tmp_path)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    directory = tmp_path / "made"
    directory.mkdir()
    return directory / "winter.wacz"
