"""Workers that are killed, late or greedy cost one job each; the pool goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.errors import ExtractionCrashError, ExtractionError, ExtractionTimeoutError
from archive.extraction.workers import ExtractionJob, ExtractionPool

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
GREEDY = HEAD + b"<p>a<b>b</b>" * 600_000
LARGE = HEAD + b"<article>" + b"<p>A paragraph of a page that takes its time.</p>" * 60_000


def job(text: str = "One.") -> ExtractionJob:
    page = f'<h1>T</h1><div class="entry-content"><p>{text}</p></div>'.encode()
    return ExtractionJob(url=f"https://blog.example/{text}", blocks=(HEAD + page,))


def large_job() -> ExtractionJob:
    return ExtractionJob(url="https://blog.example/large", blocks=(LARGE,))


def pool_of(processes: int, *, deadline_s: float = 30.0, memory: int = 1 << 30) -> ExtractionPool:
    return ExtractionPool(
        processes, deadline_s=deadline_s, memory_limit_bytes=memory, max_pending=100
    )


@pytest.fixture
def pool() -> Iterator[ExtractionPool]:
    with pool_of(1) as pool:
        yield pool


def children() -> set[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for path in tasks for pid in path.read_text().split()}


def wait_for_new_child(before: set[int]) -> int:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if new := children() - before:
            return new.pop()
        time.sleep(0.001)
    raise AssertionError("no worker was started")


def test_many_jobs_come_back_each_with_its_own_text() -> None:
    with pool_of(2) as pool:
        futures = [pool.submit(job(f"Text {n}.")) for n in range(50)]
        assert [f.result(30).extraction.main_text for f in futures] == [
            f"Text {n}." for n in range(50)
        ]
        assert pool.pending == 0


def test_killed_worker_costs_one_job(pool: ExtractionPool) -> None:
    before = children()
    lost = pool.submit(large_job())
    kept = pool.submit(job("After."))
    os.kill(wait_for_new_child(before), signal.SIGKILL)
    error = lost.exception(30)
    assert isinstance(error, ExtractionCrashError)
    assert error.exit_code == -signal.SIGKILL
    assert kept.result(30).extraction.main_text == "After."


def test_stopped_worker_is_late_and_costs_one_job() -> None:
    with pool_of(1, deadline_s=2.0) as pool:
        assert pool.submit(job("First.")).result(30).extraction.main_text == "First."
        (worker,) = children()
        os.kill(worker, signal.SIGSTOP)
        late = pool.submit(job("Late."))
        kept = pool.submit(job("After."))
        error = late.exception(30)
        assert isinstance(error, ExtractionTimeoutError)
        assert error.limit_s == 2.0
        assert kept.result(30).extraction.main_text == "After."
        assert worker not in children()


def test_stopped_worker_that_takes_no_job_is_late_too() -> None:
    with pool_of(1, deadline_s=2.0) as pool:
        assert pool.submit(job("First.")).result(30).extraction.main_text == "First."
        (worker,) = children()
        os.kill(worker, signal.SIGSTOP)
        late = pool.submit(large_job())  # more than the connection holds: sending it is stuck
        kept = pool.submit(job("After."))
        assert isinstance(late.exception(30), ExtractionTimeoutError)
        assert kept.result(30).extraction.main_text == "After."


def test_job_that_cannot_be_sent_costs_itself(pool: ExtractionPool) -> None:
    unsendable: Any = threading.Lock()
    lost = pool.submit(ExtractionJob(url="https://blog.example/lock", blocks=(unsendable,)))
    kept = pool.submit(job("After."))
    with pytest.raises(ExtractionError, match=r"https://blog\.example/lock: TypeError: .*pickle"):
        lost.result(30)
    assert kept.result(30).extraction.main_text == "After."


@pytest.mark.parametrize(
    ("processes", "deadline_s", "memory"),
    [(0, 1.0, 1), (-1, 1.0, 1), (1, 0.0, 1), (1, float("inf"), 1), (1, 1.0, 0)],
)
def test_pool_that_could_never_answer_is_not_made(
    processes: int, deadline_s: float, memory: int
) -> None:
    with pytest.raises(ValueError, match=r"numbers above 0|no deadline"):
        pool_of(processes, deadline_s=deadline_s, memory=memory)


def test_greedy_page_costs_itself() -> None:
    with pool_of(1, memory=250 << 20) as pool:
        greedy = pool.submit(ExtractionJob(url="https://blog.example/greedy", blocks=(GREEDY,)))
        kept = pool.submit(job("After."))
        assert isinstance(greedy.exception(60), ExtractionError)
        assert kept.result(30).extraction.main_text == "After."


def test_job_that_cannot_be_extracted_fails_with_its_reason(pool: ExtractionPool) -> None:
    broken = pool.submit(ExtractionJob(url="https://blog.example/none", blocks=()))
    with pytest.raises(ExtractionError, match=r"https://blog\.example/none: .*no pages"):
        broken.result(30)
    assert pool.submit(job("After.")).result(30).extraction.main_text == "After."


def test_more_jobs_than_may_wait_are_refused() -> None:
    with ExtractionPool(1, deadline_s=30, memory_limit_bytes=1 << 30, max_pending=1) as pool:
        first, second = pool.submit(large_job()), pool.submit(job())
        with pytest.raises(ExtractionError, match="1 pages wait"):
            second.result(30)
        assert first.result(60).extraction.main_text


def test_closing_ends_the_workers_and_cancels_what_waits() -> None:
    before = children()
    pool = pool_of(1)
    running = pool.submit(large_job())
    wait_for_new_child(before)
    waiting = pool.submit(job())
    pool.close()
    pool.close()
    assert running.result(60).extraction.main_text
    assert waiting.cancelled()
    assert children() == before
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(job())


class EndlessLoop:
    """A block that keeps the worker busy for ever, with the interpreter never let go."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("sum(iter(int, 1))",)


_STARTS_AN_ENDLESS_JOB = """
import sys, time
from tests.archive.extraction.test_workers import EndlessLoop, children, pool_of, job
from archive.extraction.workers import ExtractionJob
pool = pool_of(1, deadline_s=600)
pool.submit(job()).result(60)
pool.submit(ExtractionJob(url="https://blog.example/endless", blocks=(EndlessLoop(),)))
print(*children(), flush=True)
time.sleep(600)
"""


def test_worker_in_an_endless_loop_dies_with_a_killed_parent() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _STARTS_AN_ENDLESS_JOB], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    with parent.stdout:
        worker = int(parent.stdout.readline())
    try:
        wait_until(lambda: cpu_ticks(worker) >= 100, "the worker is not busy")
        parent.kill()
        parent.wait(10)
        wait_until(lambda: not is_running(worker), "the worker has outlived its parent")
    finally:
        parent.kill()
        if is_running(worker):
            os.kill(worker, signal.SIGKILL)


def wait_until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.01)


def process_stat(pid: int) -> list[str]:
    """Give the fields of /proc/<pid>/stat behind the name; none where there is no process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_running(pid: int) -> bool:
    return process_stat(pid)[:1] not in ([], ["Z"])  # a zombie is dead, and waits to be counted


def cpu_ticks(pid: int) -> int:
    return int((process_stat(pid) or ["0"] * 12)[11])


def test_parts_for_the_spider_import_neither_trafilatura_nor_beautiful_soup() -> None:
    code = (
        "import sys, archive.extraction.tree.parsing, archive.extraction.tree.canonical, "
        "archive.extraction.continuations, archive.extraction.workers\n"
        "print(sorted({'trafilatura', 'bs4', 'py3langid', 'scrapy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
