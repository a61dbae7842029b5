"""A package lists each version of an article at its date."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from archive.collection import Collection
from archive.verification.verifying import verified
from archive.wacz.packaging import package
from tests.archive.sample_records import BLOG
from tests.archive.versioned_blog import FERRY, crawl, post, rows_of


def _lines(wacz: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(wacz) as packed:
        _, *lines = packed.read(f"pages/{name}").decode().splitlines()
    return [json.loads(line) for line in lines]


def test_each_version_is_listed_at_its_date_and_what_repeats_it_is_not(
    tmp_path: Path, target: Path
) -> None:
    collection = Collection.create(tmp_path / "versions", seeds=[BLOG])
    crawl(collection, "one", ferry=post("Ferry"))
    crawl(collection, "two", ferry=post("Ferry", words="Then"))
    crawl(collection, "three", ferry=post("Ferry", words="Then", comments=("Ada: Oh.",)))
    crawl(collection, "four", ferry=post("Ferry", words="Then", design="<i>x</i>"))
    crawl(collection, "five", ferry=post("Ferry"))
    rows = rows_of(collection)
    assert [row.version for row in rows] == [1, 2, 2, 3]

    package(collection, target)

    listed = _lines(target, "pages.jsonl")
    assert [line["ts"][:10] for line in listed] == ["2026-01-02", "2026-01-04", "2026-01-06"]
    assert [line["text"] for line in listed] == [rows[n].main_text for n in (0, 2, 3)]
    assert {line["url"] for line in listed} == {FERRY}
    assert _lines(target, "otherPages.jsonl") == []
    with verified([str(target)], processes=1) as verification:
        assert list(verification.findings()) == []
