"""`archive new`: collections for blogs, of their address or of a file of feeds."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from archive.collection import Collection
from tests.blog_server import BlogServer, html, redirect, respond
from tests.scraper.crawl import PROJECT, command, run
from tests.scraper.small_blog import small_blog

_COMMAND = [sys.executable, "-c", "from archive.cli import main; main()", "new"]
_QUICK = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "RETRY_TIMES=0")
_FEED = """<rss version="2.0"><channel><title>Slipway</title><link>/</link>
<item><title>Ropes</title><link>/ropes/</link><pubDate>Mon, 04 Mar 2024 10:00:00 GMT</pubDate>
</item></channel></rss>"""
_LINK = '<link rel="alternate" type="application/rss+xml" href="/feed/">'
_HOME = f"<!doctype html><title>Slip\x1bway\n\n[limits]</title>{_LINK}<p>Welcome".encode()


def _new(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [*_COMMAND, *_QUICK, *words],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )
    assert "Traceback" not in result.stderr
    return result


def _looking(url: str) -> str:
    return f"archive: looking at {url} …\n"


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads((path / "collection.toml").read_text(encoding="utf-8"))


def _blog() -> dict[str, Any]:
    feed = respond(_FEED.encode(), content_type="application/rss+xml")
    return {**small_blog("ropes"), "/": respond(_HOME), "/feed/": feed}


def test_a_blog_is_looked_at_and_can_then_be_crawled(tmp_path: Path) -> None:
    (tmp_path / "scraper").mkdir()  # what happens to lie in the directory is not imported
    (tmp_path / "scraper" / "__init__.py").write_text("raise SystemExit('not this one')")
    with BlogServer(_blog()) as server:
        words = ("--allow-private-networks", "--contact", "me@example.org", "-o", "winter")
        result = _new(tmp_path, server.url().removesuffix("/"), *words)
        assert "/ropes/" not in [request.path for request in server.requests]
        agents = {request.header("User-Agent") for request in server.requests}
        assert (result.returncode, result.stderr) == (0, _looking(server.url()))
        assert result.stdout.splitlines() == [
            "collections/winter: Slip\ufffdway [limits], at least 1 posts, "
            "one post with a date, the last on 2024-03-04",
            "next: scrapy crawl blog -a collection=winter",
        ]
        path = tmp_path / "collections" / "winter"
        said = {key: value for key, value in _toml(path).items() if value}
        assert said == {
            "seeds": [server.url()],
            "cadence": "auto",
            "contact": "me@example.org",
            "private_networks": True,
        }
        assert all("me@example.org" in str(agent) for agent in agents)
        settings = {"AUTOTHROTTLE_ENABLED": "False", "DOWNLOAD_DELAY": "0"}
        next_command = command("crawl", "blog", settings=settings, arguments=["collection=winter"])
        assert run(next_command, cwd=tmp_path).status == 0
    text = (path / "collection.toml").read_text(encoding="utf-8")
    assert "one post with a date, the last on 2024-03-04" in text


@pytest.mark.parametrize(
    ("words", "message", "status"),
    [
        ([], "say the address of one blog, or a file of feeds with --opml", 2),
        (["x.example", "--opml", "f"], "say the address of one blog, or a file of feeds with", 2),
        (["ftp://x/"], "'ftp://x/' is not a web address; say for example https://example.org", 2),
        (
            ["x.example", "--contact", "me"],
            "--contact me: say a web address or an e-mail address",
            2,
        ),
        (["--opml", "nowhere"], "nowhere cannot be read: No such file or directory", 1),
        (["x.example", "-o", "..", "--no-look"], "'..' is no name of a collection", 2),
        (
            ["x.example", "-o", "a", "--root", "r"],
            "--collection names one collection: leave out",
            2,
        ),
        (
            ["http://127.0.0.1:9/"],
            "http://127.0.0.1:9/ cannot be looked at: 127.0.0.1 is not a pu",
            1,
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line_and_nothing_is_written(
    tmp_path: Path, words: list[str], message: str, status: int
) -> None:
    result = _new(tmp_path, *words)
    assert (result.returncode, result.stdout) == (status, "")
    line = result.stderr.removeprefix(_looking(words[0] if words else ""))
    assert line.startswith(f"archive: {message}")
    assert line.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_blog_that_is_not_there_gets_no_collection_unless_unseen(tmp_path: Path) -> None:
    with BlogServer({}) as server:
        result = _new(tmp_path, server.url(), "--allow-private-networks")
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.removeprefix(_looking(server.url())) == (
            f"archive: {server.url()} cannot be looked at: HTTP 404: {server.url()}\n"
        )
        assert list(tmp_path.iterdir()) == []
        server.requests.clear()
        result = _new(tmp_path, server.url(), "--no-look", "--root", "blogs")
        assert (result.returncode, server.requests) == (0, [])
        (path,) = (tmp_path / "blogs").iterdir()
        assert _toml(path)["seeds"] == [server.url()]


@pytest.mark.parametrize(
    "page",
    [
        respond(b"hello\n", content_type="text/plain"),
        html('<meta name="generator" content="Notebook 4"><p>Hello.</p>'),
    ],
    ids=["no page", "no link"],
)
def test_what_is_no_blog_gets_no_collection_unless_unseen(page: bytes, tmp_path: Path) -> None:
    with BlogServer({"/": page}) as server:
        result = _new(tmp_path, server.url(), "--allow-private-networks")
        assert (result.returncode, result.stdout) == (1, "")
        assert "no blog found there: no feed, no list of posts, no link" in result.stderr
        assert list(tmp_path.iterdir()) == []
        assert _new(tmp_path, server.url(), "--no-look").returncode == 0


def test_a_collection_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "collections" / "mine"
    Collection.create(path, toml='# mine\nseeds = ["https://blog.example/"]\n')
    for words in (["blog.example"], ["other.example", "-o", "mine"]):
        result = _new(tmp_path, *words, "--no-look")
        assert (result.returncode, result.stdout) == (1, "")
        assert "there is a collection at collections/mine already: edit its" in result.stderr
    assert (path / "collection.toml").read_text() == ('# mine\nseeds = ["https://blog.example/"]\n')
    assert [entry.name for entry in path.parent.iterdir()] == ["mine"]


def test_each_blog_of_a_file_of_feeds_gets_one_collection(tmp_path: Path) -> None:
    mine = tmp_path / "collections" / "mine"
    Collection.create(mine, seeds=["https://known.example/"])
    with BlogServer(_blog()) as server, BlogServer({"*": redirect(server.url())}) as old:
        addresses = [
            server.url(),
            old.url("/moved/"),  # to the one before
            "http://known.example",
            "no address at all",
            "http://127.0.0.1:9/",
        ]
        outlines = "".join(f'<outline text="T" htmlUrl="{a}"/>\n' for a in addresses)
        (tmp_path / "f.opml").write_text(f"<opml><body>\n{outlines}</body></opml>")
        result = _new(tmp_path, "--opml", "f.opml", "--allow-private-networks")
        assert result.returncode == 1
        assert result.stdout.splitlines()[1:] == [
            "1 new collection, 2 there already, 2 left out",
            "next: scrapy crawl_due",
        ]
        told = result.stderr.splitlines()
        first, shared, second = (line for line in told if "looking at" not in line)
        assert _looking(server.url()).strip() in told
        assert shared.startswith("archive: f.opml:3: T has the blog of a line before it: both are")
        assert first.startswith("archive: f.opml:5: T is left out: 'no address at all' is not")
        assert second.startswith("archive: f.opml:6: http://127.0.0.1:9/ cannot be looked at: ")
        (new,) = set(mine.parent.iterdir()) - {mine}
        assert _toml(new)["seeds"] == [server.url()]


def test_hundreds_of_feeds_are_taken_unseen_and_a_second_time_not_at_all(tmp_path: Path) -> None:
    outlines = "".join(
        f'<outline text="Blog {n}" xmlUrl="https://{n}.example/feed" htmlUrl="{n}.example"/>'
        for n in range(200)
    )
    (tmp_path / "f.opml").write_text(f"<opml><body>{outlines}</body></opml>")
    result = _new(tmp_path, "--opml", "f.opml", "--root", "watched blogs")
    assert result.returncode == 0
    assert result.stdout.splitlines()[-2:] == [
        "200 new collections",
        "next: scrapy crawl_due --root 'watched blogs'",
    ]
    assert result.stderr == (
        "archive: 200 feeds: none of the blogs is looked at; --look has it done\n"
    )
    collection = Collection.open(tmp_path / "watched blogs" / "7.example")
    assert collection.seeds == ("https://7.example/",)
    assert collection.settings_path.read_text(encoding="utf-8").startswith("# Blog 7\n")
    again = _new(tmp_path, "--opml", "f.opml", "--root", "watched blogs")
    assert (again.returncode, again.stdout) == (0, "0 new collections, 200 there already\n")
