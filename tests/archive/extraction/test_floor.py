"""How good extraction is on the whole must not fall: on the own pages, and on a benchmark.

A floor is pinned with the digest of the pages on which it was measured. Who changes pages measures
again and pins what the failing test prints; who changes extraction may only raise it.

The benchmark is no part of this repository. Its folder is named by the environment variable
EXTRACTION_BENCHMARK (`make benchmark-floor BENCHMARK=FOLDER`), and holds ``truth.jsonl.gz``, one
JSON object a line (id, url, page_type and any of text, title, author, published), and
``pages/ID.html.gz``.
"""

from __future__ import annotations

import gzip
import json
import os
from concurrent.futures import Future
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archive.errors import ExtractionError
from archive.extraction.reading import Reading
from archive.extraction.workers import ExtractionJob, ExtractionPool
from archive.records import Extraction, PageType
from tests.archive.extraction.own_pages import CASES, SHORT_OF_IT, read_expected, read_found
from tests.archive.extraction.scores import page_type_f1, score_pages

OWN_DIGEST = "6cb6750fe93a999f"
OWN_FLOOR = {
    "word F1": 0.986, "shingle F1": 0.988, "title": 0.987, "authors": 0.972, "published": 0.972,
    "invented": 0.0, "page type": 0.976,
}  # fmt: skip

BENCHMARK = os.environ.get("EXTRACTION_BENCHMARK")
BENCHMARK_DIGEST = "8770668351821171"
BENCHMARK_FLOOR = {
    "word F1": 0.960, "shingle F1": 0.955, "title": 0.855, "authors": 0.785, "published": 0.86,
    "invented": 0.27, "article": 0.945,
}  # fmt: skip
NAMES = {"title": "title", "author": "authors"}
_INVENTED = "invented"  # the less, the better


def test_there_are_a_few_dozen_pages() -> None:
    assert len(CASES) >= 48
    assert set(SHORT_OF_IT) <= {case.name for case in CASES}


@pytest.mark.parametrize("name", sorted(SHORT_OF_IT))
def test_page_that_only_counts_in_the_floor_is_not_right_yet(name: str) -> None:
    case = next(case for case in CASES if case.name == name)
    expected, found = read_expected(case), read_found(case)
    right = [field for field in SHORT_OF_IT[name] if found[field] == expected[field]]
    assert right == [], "take them off the list"


def test_own_pages_do_not_fall_below_their_floor() -> None:
    scores = score_pages((read_expected(case), read_found(case)) for case in CASES)
    pages = [path.read_bytes() for case in CASES for path in sorted(case.iterdir())]
    assert digest(*pages) == OWN_DIGEST, f"pages have changed; pin {digest(*pages)}: {scores}"
    assert falls(scores, OWN_FLOOR) == {}


if BENCHMARK is not None:  # `make benchmark-floor` names the folder

    def test_benchmark_does_not_fall_below_its_floor() -> None:
        folder = Path(str(BENCHMARK))
        truth = (folder / "truth.jsonl.gz").read_bytes()
        rows = [json.loads(line) for line in gzip.decompress(truth).splitlines()]
        found = extract_all(folder, rows)
        articles = [(true_of(r), f) for r, f in zip(rows, found, strict=True) if is_article(r)]
        scores = score_pages(articles)
        types = [(r["page_type"], f["page_type"]) for r, f in zip(rows, found, strict=True)]
        scores["article"] = page_type_f1(types, "article")
        print(scores)
        assert digest(truth) == BENCHMARK_DIGEST, f"another benchmark: {digest(truth)}: {scores}"
        assert falls(scores, BENCHMARK_FLOOR) == {}


def falls(scores: dict[str, float], floor: dict[str, float]) -> dict[str, str]:
    """Name the figures that are worse than the floor."""
    return {
        name: f"{scores[name]:.4f}, pinned {least}"
        for name, least in floor.items()
        if (scores[name] > least if name == _INVENTED else scores[name] < least)
    }


def digest(*parts: bytes) -> str:
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()[:16]


def is_article(row: dict[str, Any]) -> bool:
    return bool(row["page_type"] == "article")


def true_of(row: dict[str, Any]) -> dict[str, Any]:
    """Give a row of the truth the names of our fields; what it leaves empty is not stated."""
    true = {ours: row[theirs] for theirs, ours in NAMES.items() if row.get(theirs)}
    for theirs, ours in (("text", "main_text"), ("published", "published")):
        if theirs in row and (row[theirs] is not None or theirs == "published"):
            true[ours] = row[theirs]
    return true


def extract_all(folder: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with ExtractionPool(
        os.cpu_count() or 1, deadline_s=60, memory_limit_bytes=2 << 30, max_pending=len(rows)
    ) as pool:
        waiting = [
            pool.submit(job(folder / "pages" / f"{r['id']}.html.gz", r["url"])) for r in rows
        ]
        return [found_in(future) for future in waiting]


def job(path: Path, url: str) -> ExtractionJob:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    return ExtractionJob(url=url, blocks=(head + gzip.decompress(path.read_bytes()),))


def found_in(future: Future[Reading]) -> dict[str, Any]:
    """Give what was found; a page that cannot be extracted says nothing."""
    try:
        found = future.result().extraction
    except ExtractionError:
        found = Extraction(page_type=PageType.EMPTY)
    day = found.published and found.published.isoformat()
    return {name: getattr(found, name) for name in Extraction.__slots__} | {"published": day}
