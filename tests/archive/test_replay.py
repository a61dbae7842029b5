"""pywb replays what a crawl archived: the bodies that it serves are those that the blog served."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.errors import ReplayError
from archive.replay import Replay, find_pywb, replaying
from archive.stored_messages import MessageReader
from tests.blog_server import BlogServer, Route, chunked, redirect, respond
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import QUICK, command, crawl_blog, environment, run
from tests.scraper.small_blog import small_blog

ARCHIVE = Path(sys.executable).with_name("archive")
PAGE = "<html><title>Wörter</title><p>言葉, words</p></html>".encode() * 50
OTHER = b"<html><title>A</title>" + PAGE
_GZIPPED = gzip.compress(PAGE)
_OTHER_GZIPPED = gzip.compress(OTHER)
_BROTLI = brotli.compress(PAGE)
_GZIP = "Content-Encoding: gzip"
_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
# What is served, and its body without transfer coding.
SERVED: dict[str, tuple[bytes, bytes]] = {
    "/plain": (respond(PAGE), PAGE),
    "/gzip": (respond(_GZIPPED, _GZIP), _GZIPPED),
    "/brotli": (respond(_BROTLI, "Content-Encoding: br"), _BROTLI),
    "/chunked": (chunked([OTHER[:700], OTHER[700:]]), OTHER),
    "/chunk-extensions": (chunked([b"<p>", OTHER], extension=";a=b"), b"<p>" + OTHER),
    "/gzip-chunked": (chunked([_OTHER_GZIPPED], _GZIP), _OTHER_GZIPPED),
    "/again-plain": (respond(PAGE, "X-Again: yes"), PAGE),
    "/again-gzip": (respond(_GZIPPED, _GZIP, "X-Again: yes"), _GZIPPED),
    "/plain-as-chunked": (chunked([PAGE[:99], PAGE[99:]]), PAGE),
    "/chunked-as-plain": (respond(OTHER), OTHER),
    "/gzip-as-chunked": (chunked([_GZIPPED], _GZIP), _GZIPPED),
    "/late": (_HINTS + respond(PAGE + b"late"), PAGE + b"late"),
    "/not-found": (respond(b"<p>gone</p>", status="404 Not Found"), b"<p>gone</p>"),
    "/page?b=2&a=%C3%BC": (respond(PAGE + b"query"), PAGE + b"query"),
}

BROWSER = {"Accept-Encoding": "gzip, br"}  # else pywb takes codings off


@dataclass(frozen=True)
class Replayed:
    status: int
    location: str | None
    encoding: str | None
    body: bytes


@dataclass(frozen=True)
class Shown:
    server: BlogServer
    collection: Collection
    running: Replay

    def get(self, path: str, *, timestamp: str = "", mode: str = "id_") -> Replayed:
        return get(f"{self.running.url}{timestamp}{mode}/{self.server.url(path)}")


def get(url: str) -> Replayed:
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=TIME_LIMIT_S)) as connection:
        connection.request("GET", url.partition(parts.netloc)[2], headers=BROWSER)
        answer = connection.getresponse()
        headers = answer.headers
        return Replayed(
            answer.status, headers["Location"], headers["Content-Encoding"], answer.read()
        )


def crawl_pages(server: BlogServer, directory: Path, paths: list[str]) -> Path:
    """Crawl a list one page at a time, in its order."""
    urls = directory / "urls.txt"
    urls.write_text("\n".join(server.url(path) for path in paths))
    collection = directory / "c"
    given = [f"urls={urls}", f"collection={collection}"]
    ended = run(command("crawl", "pages", settings=QUICK, arguments=given))
    assert "Traceback" not in ended.errors, ended.errors
    return collection


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Two crawls of the same pages, of which the second is made of revisits."""
    directory = tmp_path_factory.mktemp("replay")
    routes: dict[str, Route] = {path: answer for path, (answer, _) in SERVED.items()}
    routes["/moved"] = redirect("/target", status="302 Found")
    routes["/about-2"] = redirect("/about-2/", status="301 Moved Permanently")
    routes["/about-2/"] = respond(PAGE + b"about")
    routes["/target"] = respond(PAGE + b"moved")
    with BlogServer(routes) as server:
        for _ in range(2):
            path = crawl_pages(server, directory, [*SERVED, "/moved", "/about-2"])
        collection = Collection.open(path)
        with replaying(collection, program=find_pywb()) as running:
            yield Shown(server, collection, running)


def captures(shown: Shown, path: str) -> list[tuple[str, str]]:
    """Timestamps and media types of the captures of a page, as pywb's own CDX server tells."""
    url = f"{shown.running.url}cdx?url={shown.server.url(path).replace('&', '%26')}&output=json"
    lines = get(url).body.decode().splitlines()
    return [(cdx["timestamp"], cdx["mime"]) for cdx in map(json.loads, lines)]


@pytest.mark.parametrize("path", SERVED)
def test_served_body_is_replayed_byte_for_byte(shown: Shown, path: str) -> None:
    answer, body = SERVED[path]
    timestamps = [timestamp for timestamp, _ in captures(shown, path)]
    assert len(timestamps) == len(shown.server.requests_for(path)) == 2
    for timestamp in timestamps:
        replayed = shown.get(path, timestamp=timestamp)
        assert replayed.body == body
        assert replayed.status == (404 if path == "/not-found" else 200)
        assert ("Content-Encoding: " in answer.decode("latin-1")) == bool(replayed.encoding)


def test_the_second_crawl_is_replayed_from_revisits(shown: Shown) -> None:
    with CatalogueReader(shown.collection.catalogue_path) as catalogue:
        rows = catalogue.query("SELECT target_uri, record_type FROM captures ORDER BY date")
        kinds: dict[str, list[str]] = {}
        for row in rows:
            kinds.setdefault(row["target_uri"], []).append(row["record_type"])
    for path in ("/plain", "/gzip", "/chunked", "/gzip-chunked", "/not-found"):
        assert kinds[shown.server.url(path)] == ["response", "revisit"]
    for path in ("/again-plain", "/again-gzip"):
        assert kinds[shown.server.url(path)] == ["revisit", "revisit"]
    for path in ("/plain-as-chunked", "/chunked-as-plain", "/gzip-as-chunked"):
        assert kinds[shown.server.url(path)] == ["response", "revisit"]


def test_a_redirect_is_replayed_as_it_was_and_leads_on(shown: Shown) -> None:
    for timestamp, _ in captures(shown, "/moved"):
        moved = shown.get("/moved", timestamp=timestamp)
        assert (moved.status, moved.location, moved.body) == (302, "/target", b"")
        to_browser = shown.get("/moved", timestamp=timestamp, mode="mp_")
        assert to_browser.status == 302
        assert to_browser.location is not None
        assert to_browser.location.endswith(f"{timestamp}mp_/{shown.server.url('/target')}")
    assert shown.get("/target").body == PAGE + b"moved"


def test_a_redirect_to_its_own_slash_is_archived_as_it_was_and_followed_by_pywb(
    shown: Shown,
) -> None:
    with CatalogueReader(shown.collection.catalogue_path) as catalogue:
        url = shown.server.url("/about-2")
        found = [each for each in catalogue.iter_captures(url) if each.target_uri == url]
        reader = MessageReader(shown.collection.warc_dir, catalogue)
        messages = [reader.read(capture.record_id) for capture in found]
    assert len(messages) == 2
    for message in messages:
        assert message.startswith(b"HTTP/1.1 301 Moved Permanently\r\n")
        assert b"\r\nLocation: /about-2/\r\n" in message
    for capture in found:  # pywb takes one whose address differs by a slash for the page itself
        replayed = shown.get("/about-2", timestamp=f"{capture.date:%Y%m%d%H%M%S}")
        assert replayed.status == 307
        assert replayed.location is not None
        assert replayed.location.endswith(f"id_/{url}/")
        assert get(replayed.location).body == PAGE + b"about"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "c"
    with BlogServer(small_blog("ropes")) as server:
        assert crawl_blog(server, path).status == 0
    return path


@contextmanager
def command_running(*words: str | Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [ARCHIVE, "replay", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_command_shows_where_the_home_page_is_and_ends_with_pywb(
    small: Path, sent: signal.Signals, status: int
) -> None:
    with command_running(small, "--port", "0") as running:
        assert running.stdout is not None
        first, home = running.stdout.readline(), running.stdout.readline().strip()
        url = first.split()[-3]
        assert first == f"{small} is replayed at {url} until Ctrl-C\n"
        assert url.startswith("http://127.0.0.1:")
        shown = home.replace("/http:", "id_/http:")
        assert b"Slipway" in get(shown).body
        running.send_signal(sent)
        assert running.wait(TIME_LIMIT_S) == status
        assert running.stderr is not None
        assert running.stderr.read() == ""
    with pytest.raises(ConnectionRefusedError):
        get(url)


def test_pywb_ends_with_a_command_that_is_killed(
    small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # a killed command leaves its directory behind
    with command_running(small, "--port", "0") as running:
        assert running.stdout is not None
        url = running.stdout.readline().split()[-3]
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text()
        pywb = os.pidfd_open(int(children))
        running.kill()
        running.wait(TIME_LIMIT_S)
        assert select.select([pywb], [], [], TIME_LIMIT_S)[0] == [pywb]
        os.close(pywb)
    with pytest.raises(ConnectionRefusedError):
        get(url)


def test_only_this_machine_can_reach_it(small: Path) -> None:
    with replaying(Collection.open(small), program=find_pywb()) as running:
        port = urlsplit(running.url).port
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port or 0), timeout=TIME_LIMIT_S).close()


def test_a_collection_cannot_bring_settings_of_pywb(small: Path, tmp_path: Path) -> None:
    brought = small / "templates"
    brought.mkdir()
    (brought / "search.html").write_text("brought along")
    with replaying(Collection.open(small), program=find_pywb()) as running:
        assert b"brought along" not in get(running.url).body
    assert not (small / "static").exists()


def refusal(*words: str | Path) -> str:
    """Run a command that fails; gives the one line that it says."""
    ended = run([str(ARCHIVE), "replay", *map(str, words)])
    assert (ended.status, ended.output, len(ended.errors.splitlines())) == (1, "", 1), ended.errors
    return ended.errors


def test_what_stands_in_the_way_is_said_in_one_line(small: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "--port names another" in refusal(small, "--port", port)
    assert "there is no program /nowhere/pywb" in refusal(small, "--pywb", "/nowhere/pywb")
    failing = tmp_path / "failing"
    failing.write_text("#!/bin/sh\necho no module named pywb\nexit 3\n")
    failing.chmod(0o755)
    said = refusal(small, "--pywb", str(failing), "--port", "0")
    assert "pywb ended with status 3: no module named pywb" in said
    assert "there is no collection at" in refusal(tmp_path / "none")


def test_pywb_that_is_not_installed_is_said_to_be_with_the_way_to_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReplayError, match=r"make pywb.*pipx install pywb.*--pywb"):
        find_pywb()
    program = tmp_path / "pywb"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_pywb() == program


_ANSWERS_ONCE = """#!{python}
import http.server, sys
class Once(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
port = int(sys.argv[sys.argv.index("--port") + 1])
with http.server.HTTPServer(("127.0.0.1", port), Once) as server:
    server.handle_request()
sys.exit(4)
"""


def test_pywb_that_ends_by_itself_ends_the_command(small: Path, tmp_path: Path) -> None:
    program = tmp_path / "pywb"
    program.write_text(_ANSWERS_ONCE.format(python=sys.executable))
    program.chmod(0o755)
    ended = run([str(ARCHIVE), "replay", str(small), "--pywb", str(program), "--port", "0"])
    assert ended.status == 1
    assert ended.errors == "archive: pywb ended with status 4\n"
