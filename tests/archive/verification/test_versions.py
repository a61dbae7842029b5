"""The versions of an article are verified by its rows."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from archive.articles.store import ArticleStore, file_stem
from archive.collection import Collection
from archive.records import Article
from tests.archive.sample_records import BLOG
from tests.archive.verification.sample_archive import findings, kinds
from tests.archive.versioned_blog import crawl, post, rows_of


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection of three versions of one post, and a capture that only repeats the second."""
    collection = Collection.create(tmp_path_factory.mktemp("versions") / "c", seeds=[BLOG])
    crawl(collection, "one", ferry=post("Ferry"), gull=post("Gull"))
    crawl(collection, "two", ferry=post("Ferry", words="At dawn"))
    crawl(collection, "three", ferry=post("Ferry", words="At dawn", design="<i>x</i>"))
    crawl(collection, "four", ferry=post("Ferry", words="At dusk"), gull=post("Gull"))
    return collection


@pytest.fixture
def restored(sound: Collection) -> Any:
    """The same collection, as it was, after each test."""
    paths = [*sound.articles_dir.iterdir(), sound.catalogue_path]
    before = {path: path.read_bytes() for path in paths}
    yield sound
    for path, content in before.items():
        path.write_bytes(content)


def _change(collection: Collection, row: Article, **values: Any) -> None:
    """Change what the article file and the catalogue say of a row."""
    store = ArticleStore(collection.articles_dir)
    stem = file_stem(row.warc_file)
    store.reopen(stem)
    store.append(replace(row, **values))
    store.seal(stem)
    with sqlite3.connect(collection.catalogue_path) as catalogue:
        for name, value in values.items():
            statement = f"UPDATE articles SET {name} = ? WHERE capture_id = ?"
            catalogue.execute(statement, (value, row.capture_id))
    catalogue.close()


def test_several_versions_are_sound(sound: Collection) -> None:
    assert [row.version for row in rows_of(sound)] == [1, 2, 3]
    assert findings(sound.path) == []


@pytest.mark.parametrize(
    "wrong",
    [pytest.param({"version": 7}, id="number"), pytest.param({"former": "urn:x"}, id="former")],
)
def test_a_wrong_number_or_former_row_is_told(restored: Collection, wrong: dict[str, Any]) -> None:
    row = rows_of(restored)[1]
    _change(restored, row, **wrong)
    (finding,) = findings(restored.path)
    assert finding.kind == "article-version"
    assert f"but should be version 2 after {row.former}" in finding.message


def test_a_row_that_repeats_another_is_told(restored: Collection) -> None:
    first, second, _ = rows_of(restored)
    _change(restored, second, title=first.title, text_digest=first.text_digest)
    found = kinds(findings(restored.path))
    assert found["article-version"] == 2  # the row itself, and the number of the one behind it


def test_a_version_without_a_row_is_told(restored: Collection) -> None:
    with sqlite3.connect(restored.catalogue_path) as catalogue:
        catalogue.execute("UPDATE articles SET repeats = 0")
    catalogue.close()
    assert kinds(findings(restored.path)) == {"article-missing": 1}


def test_a_row_beside_the_word_of_the_catalogue_is_told(restored: Collection) -> None:
    row = rows_of(restored, f"{BLOG}gull/")[0]
    with sqlite3.connect(restored.catalogue_path) as catalogue:
        catalogue.execute("UPDATE articles SET repeats = 1 WHERE capture_id = ?", (row.capture_id,))
    catalogue.close()
    assert kinds(findings(restored.path)) == {"catalogue-article-missing": 1}
