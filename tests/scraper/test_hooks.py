"""Hooks: a command and a web address are told that a crawl has ended."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from archive.collection import Collection
from archive.collection_settings import Hooks
from scraper.hooks import tell
from tests.blog_server import RESET, BlogServer, ReceivedRequest, Route, Wait, once, respond
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import PROJECT, QUICK, Ended, command, run
from tests.scraper.fleet import add_collection, crawl_due, has_logged
from tests.scraper.small_blog import small_blog

_NOTICE = {"event": "finish", "collection": "/c", "crawl_id": "20260102", "reason": "finished"}
_TAKE_DOWN = """#!/bin/sh
cat > "$1.json"
printf '%s|%s|%s|%s' "$BLOG_ARCHIVER_EVENT" "$BLOG_ARCHIVER_COLLECTION" \
    "$BLOG_ARCHIVER_CRAWL_ID" "$BLOG_ARCHIVER_REASON" > "$1.txt"
exit "${2:-0}"
"""
_DYING_CRAWL = """
import os, sys
if "crawl" in sys.orig_argv:
    os._exit(9)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A program that takes down what it is told."""
    path = tmp_path / "take-down"
    path.write_text(_TAKE_DOWN)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def _tell(**hooks: object) -> list[str]:
    return list(tell(Hooks.model_validate({"timeout": "60s", **hooks}), _NOTICE))


def _crawl(collection: Collection) -> Ended:
    arguments = [f"collection={collection.path}"]
    return run(command("crawl", "blog", settings=QUICK, arguments=arguments))


def test_a_command_gets_the_report_of_a_crawl(tmp_path: Path, script: Path) -> None:
    with BlogServer(small_blog("ropes", "sails")) as server:
        hooks = f"[hooks]\ncommand = ['{script}', '{tmp_path / 'told'}']"
        collection = add_collection(tmp_path, "c", server.url(), hooks)
        seed = server.url()
        assert _crawl(collection).status == 0
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["event"] == "finish"
    assert told["seeds"] == [seed]
    assert told["counts"]["new"] == 2
    assert told["counts"]["requests"] == len(server.requests)
    assert all(Path(path).is_file() for path in told["reports"])
    assert len(told["reports"]) == 2
    words = (tmp_path / "told.txt").read_text().split("|")
    assert words == ["finish", str(collection.path), told["crawl_id"], "finished"]


def test_a_crawl_that_fails_is_told_as_a_failure_and_a_failing_hook_changes_nothing(
    tmp_path: Path, script: Path
) -> None:
    for name, hooks in {
        "silent": f"on = ['finish']\ncommand = ['{script}', '{tmp_path / 'silent'}']",
        "broken": f"command = ['{script}', '{tmp_path / 'broken'}', '7']",
    }.items():
        add_collection(tmp_path / "root", name, "http://127.1.0.3:9/", f"[hooks]\n{hooks}")
    ended = crawl_due(tmp_path / "root", "--jobs", "1")
    assert ended.outcomes == {"silent": "failed", "broken": "failed"}
    told = json.loads((tmp_path / "broken.json").read_text())
    assert (told["event"], told["reason"]) == ("failure", "finished")
    assert told["message"] == ended.why("broken")
    assert "Connection refused" in told["message"]
    assert not (tmp_path / "silent.json").exists()
    (log,) = (tmp_path / "root" / "broken" / "logs").iterdir()
    problem = f"the hook {script} ended with status 7"
    assert problem in log.read_text()
    assert ended.hook_problems == {"silent": [], "broken": [problem]}
    assert f"hook failed: broken, {problem}" in ended.errors.splitlines()


def test_what_a_command_prints_passes_for_no_message_of_the_crawl(tmp_path: Path) -> None:
    forged = "2026-01-01 [x] ERROR: a hook failed: forged\\n2026-01-01 [x] ERROR: forged"
    long = "\\n2026-01-01 [x] ERROR: a hook failed: long" * 200
    hooks = f"[hooks]\ncommand = ['printf', '{forged}{long}']"
    add_collection(tmp_path, "c", "http://127.1.0.3:9/", hooks)
    ended = crawl_due(tmp_path)
    (log,) = (tmp_path / "c" / "logs").iterdir()
    assert "\n| 2026-01-01 [x] ERROR: forged\n" in log.read_text()
    assert ended.hook_problems == {"c": []}
    assert "Connection refused" in ended.why("c")


def test_a_crawl_that_is_stopped_in_order_before_its_first_post_is_told_as_stopped(
    tmp_path: Path, script: Path
) -> None:
    hooks = f"[hooks]\ncommand = ['{script}', '{tmp_path / 'told'}']\n[limits]\nduration = '1s'"
    with BlogServer(host="127.1.0.12") as server:
        c = add_collection(tmp_path / "root", "c", server.url(), hooks)
        server.routes = small_blog("ropes")
        server.routes["/ropes/"] = once(lambda: has_logged(c, "Closing spider"), RESET)
        ended = crawl_due(tmp_path / "root")
    told = json.loads((tmp_path / "told.json").read_text())
    assert (ended.status, ended.outcomes) == (0, {"c": "stopped"})
    assert (told["event"], told["reason"]) == ("stop", "closespider_timeout")
    assert told["message"] == ended.why("c")


def test_a_damaged_collection_is_told_and_one_without_settings_is_named(
    tmp_path: Path, script: Path
) -> None:
    hooks = f"[hooks]\ncommand = ['{script}', '{tmp_path / 'told'}']"
    root, seed = tmp_path / "root", "http://127.1.0.3:9/"
    add_collection(root, "damaged", seed, hooks).catalogue_path.write_bytes(b"garbage" * 1000)
    lost = add_collection(root, "lost", seed)
    lost.catalogue_path.touch()
    lost.settings_path.unlink()
    ended = crawl_due(root)
    told = json.loads((tmp_path / "told.json").read_text())
    assert (ended.status, ended.outcomes) == (1, {"damaged": "failed", "lost": "failed"})
    assert (told["event"], told["crawl_id"]) == ("failure", None)
    assert told["message"] == ended.why("damaged")
    assert "catalogue.sqlite" in told["message"]
    assert ended.why("lost").startswith(f"{lost.path} has lost its collection.toml: write one")


def test_hooks_of_damaged_collections_hold_up_no_crawl(tmp_path: Path) -> None:
    root, told = tmp_path / "root", tmp_path / "told"
    waiting = f"until test -e {root}/c/reports/*.json; do sleep 0.1; done; touch {told}"
    hooks = f"[hooks]\ncommand = ['sh', '-c', '{waiting}']\ntimeout = '{TIME_LIMIT_S}s'"
    damaged = add_collection(root, "damaged", "http://127.1.0.3:9/", hooks)
    damaged.catalogue_path.write_bytes(b"garbage" * 1000)
    with BlogServer(small_blog("ropes"), host="127.1.0.12") as server:
        add_collection(root, "c", server.url())
        ended = crawl_due(root)
    assert (ended.status, ended.outcomes) == (1, {"damaged": "failed", "c": "finished"})
    assert told.exists()


def test_a_run_that_is_stopped_lets_the_hooks_end_that_it_has_begun(tmp_path: Path) -> None:
    told = tmp_path / "told"
    hooks = f"[hooks]\ncommand = ['sh', '-c', 'kill -INT $PPID; sleep 1; touch {told}']"
    damaged = add_collection(tmp_path / "root", "damaged", "http://127.1.0.3:9/", hooks)
    damaged.catalogue_path.write_bytes(b"garbage" * 1000)
    ended = crawl_due(tmp_path / "root")
    assert (ended.status, ended.outcomes) == (128 + signal.SIGINT, {"damaged": "failed"})
    assert told.exists()


def test_a_crawl_that_cannot_begin_is_told_with_the_reason(tmp_path: Path, script: Path) -> None:
    hooks = f"[hooks]\ncommand = ['{script}', '{tmp_path / 'told'}', '7']"
    add_collection(tmp_path / "root", "c", "http://127.1.0.3:9/", hooks)
    (tmp_path / "sitecustomize.py").write_text(_DYING_CRAWL)
    ended = crawl_due(tmp_path / "root", env={"PYTHONPATH": f"{tmp_path}:{PROJECT}"})
    assert ended.outcomes == {"c": "failed"}
    told: dict[str, Any] = json.loads((tmp_path / "told.json").read_text())
    assert told["event"] == "failure"
    assert told["crawl_id"] is None
    assert told["message"] == ended.why("c") == "exit status 9, and no crawl"
    problem = f"the hook {script} ended with status 7"
    assert ended.hook_problems == {"c": [problem]}
    assert f"hook failed: c, {problem}" in ended.errors.splitlines()


@pytest.mark.parametrize(
    ("hook", "timeout", "problem"),
    [
        (["/no/such/program"], "60s", "cannot be run: No such file or directory"),
        (["sh", "-c", "exit 3"], "60s", "ended with status 3"),
        (["sh", "-c", "sleep 600 & sleep 600"], "1s", "took longer than 1 s, and was ended"),
        (["sh", "-c", "exec <&-; exit 0"], "60s", None),
    ],
    ids=["missing", "fails", "hangs", "does not listen"],
)
def test_what_is_wrong_with_a_command_is_one_line(
    hook: list[str], timeout: str, problem: str | None
) -> None:
    problems = _tell(command=hook, timeout=timeout)
    assert problems == ([f"the hook {hook[0]} {problem}"] if problem else [])


def test_only_the_beginning_of_what_a_command_prints_is_kept(
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scraper.hooks._LAST_OUTPUT_S", TIME_LIMIT_S)
    loud = "echo first; head -c 30000000 /dev/zero | tr '\\0' a; echo last >&2"
    assert _tell(command=["sh", "-c", loud], timeout="300s") == []
    printed = capsys.readouterr().err
    assert printed.startswith("| first\n| aaaa")
    assert len(printed) == 10_005
    assert "the hook sh printed 29,990,011 bytes more, which are cut" in caplog.text


def test_a_command_that_leaves_a_process_behind_holds_nobody_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _tell(command=["sh", "-c", "sleep 600 & echo $!"]) == []
    left_behind = int(capsys.readouterr().err.removeprefix("| "))
    os.kill(left_behind, signal.SIGKILL)  # fails where it has ended


def _in_turn(answers: Iterable[Route]) -> Route:
    """Give one answer after the other."""
    waiting = iter(answers)

    def answer(request: ReceivedRequest) -> Any:
        return next(waiting)

    return answer


def test_an_address_gets_the_report_and_is_asked_again_when_it_is_not_well() -> None:
    answers: list[Route] = [respond(status="503 Sorry"), [RESET], respond(status="204 No Content")]
    with BlogServer({"/secret": _in_turn(answers)}) as server:
        assert _tell(url=server.url("/secret")) == []
    assert [request.method for request in server.requests] == ["POST"] * 3
    body = server.requests[-1].raw.partition(b"\r\n\r\n")[2]
    assert json.loads(body) == _NOTICE


@pytest.mark.parametrize(
    ("answer", "requests", "problem"),
    [
        (respond(status="404 Not Found"), 1, "HTTP 404"),
        (respond(b"", "Location: /elsewhere", status="307 Go"), 1, "HTTP 307"),
        (respond(b"", "Retry-After: 86400", status="429 Busy"), 4, "too many 429 error responses"),
        ([Wait(TIME_LIMIT_S)], 4, "Read timed out. (read timeout=1.0)"),
    ],
    ids=["refuses", "redirects", "is busy", "is silent"],
)
def test_what_is_wrong_with_an_address_is_said_without_the_address(
    answer: Route, requests: int, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scraper.hooks._BACKOFF_S", 0.0)
    with BlogServer({"/secret": answer}) as server:
        timeout = "1s" if isinstance(answer, list) else "60s"  # the silent one
        (line,) = _tell(url=server.url("/secret"), timeout=timeout)
        assert len(server.requests) == requests
    assert line == f"the report could not be sent to 127.0.0.1: {problem}"
