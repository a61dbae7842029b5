"""`archive show --form`: the text of an article as it is archived, in another form."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from archive.articles.store import ArticleStore
from archive.collection import Collection
from tests.archive.forms.tei_dtd import errors_of
from tests.archive.hostile_post import alter_texts, record_blog
from tests.archive.sample_records import BLOG

_COMMAND = [sys.executable, "-c", "from archive.cli import main; main()"]
_TEI = {"t": "http://www.tei-c.org/ns/1.0"}


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return record_blog(tmp_path_factory.mktemp("forms") / "c")


def _show(collection: Collection, path: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [*_COMMAND, "show", str(collection.path), BLOG + path, *options]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_markdown_keeps_the_structure_of_the_page(collection: Collection) -> None:
    shown = _show(collection, "boat/", "--form", "markdown")
    assert shown.stderr == ""
    assert "It was *late*.\n\n## Aboard\n\n- Rope\n- Tar\n\n" in shown.stdout
    assert "\n![A boat](https://blog.example/boat.jpg)The ferry left" in shown.stdout
    assert "Share" not in shown.stdout


def test_tei_is_a_valid_document_that_names_the_bytes(collection: Collection) -> None:
    shown = _show(collection, "boat/", "--form", "tei")
    document = etree.fromstring(shown.stdout.encode())
    assert errors_of(document) == []
    (row,) = (a for a in ArticleStore(collection.articles_dir).iter_articles() if "boat" in a.url)
    kinds = {e.get("type"): e.text for e in document.iterfind(".//t:idno", namespaces=_TEI)}
    assert kinds["capture"] == row.capture_id
    assert kinds["text-digest"] == row.text_digest
    assert shown.stderr == ""


def test_plain_is_the_text_and_nothing_else(collection: Collection) -> None:
    shown = _show(collection, "boat/", "--form", "plain")
    assert shown.stdout.startswith("The ferry left at seven")
    assert "\n\nAboard\n\n- Rope\n- Tar\n\n" in shown.stdout
    assert "captured" not in shown.stdout


def test_split_post_is_whole_in_every_form(collection: Collection) -> None:
    for form in ("plain", "markdown", "tei"):
        shown = _show(collection, "split/", "--form", form).stdout
        assert shown.index("One The ferry") < shown.index("Two The ferry"), form


def test_row_of_another_extractor_is_told_and_shown_as_it_is_now(tmp_path: Path) -> None:
    collection = record_blog(tmp_path / "c")
    alter_texts(collection)
    shown = _show(collection, "boat/", "--form", "markdown")
    assert shown.stderr.count("\n") == 1
    assert f"`archive reextract {collection.address}`" in shown.stderr
    assert shown.stdout.startswith("The ferry left at seven")
