"""What a killed crawl has written is not lost, and the next crawl puts it in order."""

from __future__ import annotations

import gzip
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.rebuild import rebuild
from archive.warc.captures import iter_stored_captures
from tests.blog_server import BlogServer, ReceivedRequest, Route, Wait
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import (
    QUICK,
    Crawled,
    command,
    crawl_blog,
    environment,
)
from tests.scraper.killed_crawls import faults_of
from tests.scraper.small_blog import post, small_blog

_SLUGS = ("ropes", "charts", "lamps", "tides", "ferries", "anchors")


def _killed_crawl(server: BlogServer, path: Path, *, article_count: int) -> list[str]:
    """Kill a crawl once it has filed so many articles; gives the lines of these."""
    arguments = [f"url={server.url()}", f"collection={path}"]
    line = command("crawl", "blog", settings=QUICK, arguments=arguments)
    crawl = subprocess.Popen(line, stderr=subprocess.DEVNULL, env=environment())
    try:
        give_up = time.monotonic() + TIME_LIMIT_S
        while time.monotonic() < give_up:
            files = path.glob("articles/*.jsonl")
            lines = [line for file in files for line in file.read_text().splitlines()]
            if len(lines) >= article_count:
                return lines
            time.sleep(0.02)
        raise AssertionError("the crawl has filed too few articles")
    finally:
        crawl.kill()
        crawl.wait(TIME_LIMIT_S)


def _hanging_at(slug: str, released: threading.Event) -> dict[str, Route]:
    def hang_once(request: ReceivedRequest) -> Route:
        return post(slug) if released.is_set() else [Wait(TIME_LIMIT_S)]

    routes: dict[str, Route] = small_blog(*_SLUGS)
    routes[f"/{slug}/"] = hang_once  # type: ignore[assignment]  # a route of either kind
    return routes


def test_what_was_filed_before_a_kill_is_there_after_the_next_crawl(tmp_path: Path) -> None:
    path, released = tmp_path / "c", threading.Event()
    with BlogServer(_hanging_at(_SLUGS[-1], released)) as server:
        lines = _killed_crawl(server, path, article_count=4)
        released.set()
        (left_open,) = (path / "archive").glob("*.open")
        with left_open.open("ab") as torn:  # the half record of a kill in the middle of a write
            torn.write(gzip.compress(os.urandom(5000))[:3000])
        crawled = crawl_blog(server, path)
    assert crawled.status == 0
    warnings = crawled.messages("WARNING")
    assert any(
        str(left_open) in line and "3,000 bytes of a torn record cut off" in line
        for line in warnings
    )
    assert not list(path.glob("*/*.open"))
    assert not list(path.glob("articles/*.jsonl"))
    assert crawled.warc_bytes()
    assert len(list((path / "articles").glob("*.parquet"))) == 2
    store = Collection.open(path)
    with CatalogueReader(store.catalogue_path) as catalogue:
        crawl_ids = [crawl.crawl_id for crawl in catalogue.crawls()]
        assert len(crawl_ids) == 2
        first = list(catalogue.iter_articles(crawl_id=crawl_ids[0]))
        assert len(first) >= len(lines)
        captured = {row["record_id"] for row in catalogue.query("SELECT record_id FROM captures")}
    indexed = store.index_path.read_text()
    for file in store.warc_dir.iterdir():
        for stored in iter_stored_captures(file):
            assert stored.capture.record_id in captured
            assert f'"offset": "{stored.capture.offset}"' in indexed
    assert set(crawled.articles) == {f"/{slug}/" for slug in _SLUGS}


def test_a_post_of_which_a_part_had_come_is_left_to_the_next_crawl(tmp_path: Path) -> None:
    path, reached = tmp_path / "c", threading.Event()
    links = '<p class="page-links"><a href="/ropes/2/">2</a></p>'

    def hang_once(request: ReceivedRequest) -> Route:
        if reached.is_set():
            return post("ropes", text="<p>The second half of what there is to say of ropes.</p>")
        reached.set()
        return [Wait(TIME_LIMIT_S)]

    routes: dict[str, Route] = small_blog("ropes")
    routes["/ropes/"] = post("ropes", text=f"<p>The first half of what is said.</p>{links}")
    routes["/ropes/2/"] = hang_once  # type: ignore[assignment]  # a route of either kind
    with BlogServer(routes) as server:
        line = command(
            "crawl", "blog",
            settings=QUICK,
            arguments=[f"url={server.url()}", f"collection={path}"],
        )  # fmt: skip
        killed = subprocess.Popen(line, stderr=subprocess.DEVNULL, env=environment())
        assert reached.wait(TIME_LIMIT_S)
        killed.kill()
        killed.wait(TIME_LIMIT_S)
        again = crawl_blog(server, path)
        url = server.url("/ropes/")
    assert any("1 post is split over several pages" in said for said in again.messages("WARNING"))
    with CatalogueReader(path / "catalogue.sqlite") as catalogue:
        first, _ = catalogue.crawls()
        assert catalogue.find_outcome(url, crawl_id=first.crawl_id) == "skipped:incomplete"
        assert [row.url for row in catalogue.iter_articles(crawl_id=first.crawl_id)] == []
    assert "second half" in again.articles["/ropes/"].main_text
    assert faults_of(path) == []


def test_a_killed_crawl_can_be_rebuilt_at_once(tmp_path: Path) -> None:
    path = tmp_path / "c"
    with BlogServer(_hanging_at(_SLUGS[-1], threading.Event())) as server:
        _killed_crawl(server, path, article_count=4)
    collection = Collection.open(path)
    with collection.lock():
        rebuilt = rebuild(collection, processes=1)
    assert rebuilt.article_count >= 4


def test_a_collection_in_order_is_not_mentioned(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        crawl_blog(server, tmp_path / "c")
        again = crawl_blog(server, tmp_path / "c")
    assert again.messages("WARNING") == []


@pytest.mark.parametrize("size_bytes", [200_000, 100_000, 3_000])
def test_a_full_disk_ends_the_crawl_with_whole_files(tmp_path: Path, size_bytes: int) -> None:
    path = tmp_path / "c"
    noise = "".join(f"<p>{os.urandom(2000).hex()}</p>" for _ in range(10))
    routes = small_blog(*_SLUGS)
    routes |= {f"/{slug}/": post(slug, text=noise) for slug in _SLUGS}
    with BlogServer(routes) as server:
        # The size of any one file is limited, which looks to the crawl as a full disk does.
        arguments = [f"url={server.url()}", f"collection={path}"]
        line = command("crawl", "blog", settings=QUICK, arguments=arguments)
        ended = subprocess.run(
            ["prlimit", f"--fsize={size_bytes}", *line],
            check=False, capture_output=True, timeout=TIME_LIMIT_S, env=environment(),
        )  # fmt: skip
        crawled = Crawled(ended.returncode, "", ended.stderr.decode(), 0.0, path)
        assert crawled.status == 1
        assert "Traceback" not in crawled.errors, crawled.errors[-3000:]
        said = crawled.messages("ERROR")
        assert 1 <= len(said) <= 3
        assert str(path) in said[0]
        assert "File too large" in said[0] or "disk" in said[0]
        for file in (path / "archive").iterdir():
            assert file.suffix == ".open" or gzip.decompress(file.read_bytes())
        again = crawl_blog(server, path)  # now there is room
    assert again.status == 0
    assert set(again.articles) == {f"/{slug}/" for slug in _SLUGS}
    assert again.warc_bytes()
    assert faults_of(path) == []
