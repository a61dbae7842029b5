"""A crawl does what a site asks of it: real crawls of a real server, judged by what it was sent."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from archive.dates import utc_now
from archive.schedule.state import CollectionState, read_state
from tests.blog_server import (
    CLOSE,
    BlogServer,
    ReceivedRequest,
    Route,
    Wait,
    html,
    redirect,
    respond,
)
from tests.blog_server.server import Step
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import QUICK, Crawled, command, crawl_blog, environment, path_of, run
from tests.scraper.small_blog import post, small_blog


def _robots(text: str) -> bytes:
    return respond(text.encode(), content_type="text/plain")


def _gaps_s(server: BlogServer) -> list[float]:
    times = [request.received for request in server.requests]
    return [later - earlier for earlier, later in pairwise(times)]


def test_robots_txt_is_obeyed_and_named_in_the_report(tmp_path: Path) -> None:
    routes = small_blog("ropes", "charts") | {
        "/robots.txt": _robots("User-agent: *\nDisallow: /\n\nUser-agent: blog-archiver\n"
                               "Disallow: /charts/\n"),
    }  # fmt: skip
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        assert not server.requests_for("/charts/")
        assert len(server.requests_for("/robots.txt")) == 1
    assert crawled.status == 0
    assert set(crawled.articles) == {"/ropes/"}
    assert crawled.failures == {"/charts/": "robots.txt"}


def test_a_robots_txt_that_another_leads_to_is_asked_for_once_and_obeyed(tmp_path: Path) -> None:
    rules = "User-agent: *\nDisallow: /charts/\nCrawl-delay: 0.1\n"
    routes = small_blog("ropes", "charts") | {"/robots.txt": _robots(rules)}
    with BlogServer(routes, host="127.1.0.14") as server:
        with BlogServer({"*": lambda asked: redirect(server.url(asked.path))}) as old:
            crawled = crawl_blog(old, tmp_path / "c")
        assert len(server.requests_for("/robots.txt")) == 1
        assert not server.requests_for("/charts/")
    assert set(crawled.articles) == {"/ropes/"}
    assert crawled.failures == {"/charts/": "robots.txt"}


@pytest.mark.parametrize(
    ("answer", "why"),
    [(respond(status="503 Service Unavailable"), "HTTP 503"), ([CLOSE], "robots.txt of")],
)
def test_a_robots_txt_that_cannot_be_had_forbids_everything(
    tmp_path: Path, answer: Route, why: str
) -> None:
    with BlogServer(small_blog("ropes") | {"/robots.txt": answer}) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        assert {request.path for request in server.requests} == {"/robots.txt"}
    assert crawled.status == 1
    (warning,) = crawled.messages("WARNING")
    assert why in warning
    assert "so nothing is fetched" in warning
    (failure,) = [row for row in crawled.report["failures"] if path_of(row["url"]) == "/"]
    assert failure["error"] == "robots.txt unanswered"
    assert why in failure["message"]


@pytest.mark.parametrize(
    "answer",
    [
        respond(status="404 Not Found"),
        html("User-agent: *<br>Disallow: /"),
        respond(b"<!doctype html><p>User-agent: *\nDisallow: /\n", content_type="text/plain"),
    ],
)
def test_what_is_no_robots_txt_forbids_nothing(tmp_path: Path, answer: bytes) -> None:
    with BlogServer(small_blog("ropes") | {"/robots.txt": answer}) as server:
        crawled = crawl_blog(server, tmp_path / "c")
    assert crawled.status == 0
    assert set(crawled.articles) == {"/ropes/"}


@pytest.mark.parametrize("autothrottle", ["True", "False"])
def test_crawl_delay_lies_between_all_requests(tmp_path: Path, autothrottle: str) -> None:
    routes = small_blog("ropes", "charts") | {
        "/robots.txt": _robots("User-agent: *\nCrawl-delay: 0.4\n")
    }
    settings = {"AUTOTHROTTLE_ENABLED": autothrottle, "AUTOTHROTTLE_START_DELAY": "0.01"}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", settings=settings)
        assert min(_gaps_s(server)) >= 0.4 / 2  # the server may be late to take one down
    assert set(crawled.articles) == {"/ropes/", "/charts/"}


def test_a_crawl_delay_beyond_reason_is_cut(tmp_path: Path) -> None:
    routes = small_blog("ropes") | {"/robots.txt": _robots("User-agent: *\nCrawl-delay: 86400\n")}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", settings={"CRAWL_DELAY_MAX_S": "0.1"})
    assert set(crawled.articles) == {"/ropes/"}


def test_the_delay_of_the_settings_is_kept_too(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes", "charts")) as server:
        crawl_blog(server, tmp_path / "c", settings={"DOWNLOAD_DELAY": "0.3"})
        assert min(_gaps_s(server)) >= 0.3 / 2


def test_a_host_gets_one_request_at_a_time(tmp_path: Path) -> None:
    slugs = ("ropes", "charts", "lamps", "tides", "ferries", "anchors")
    lock = threading.Lock()
    at_once: list[int] = []
    active = 0

    def slowly(answer: bytes) -> Callable[[ReceivedRequest], Iterator[Step]]:
        def steps(request: ReceivedRequest) -> Iterator[Step]:
            nonlocal active
            with lock:
                active += 1
                at_once.append(active)
            yield Wait(0.05)
            with lock:
                active -= 1
            yield answer

        return steps

    routes = small_blog(*slugs) | {f"/{slug}/": slowly(post(slug)) for slug in slugs}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
    assert len(crawled.articles) == len(slugs)
    assert max(at_once) == 1


def _in_seconds(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("status", "form"), [("429 Too Many Requests", "seconds"), ("503 Service Unavailable", "date")]
)
def test_the_whole_host_rests_until_retry_after(tmp_path: Path, status: str, form: str) -> None:
    slugs = ("ropes", "charts", "lamps", "tides")
    refused: list[ReceivedRequest] = []

    def busy_once(request: ReceivedRequest) -> bytes:
        if refused:
            return post("ropes")
        refused.append(request)
        wait = "2" if form == "seconds" else _in_seconds(3)  # whole seconds: 2 to 3 are left
        return respond(b"busy", f"Retry-After: {wait}", status=status)

    routes = small_blog(*slugs) | {"/ropes/": busy_once}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", settings={"RETRY_TIMES": "1"})
        after = [r.received - refused[0].received for r in server.requests]
    assert min(seconds for seconds in after if seconds > 0) >= 1.9
    assert set(crawled.articles) == {f"/{slug}/" for slug in slugs}
    assert crawled.failures == {}


_TOO_LONG = "Retry-After: 999999999999"


@pytest.mark.parametrize(
    ("paths", "status"),
    [(["/charts/", "/tides/"], "429 Too Many Requests"), (["/"], "503 Service Unavailable")],
    ids=["two posts", "home page"],
)
def test_a_blog_that_asks_for_long_is_left_alone_until_then(
    tmp_path: Path, paths: list[str], status: str
) -> None:
    busy = respond(b"busy", _TOO_LONG, status=status)
    slugs = ("charts", "tides", "ropes", "lamps")
    with BlogServer(small_blog(*slugs) | dict.fromkeys(paths, busy)) as server:
        settings = {"RETRY_TIMES": "0", "RETRY_AFTER_MAX_S": "0.2"}
        crawled = crawl_blog(server, tmp_path / "c", settings=settings)
        assert server.requests[-1].path in paths
        assert sum(len(server.requests_for(path)) for path in paths) == len(paths)
    assert (crawled.status, crawled.report["crawl"]["reason"]) == (1, "retry_after")
    assert any("asks to be left alone until" in line for line in crawled.messages("WARNING"))
    state = read_state(tmp_path / "c", utc_now())
    assert isinstance(state, CollectionState)
    assert state.due.since is not None
    assert timedelta(days=6) < state.due.since - utc_now() <= timedelta(days=7)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_long_retry_after_of_one_page_is_cut(tmp_path: Path, status: str) -> None:
    busy = respond(b"busy", _TOO_LONG, status=status)
    with BlogServer(small_blog("ropes", "charts") | {"/charts/": busy}) as server:
        crawled = crawl_blog(server, tmp_path / "c", settings={"RETRY_AFTER_MAX_S": "0.2"})
    assert set(crawled.articles) == {"/ropes/"}
    assert crawled.failures == {"/charts/": f"HTTP {status[:3]}"}


@pytest.mark.parametrize("wait", ["Retry-After", "Crawl-delay"])
def test_ctrl_c_ends_a_long_wait_and_seals_the_collection(tmp_path: Path, wait: str) -> None:
    slugs = ("ropes", "charts", "lamps", "tides")
    routes = small_blog(*slugs)
    busy = threading.Event()

    def answer(request: ReceivedRequest) -> bytes:
        busy.set()
        if wait == "Crawl-delay":
            return _robots("User-agent: *\nCrawl-delay: 50\n")
        return respond(b"busy", "Retry-After: 200", status="429 Too Many Requests")

    routes["/robots.txt" if wait == "Crawl-delay" else "/lamps/"] = answer
    with BlogServer(routes) as server:
        arguments = [f"url={server.url()}", f"collection={tmp_path / 'c'}"]
        line = command("crawl", "blog", settings={**QUICK, "RETRY_TIMES": "2"}, arguments=arguments)
        crawl = subprocess.Popen(line, stderr=subprocess.PIPE, env=environment())
        assert busy.wait(TIME_LIMIT_S)
        asked = server.requests[-1]
        began = time.monotonic()
        crawl.send_signal(signal.SIGINT)
        errors = crawl.communicate(timeout=TIME_LIMIT_S)[1].decode()
        seconds = time.monotonic() - began
        assert server.requests[-1] is asked
    crawled = Crawled(crawl.returncode, "", errors, seconds, tmp_path / "c")
    assert seconds < 30
    assert crawled.status == 1
    assert "Traceback" not in errors
    assert crawled.warc_bytes()
    report = crawled.report
    assert report["crawl"]["reason"] == "shutdown"
    assert report["failed"] == {}
    assert report["not_reached"] > 0


def test_the_user_agent_names_whom_to_write_to(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        agents = {request.header("User-Agent") for request in server.requests}
    (agent,) = agents
    assert agent is not None
    assert agent.startswith("blog-archiver/")
    assert agent.endswith(f" (+{QUICK['CONTACT']})")
    assert crawled.messages("WARNING") == []
    assert QUICK["CONTACT"].encode() in crawled.warc_bytes()


def test_without_a_contact_there_is_one_warning(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        crawled = crawl_blog(server, tmp_path / "c", settings={"CONTACT": ""})
    assert crawled.status == 0
    (warning,) = crawled.messages("WARNING")
    assert warning.startswith("CONTACT is not set")


def test_a_page_that_says_noarchive_is_not_kept(tmp_path: Path) -> None:
    routes = small_blog("ropes", "charts", "lamps") | {
        "/charts/": post("charts", "X-Robots-Tag: noarchive", text="a word to be forgotten"),
        "/lamps/": post("lamps", head="<meta name=robots content=noarchive>", text="forgotten"),
    }
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c")
    assert set(crawled.articles) == {"/ropes/"}
    assert crawled.failures == {"/charts/": "noarchive", "/lamps/": "noarchive"}
    assert b"forgotten" not in crawled.warc_bytes()
    assert crawled.report["failed"] == {"noarchive": 2}


def test_noarchive_can_be_overruled_by_who_may(tmp_path: Path) -> None:
    routes = small_blog("ropes") | {"/ropes/": post("ropes", "X-Robots-Tag: noarchive")}
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", settings={"OBEY_NOARCHIVE": "False"})
    assert set(crawled.articles) == {"/ropes/"}


def test_a_private_address_is_refused(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        settings = {"ALLOW_PRIVATE_NETWORKS": "False"}
        crawled = crawl_blog(server, tmp_path / "c", settings=settings)
        assert server.requests == []
    assert crawled.status == 1
    assert crawled.failures["/"] == "private address"
    (line,) = crawled.messages("ERROR")
    assert "127.0.0.1" in line
    assert "ALLOW_PRIVATE_NETWORKS" in line


def test_rules_hold_for_all_requests_that_wait_for_them(tmp_path: Path) -> None:
    names = [f"/private/{number}" for number in range(6)]
    rules = _robots("User-agent: *\nDisallow: /private/\n")
    with BlogServer({"/robots.txt": rules, "*": html("closed")}) as server:
        given = ["url=" + ",".join(map(server.url, names)), f"collection={tmp_path / 'c'}"]
        ended = run(command("crawl", "pages", settings=QUICK, arguments=given))
        assert [request.path for request in server.requests] == ["/robots.txt"]
    crawled = Crawled(ended.status, ended.output, ended.errors, ended.seconds, tmp_path / "c")
    assert crawled.failures == dict.fromkeys(names, "robots.txt")


def test_a_redirect_to_a_private_address_is_refused(tmp_path: Path) -> None:
    # The list is fetched through a proxy that stands in for a public host.
    page = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:1/\r\nContent-Length: 0\r\n\r\n"
    with BlogServer({"/": page, "/robots.txt": _robots("")}) as proxy:
        line = command(
            "crawl", "pages", settings={**QUICK, "ALLOW_PRIVATE_NETWORKS": "False"},
            arguments=["url=http://blog.example/", f"collection={tmp_path / 'c'}"],
        )  # fmt: skip
        ended = run(line, env={"http_proxy": proxy.url()})
    crawled = Crawled(ended.status, ended.output, ended.errors, ended.seconds, tmp_path / "c")
    assert crawled.status == 1
    assert list(crawled.failures.values()) == ["private address"]
