"""Reads the WARC files of a run, several at a time, each in a process of its own."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from archive.errors import WarcError
from archive.verification.ledger import Ledger
from archive.verification.warc_checks import WarcSource, scan

_EVERYTHING = 1 << 62  # an offset behind the end of any file


def read_sources(
    sources: Sequence[WarcSource],
    ledger: Ledger,
    processes: int,
    on_bytes: Callable[[int], None],
) -> Iterator[tuple[WarcSource, WarcError]]:
    """Enter WARC files into the ledger; yields those that cannot be read, with the reason.

    What such a file holds is unknown, so that nothing which it lacks is a finding.

    Args:
        sources: the files.
        ledger: gets what is in them.
        processes: that read at the same time.
        on_bytes: is told how many bytes were read, piece by piece.
    """
    workers = min(processes, len(sources))
    ledger.flush()
    if workers <= 1:
        failed = _read_here(sources, ledger, on_bytes)
    else:
        failed = _read_apart(sources, ledger.path, workers, on_bytes)
    for source, error in failed:
        values = (source.number, source.target, source.label, source.name, 0, 0, source.is_open)
        ledger.add("files", *values)
        ledger.add("damages", source.number, 0, _EVERYTHING)
        yield source, error


def _read_here(
    sources: Sequence[WarcSource], ledger: Ledger, on_bytes: Callable[[int], None]
) -> Iterator[tuple[WarcSource, WarcError]]:
    for source in sources:
        try:
            scan(source, ledger, on_bytes)
        except WarcError as error:
            yield source, error


def _read_apart(
    sources: Sequence[WarcSource], ledger_path: Path, workers: int, on_bytes: Callable[[int], None]
) -> Iterator[tuple[WarcSource, WarcError]]:
    with _worker_pool(workers) as pool:
        # Ctrl-C goes to every process of the terminal. With a signal mask that they inherit, it is
        # for this one alone to end the others. And no signal ends this one while a worker is half
        # started: it would complain of the missing half.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            waiting = {pool.submit(_scan_apart, source, ledger_path): source for source in sources}
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for done in as_completed(waiting):
            source, error = waiting[done], done.exception()
            if isinstance(error, BrokenProcessPool):
                error = WarcError("the process that read it died", path=source.path)
            if isinstance(error, WarcError):
                yield source, error
            elif error is not None:
                raise error
            else:
                on_bytes(source.byte_count)


@contextmanager
def _worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Start worker processes; when this one is stopped, they are, too."""
    others: set[BaseProcess] = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    with ExitStack() as stack:
        stack.callback(pool.shutdown, cancel_futures=True)
        stack.callback(_end_children, others)
        yield pool
        stack.pop_all()
    pool.shutdown()


def _end_children(others: set[BaseProcess]) -> None:
    for child in set(active_children()) - others:
        child.kill()  # SIGTERM is held back in them


def _scan_apart(source: WarcSource, ledger_path: Path) -> None:
    """Read one file in a process of its own."""
    with Ledger(ledger_path) as ledger:
        scan(source, ledger)
