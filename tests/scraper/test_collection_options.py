"""A crawl does as its collection.toml says, and -a and -s win over it."""

from __future__ import annotations

from pathlib import Path

import pytest
from scrapy.settings import Settings

from archive.collection import Collection
from archive.collection_settings import KEYS, parse_settings
from scraper.collection_options import NAMES, scrapy_settings
from scraper.setting_checks import check_settings
from tests.blog_server import BlogServer
from tests.scraper.crawl import Crawled, command, run
from tests.scraper.small_blog import small_blog

_QUICK = {"AUTOTHROTTLE_ENABLED": "False", "EXTRACTION_PROCESSES": "1"}


def test_every_key_is_followed_by_the_crawl_or_by_its_schedule() -> None:
    of_the_schedule = {"cadence", "windows", "timezone"} | {k for k in KEYS if "hooks." in k}
    of_the_spider = {"seeds", "since", "until", "comments", "requisites", "limits.posts"}
    assert {*NAMES, *of_the_schedule, *of_the_spider} == set(KEYS)


def test_what_is_left_out_is_left_to_the_settings() -> None:
    assert scrapy_settings(parse_settings("", Path("c"))) == {}


def test_every_proposal_is_a_setting_that_can_be_used() -> None:
    lines = {name: KEYS[name].example for name in NAMES}
    text = "\n".join(f"{name} = {_toml(value)}" for name, value in lines.items())
    given = scrapy_settings(parse_settings(text, Path("c")))
    assert set(given) == set(NAMES.values())
    assert (given["CLOSESPIDER_TIMEOUT"], given["DOWNLOAD_DELAY"]) == (21600, 2)
    settings = Settings()
    settings.setmodule("scraper.settings")
    settings.update(given, "spider")
    check_settings(settings.get)


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool | int) else f'"{value}"'


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ('delay = "5m"', 300),
        ('delay = "2s"', 60),
        ('delay = "5m"\nthrottle_max = "1m"', 300),
        ('throttle_max = "1s"', 1),
    ],
)
def test_a_long_delay_is_not_cut_by_the_throttle(text: str, longest: float) -> None:
    settings = parse_settings(f"[politeness]\n{text}", Path("c"))
    assert scrapy_settings(settings)["AUTOTHROTTLE_MAX_DELAY"] == longest


def _crawl(path: Path, *arguments: str, settings: dict[str, str] | None = None) -> Crawled:
    given = [f"collection={path}", *arguments]
    ended = run(
        command("crawl", "blog", settings=_QUICK | (settings or {}), arguments=given),
        cwd=path.parent,
    )
    assert "Traceback" not in ended.errors, ended.errors[-3000:]
    return Crawled(ended.status, ended.output, ended.errors, ended.seconds, path)


def test_a_collection_alone_is_crawled_as_it_says(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes", "charts", "lamps")) as server:
        toml = f"""
            seeds = ["{server.url()}"]
            private_networks = true
            contact = "mailto:file@example.org"
            limits.posts = 1
            politeness = {{delay = "0s", retries = 0}}
        """
        collection = Collection.create(tmp_path / "winter", toml=toml)
        crawled = _crawl(collection.path)
        agents = {request.header("User-Agent") for request in server.requests}
        assert crawled.status == 0
        assert len(crawled.articles) == 1
        assert all("+mailto:file@example.org" in str(agent) for agent in agents)

        server.requests.clear()
        crawled = _crawl(collection.path, "limit=3", settings={"CONTACT": "mailto:me@example.org"})
        agents = {request.header("User-Agent") for request in server.requests}
        assert len(crawled.articles) == 3
        assert all("+mailto:me@example.org" in str(agent) for agent in agents)
    assert collection.settings_path.read_text(encoding="utf-8") == toml


def test_another_address_into_a_collection_is_crawled_by_the_settings(tmp_path: Path) -> None:
    toml = 'seeds = ["https://blog.example/"]\nprivate_networks = true\nlimits.posts = 1'
    collection = Collection.create(tmp_path / "winter", toml=toml)
    with BlogServer(small_blog("ropes")) as server:
        crawled = _crawl(collection.path, f"url={server.url()}")
        assert server.requests == []
    assert crawled.status == 1
    assert crawled.failures["/"] == "private address"


def test_a_list_of_pages_becomes_a_collection_that_is_never_due(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        given = [f"url={server.url('/ropes/')}", f"collection={tmp_path / 'c'}"]
        settings = {**_QUICK, "ALLOW_PRIVATE_NETWORKS": "1", "DOWNLOAD_DELAY": "0"}
        assert run(command("crawl", "pages", settings=settings, arguments=given)).status == 0
    assert Collection.open(tmp_path / "c").settings.cadence == "off"
