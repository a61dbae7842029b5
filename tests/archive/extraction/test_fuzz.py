"""Broken and hostile pages: each gives an extraction or an error, in time, and always the same."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from archive.errors import ExtractionError, ExtractionTimeoutError
from archive.extraction import extract
from archive.extraction.reading import Reading
from archive.extraction.tree.parsing import MAX_HTML_BYTES
from archive.extraction.workers import ExtractionJob, ExtractionPool
from benchmarks.mutations import MUTATIONS, mutate
from tests.archive.extraction.own_pages import CASES

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
COUNT = 250
BOMB = 300
URL = "https://blog.example/2020/01/a-post/"


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractionPool]:
    with ExtractionPool(
        2, deadline_s=30, memory_limit_bytes=1 << 30, max_pending=3 * COUNT
    ) as pool:
        yield pool


def submit(pool: ExtractionPool, page: bytes) -> Future[Reading]:
    return pool.submit(ExtractionJob(url=URL, blocks=(HEAD + page,)))


def answer(future: Future[Reading]) -> str:
    """What a page gave, in full; a late answer is none, nor is an error of another kind."""
    error = future.exception()
    if error is None:
        return repr(future.result())
    assert isinstance(error, ExtractionError)
    assert not isinstance(error, ExtractionTimeoutError)
    assert str(error).startswith(URL)
    assert "\n" not in str(error)
    return str(error)


def test_spoiled_pages_give_an_answer_and_in_another_process_the_same(pool: ExtractionPool) -> None:
    pages = [(case / "page.html").read_bytes() for case in CASES]
    spoiled = [mutate(pages[n % len(pages)], n, size=BOMB) for n in range(COUNT)]
    first = [submit(pool, page) for _, page in spoiled]
    again = [submit(pool, page) for _, page in reversed(spoiled)]
    answers = [answer(future) for future in first]
    assert answers == [answer(future) for future in reversed(again)]
    assert sum(text.startswith("Reading(") for text in answers) >= 0.9 * COUNT


@pytest.mark.parametrize("mutation", sorted({m.__name__ for m in MUTATIONS}))
def test_every_way_to_spoil_a_page_is_tried(mutation: str) -> None:
    assert any(mutation in mutate(b"<p>a</p>", n, size=1)[0].split("+") for n in range(COUNT))


@pytest.mark.parametrize("length", [MAX_HTML_BYTES + 1, 50_000_000])
def test_page_that_is_too_long_is_an_error_of_one_line(length: int, pool: ExtractionPool) -> None:
    start = b"<!doctype html><article><h1>T</h1><p>word</p>"
    late = submit(pool, start + b"<p>and more</p>" * (length // 15))
    assert "bytes" in answer(late)
    assert "Reading(" in answer(submit(pool, start))


@pytest.mark.parametrize(
    "value", ['"\\ud800"', "[[[]]]", "-1e999", '{"@id": "#a"}', "null", '{"name": {"name": 1}}']
)
def test_values_of_the_wrong_kind_in_json_ld_do_no_harm(value: str) -> None:
    fields = ("author", "headline", "datePublished", "articleBody", "comment", "image", "keywords")
    data = ",".join(f'"{field}": {value}' for field in fields)
    page = (
        f'<script type="application/ld+json">{{"@type": "BlogPosting", {data}}}</script>'
        "<article><h1>A post</h1><div class='entry-content'><p>The text of it.</p></div></article>"
    )
    found = extract(page.encode(), URL)
    assert found.main_text == "The text of it."
    assert found.published is None
