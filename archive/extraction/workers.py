"""Extraction in worker processes: a page that crashes, hangs or eats memory costs itself alone.

Each worker is a process of its own, served by one thread here that sends it a job and waits for the
answer; nothing polls. At the deadline the worker is killed. One that dies or is late is replaced,
and only the job it had fails. The workers are started as plain processes rather than by
`multiprocessing`, whose children import the main program first: for a Scrapy crawl that is Scrapy,
in every worker.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from pickle import UnpicklingError
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Self

from archive.errors import (
    ExtractionCrashError,
    ExtractionError,
    ExtractionRefusedError,
    ExtractionTimeoutError,
)
from archive.records import Hints

if TYPE_CHECKING:
    from archive.extraction.reading import Reading
    from archive.extraction.site.site_profile import SiteProfile
    from archive.extraction.testimony.witnesses import Witness
    from archive.extraction.worker import Reply

_PACKAGE_ROOT = str(Path(__file__).parents[2])
_EXIT_WAIT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionJob:
    """A page to extract, as `archive.extraction.extract_parts` takes it."""

    url: str
    blocks: tuple[bytes, ...]
    hints: Hints = field(default_factory=Hints)
    site: SiteProfile | None = None
    witnesses: tuple[Witness, ...] = ()


_Task = tuple[ExtractionJob, "Future[Reading]"]


class ExtractionPool:
    """A number of workers that extract pages, and the queue before them.

    Args:
        processes: number of workers; each is started when there is work for it.
        deadline_s: time one page may take, from when a worker gets it.
        memory_limit_bytes: address space of one worker (RLIMIT_AS).
        max_pending: jobs accepted and not yet done. It guards memory: the caller is expected to
            wait for results before it submits more.

    Raises:
        ValueError: a number is not above 0, or a time is longer than a clock can wait.
    """

    def __init__(
        self, processes: int, *, deadline_s: float, memory_limit_bytes: int, max_pending: int
    ) -> None:
        if min(processes, memory_limit_bytes, max_pending) < 1:
            raise ValueError("an extraction pool needs numbers above 0")
        if not 0 < deadline_s <= threading.TIMEOUT_MAX:
            raise ValueError(f"{deadline_s} s is no deadline")
        self._processes = processes
        self._deadline_s = deadline_s
        self._memory_limit_bytes = memory_limit_bytes
        self._max_pending = max_pending
        self._queue: SimpleQueue[_Task | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._pending = 0
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, job: ExtractionJob) -> Future[Reading]:
        """Queue a page for extraction; never blocks.

        Returns:
            A future of what was read. It fails with `ExtractionTimeoutError` or
            `ExtractionCrashError` where the worker was late or died, with `ExtractionRefusedError`
            where the machine refused what it takes, and with `ExtractionError` where extraction
            failed otherwise or more than `max_pending` jobs wait.

        Raises:
            RuntimeError: the pool is closed.
        """
        future: Future[Reading] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the extraction pool is closed")
            if self._pending >= self._max_pending:
                future.set_exception(
                    ExtractionError(f"{self._pending} pages wait for extraction", url=job.url)
                )
                return future
            self._pending += 1
            if len(self._threads) < min(self._processes, self._pending):
                self._start_thread()
        future.add_done_callback(self._count_down)
        self._queue.put((job, future))
        return future

    def close(self) -> None:
        """Cancel what waits, let the running jobs end, stop the workers. May be called twice."""
        with self._lock:
            self._closed = True
            threads = self._threads
        with suppress(Empty):
            while True:
                task = self._queue.get_nowait()
                if task is not None:
                    task[1].cancel()
        for _ in threads:
            self._queue.put(None)
        for thread in threads:
            thread.join()

    def _count_down(self, _: Future[Reading]) -> None:
        with self._lock:
            self._pending -= 1

    def _start_thread(self) -> None:
        name = f"extraction-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        """Feed one worker, replacing it as often as needed, until the pool is closed."""
        worker: _Worker | None = None
        while (task := self._queue.get()) is not None:
            job, future = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if worker is None:
                    worker = _Worker(self._memory_limit_bytes)
                result, error, retires = worker.ask(job, self._deadline_s)
                failure = _as_extraction_error(error, job) if result is None else None
            except Exception as problem:  # noqa: BLE001 - the main loop: each job has its answer
                result, failure, retires = None, _as_extraction_error(problem, job), True
            if retires and worker is not None:
                worker.stop()
                worker = None
            if result is not None:
                future.set_result(result)
            else:
                future.set_exception(failure)
        if worker is not None:
            worker.stop()


def _as_extraction_error(problem: Exception | str, job: ExtractionJob) -> ExtractionError:
    """Say of which job it was: it failed, no process could be started, or an answer is no sense."""
    if isinstance(problem, ExtractionError):
        return problem
    if isinstance(problem, str):
        return ExtractionError(problem, url=job.url)
    if isinstance(problem, OSError):
        return ExtractionRefusedError(str(problem)[:500], url=job.url)
    return ExtractionError(f"{type(problem).__name__}: {problem}"[:500], url=job.url)


class _Worker:
    """A worker process and our end of the connection to it."""

    def __init__(self, memory_limit_bytes: int) -> None:
        self._is_late = False
        self._connection, theirs = Pipe()
        with theirs:
            self._process = _start_process(theirs, memory_limit_bytes)

    def ask(self, job: ExtractionJob, deadline_s: float) -> Reply:
        """Send a job and wait for the answer; a worker without one at the deadline is killed."""
        alarm = threading.Timer(deadline_s, self._kill_late)  # it ends a send that is stuck, too
        alarm.daemon = True
        alarm.start()
        try:
            self._connection.send((job.url, job.blocks, job.hints, job.site, job.witnesses))
            result, error, retires = self._connection.recv()
        except (EOFError, OSError, UnpicklingError):
            exit_code = self._end()
            if self._is_late:
                raise ExtractionTimeoutError(url=job.url, limit_s=deadline_s) from None
            raise ExtractionCrashError(url=job.url, exit_code=exit_code) from None
        finally:
            alarm.cancel()
            alarm.join()
        return result, error, retires or self._is_late

    def _kill_late(self) -> None:
        self._is_late = True
        self._process.kill()

    def stop(self) -> None:
        """Close the connection, on which the worker ends."""
        self._end()

    def _end(self) -> int:
        self._connection.close()
        try:
            return self._process.wait(_EXIT_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _start_process(connection: Connection, memory_limit_bytes: int) -> subprocess.Popen[bytes]:
    """Start a worker in a session of its own: Ctrl-C ends the crawl, and the crawl its workers."""
    path = os.pathsep.join(filter(None, (_PACKAGE_ROOT, os.environ.get("PYTHONPATH"))))
    descriptor = connection.fileno()
    module = "archive.extraction.worker"
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", module, *map(str, (descriptor, memory_limit_bytes, os.getpid()))],
        stdin=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
