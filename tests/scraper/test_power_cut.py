"""What a crawl has reported outlasts a power cut."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.blog_server import BlogServer
from tests.scraper.crawl import QUICK, command, crawl_blog, run
from tests.scraper.small_blog import small_blog

_SLUGS = ("ropes", "charts", "lamps", "tides", "ferries", "anchors")
_PIPELINES = {"scraper.pipelines.ExtractionPipeline": 100, "tests.scraper.power_cut.PowerCut": 200}


def test_the_bytes_of_every_item_are_on_the_disk_when_it_is_given_out(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with BlogServer(small_blog(*_SLUGS)) as server:
        ended = run(
            command(
                "crawl", "blog",
                settings={**QUICK, "ITEM_PIPELINES": json.dumps(_PIPELINES)},
                arguments=[f"url={server.url()}", f"collection={tmp_path / 'c'}"],
            ),
            env={"POWER_CUT_LOG": os.fspath(log)},
        )  # fmt: skip
        expected = {f"{server.url()}{slug}/ True" for slug in _SLUGS}
    assert ended.status == 0, ended.errors[-3000:]
    assert set(log.read_text(encoding="utf-8").splitlines()) == expected


def test_what_the_disk_refuses_is_not_reported_as_archived(tmp_path: Path) -> None:
    path = tmp_path / "c"
    pipelines = {**_PIPELINES, "tests.scraper.failing_disk.FailingDisk": 300}
    pipelines.pop("tests.scraper.power_cut.PowerCut")
    with BlogServer(small_blog(*_SLUGS)) as server:
        ended = run(
            command(
                "crawl", "blog",
                settings={**QUICK, "ITEM_PIPELINES": json.dumps(pipelines)},
                arguments=[f"url={server.url()}", f"collection={path}"],
            )
        )  # fmt: skip
        again = crawl_blog(server, path)
    assert ended.status == 1
    assert "Traceback" not in ended.errors
    said = ended.messages("ERROR")
    assert f"cannot write to {path}" in said[0]
    assert "Input/output error" in said[0]
    assert "'item_scraped_count'" not in ended.errors
    assert again.status == 0  # the disk is well again, and the file that was left open is whole
    assert set(again.articles) == {f"/{slug}/" for slug in _SLUGS}
