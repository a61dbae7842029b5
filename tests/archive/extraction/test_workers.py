"""Workers that are killed, late or greedy cost one job each; the pool goes on."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from archive.errors import (
    ExtractionCrashError,
    ExtractionError,
    ExtractionRefusedError,
    ExtractionTimeoutError,
)
from archive.extraction.reading import Reading
from archive.extraction.workers import ExtractionJob, ExtractionPool
from archive.revisiting import is_passing
from tests.patience import TIME_LIMIT_S, wait_until

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
GREEDY = HEAD + b"<p>a<b>b</b>" * 600_000
LARGE = HEAD + b"<article>" + b"<p>A paragraph of a page that takes its time.</p>" * 60_000


def job(text: str = "One.") -> ExtractionJob:
    page = f'<h1>T</h1><div class="entry-content"><p>{text}</p></div>'.encode()
    return ExtractionJob(url=f"https://blog.example/{text}", blocks=(HEAD + page,))


def large_job() -> ExtractionJob:
    return ExtractionJob(url="https://blog.example/large", blocks=(LARGE,))


def pool_of(
    processes: int, *, deadline_s: float = TIME_LIMIT_S, memory: int = 1 << 30, pending: int = 100
) -> ExtractionPool:
    return ExtractionPool(
        processes, deadline_s=deadline_s, memory_limit_bytes=memory, max_pending=pending
    )


@pytest.fixture
def pool() -> Iterator[ExtractionPool]:
    with pool_of(1) as pool:
        yield pool


def children() -> set[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for path in tasks for pid in path.read_text().split()}


def wait_for_new_child(before: set[int]) -> int:
    wait_until(lambda: children() - before, "no worker was started")
    return (children() - before).pop()


def stop_the_worker(pool: ExtractionPool) -> int:
    """Stop the only worker once it has answered, so that it will be late."""
    before = children()
    assert pool.submit(job("First.")).result(TIME_LIMIT_S).extraction.main_text == "First."
    (worker,) = children() - before
    os.kill(worker, signal.SIGSTOP)
    return worker


def submit_late(pool: ExtractionPool, late: ExtractionJob) -> Future[Reading]:
    """Submit a job with a short deadline; those after it, with a new worker, have a long one."""
    usual_s, pool._deadline_s = pool._deadline_s, 0.5

    def take_time_again(_: object) -> None:
        pool._deadline_s = usual_s

    future = pool.submit(late)
    future.add_done_callback(take_time_again)
    return future


def test_many_jobs_come_back_each_with_its_own_text() -> None:
    with pool_of(2, pending=60) as pool:
        for first in (0, 50):  # more in all than may wait at a time
            texts = [f"Text {n}." for n in range(first, first + 50)]
            futures = [pool.submit(job(text)) for text in texts]
            assert [f.result(TIME_LIMIT_S).extraction.main_text for f in futures] == texts


def test_killed_worker_costs_one_job(pool: ExtractionPool) -> None:
    before = children()
    lost = pool.submit(large_job())
    kept = pool.submit(job("After."))
    os.kill(wait_for_new_child(before), signal.SIGKILL)
    error = lost.exception(TIME_LIMIT_S)
    assert isinstance(error, ExtractionCrashError)
    assert error.exit_code == -signal.SIGKILL
    assert kept.result(TIME_LIMIT_S).extraction.main_text == "After."


def test_a_machine_without_room_is_told_apart_from_a_page_that_cannot_be_read() -> None:
    words = (
        "Harbour lantern quarry river stone bridge winter orchard. " * 20
    )  # of no plain language
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pool_of(1) as pool:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
            error = pool.submit(job(words)).exception(TIME_LIMIT_S)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert isinstance(error, ExtractionRefusedError)
    assert "File too large" in str(error)
    assert is_passing("ExtractionRefused")


def test_stopped_worker_is_late_and_costs_one_job(pool: ExtractionPool) -> None:
    worker = stop_the_worker(pool)
    late = submit_late(pool, job("Late."))
    kept = pool.submit(job("After."))
    error = late.exception(TIME_LIMIT_S)
    assert isinstance(error, ExtractionTimeoutError)
    assert error.limit_s == 0.5
    assert kept.result(TIME_LIMIT_S).extraction.main_text == "After."
    assert worker not in children()


def test_stopped_worker_that_takes_no_job_is_late_too(pool: ExtractionPool) -> None:
    stop_the_worker(pool)
    late = submit_late(pool, large_job())  # more than the connection holds: sending it is stuck
    kept = pool.submit(job("After."))
    assert isinstance(late.exception(TIME_LIMIT_S), ExtractionTimeoutError)
    assert kept.result(TIME_LIMIT_S).extraction.main_text == "After."


def test_job_that_cannot_be_sent_costs_itself(pool: ExtractionPool) -> None:
    unsendable: Any = threading.Lock()
    lost = pool.submit(ExtractionJob(url="https://blog.example/lock", blocks=(unsendable,)))
    kept = pool.submit(job("After."))
    with pytest.raises(ExtractionError, match=r"https://blog\.example/lock: TypeError: .*pickle"):
        lost.result(TIME_LIMIT_S)
    assert kept.result(TIME_LIMIT_S).extraction.main_text == "After."


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
        assert isinstance(greedy.exception(TIME_LIMIT_S), ExtractionError)
        assert kept.result(TIME_LIMIT_S).extraction.main_text == "After."


def test_job_that_cannot_be_extracted_fails_with_its_reason(pool: ExtractionPool) -> None:
    broken = pool.submit(ExtractionJob(url="https://blog.example/none", blocks=()))
    with pytest.raises(ExtractionError, match=r"https://blog\.example/none: .*no pages"):
        broken.result(TIME_LIMIT_S)
    assert pool.submit(job("After.")).result(TIME_LIMIT_S).extraction.main_text == "After."


def test_more_jobs_than_may_wait_are_refused() -> None:
    with ExtractionPool(
        1, deadline_s=TIME_LIMIT_S, memory_limit_bytes=1 << 30, max_pending=1
    ) as pool:
        first, second = pool.submit(large_job()), pool.submit(job())
        with pytest.raises(ExtractionError, match="1 pages wait"):
            second.result(TIME_LIMIT_S)
        assert first.result(TIME_LIMIT_S).extraction.main_text


def test_closing_ends_the_workers_and_cancels_what_waits() -> None:
    before = children()
    pool = pool_of(1)
    running = pool.submit(large_job())
    wait_for_new_child(before)
    waiting = pool.submit(job())
    pool.close()
    pool.close()
    assert running.result(TIME_LIMIT_S).extraction.main_text
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
pool.submit(job()).result()
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
        parent.wait(TIME_LIMIT_S)
        wait_until(lambda: not is_running(worker), "the worker has outlived its parent")
    finally:
        parent.kill()
        if is_running(worker):
            os.kill(worker, signal.SIGKILL)


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
