"""Tells others that a crawl has ended: a command gets the report, and so does a web address."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError

from archive.collection import Collection
from archive.collection_settings import Hooks
from archive.dates import utc_now
from archive.errors import ArchiveError
from archive.schedule.notice import Event, make_notice
from archive.terminal import printable
from scraper.identity import SOFTWARE

logger = logging.getLogger(__name__)

HOOK_FAILED = "a hook failed: "
"""What the log of a crawl says before each problem with a hook; the schedule looks for it."""

OUTPUT_MARK = "| "
"""Begins each line that a command printed, so that none passes for one of ours."""

_RETRIES = 3
_RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_BACKOFF_S = 1.0  # before the second retry; twice as long before the third
_VARIABLES = ("event", "collection", "crawl_id", "reason")
_MAX_REASON_LENGTH = 200
_MAX_OUTPUT_BYTES = 10_000
_LAST_OUTPUT_S = 1.0  # to read what a command printed before it ended


def announce(
    collection: Collection, event: Event | None = None, *, began: datetime, message: str = ""
) -> tuple[str, ...]:
    """Tell whom a collection's ``collection.toml`` names that a crawl of it has ended.

    Args:
        collection: that was crawled.
        event: how the crawl ended; None: as the catalogue says, and a failure where no crawl came
            about, unless another process is writing the collection, which tells of its own.
        began: when its process began.
        message: what went wrong, where the catalogue does not say.

    Returns:
        A line for each hook that did not work.
    """
    hooks = collection.settings.hooks
    if not (hooks.command or hooks.url):
        return ()
    notice = make_notice(collection, event=event, began=began, now=utc_now(), message=message)
    if event is None and notice["crawl_id"] is None and collection.is_locked():
        return ()
    if notice["event"] not in hooks.on:
        return ()
    return tuple(tell(hooks, notice))


def announce_unusable(path: Path, problem: str) -> tuple[str, ...]:
    """Tell whom a collection names that it cannot be crawled, if its settings can be read.

    Args:
        path: of the collection.
        problem: what keeps it from being crawled.

    Returns:
        A line for each hook that did not work.
    """
    with suppress(ArchiveError, OSError):
        return announce(Collection.open(path), "failure", began=utc_now(), message=problem)
    return ()


def tell(hooks: Hooks, notice: Mapping[str, Any]) -> Iterator[str]:
    """Run the hooks of a collection, and yield a line for each that did not work.

    A hook that fails changes nothing else: the crawl stays what it was.

    Args:
        hooks: of the collection.
        notice: as `archive.schedule.notice.make_notice` gives it.
    """
    body = json.dumps(notice, ensure_ascii=False).encode()
    timeout_s = hooks.timeout.total_seconds()
    if hooks.command and (problem := _run(hooks.command, notice, body, timeout_s)):
        yield f"the hook {hooks.command[0]} {problem}"
    if hooks.url and (problem := _post(hooks.url, body, timeout_s)):
        yield f"the report could not be sent to {urlsplit(hooks.url).hostname}: {problem}"


def _run(
    command: Sequence[str], notice: Mapping[str, Any], body: bytes, timeout_s: float
) -> str | None:
    """Run a command with the report on its standard input; tell what went wrong.

    The beginning of what it prints goes where the messages of the crawl go. A process that it
    leaves behind may hold its pipe open; nobody waits for that.
    """
    values = {name: str(notice.get(name) or "") for name in _VARIABLES}
    variables = {f"BLOG_ARCHIVER_{name.upper()}": value for name, value in values.items()}
    try:
        process = subprocess.Popen(  # noqa: S603 - it is what collection.toml says
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | variables,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:  # the latter: a NUL in it
        return f"cannot be run: {getattr(error, 'strerror', None) or error}"
    output = _Output(process)
    try:
        return _wait(process, body, timeout_s)
    finally:
        output.pass_on(command[0])


def _wait(process: subprocess.Popen[bytes], body: bytes, timeout_s: float) -> str | None:
    """Hand a command the report and wait for its end; tell what went wrong."""
    try:
        process.communicate(body, timeout_s)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"took longer than {timeout_s:g} s, and was ended"
    return f"ended with status {process.returncode}" if process.returncode else None


class _Output:
    """The beginning of what a process prints; the rest is read and dropped.

    Args:
        process: whose output is a pipe, which is taken from it.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._pipe, process.stdout = process.stdout, None  # else its end would be waited for
        self._kept, self._size = b"", 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def pass_on(self, name: str) -> None:
        """Write what was kept to standard error, marked, and that there was more if there was."""
        self._reader.join(_LAST_OUTPUT_S)
        text = printable(self._kept.decode("utf-8", "replace")).rstrip("\n")
        if text:  # in one piece, since other hooks print beside it
            sys.stderr.write("".join(f"{OUTPUT_MARK}{line}\n" for line in text.split("\n")))
        if self._size > len(self._kept):
            more = self._size - len(self._kept)
            logger.warning("the hook %s printed %s bytes more, which are cut", name, f"{more:,}")

    def _read(self) -> None:
        with self._pipe:
            while chunk := self._pipe.read1(_MAX_OUTPUT_BYTES):  # type: ignore[attr-defined]
                self._kept += chunk[: _MAX_OUTPUT_BYTES - len(self._kept)]
                self._size += len(chunk)


def _post(url: str, body: bytes, timeout_s: float) -> str | None:
    """Send the report to a web address, again where that may help; tell what went wrong.

    No redirect is followed. A Retry-After is not waited for: it may name any time.
    """
    retries = urllib3.Retry(
        total=_RETRIES,
        redirect=False,
        status_forcelist=_RETRIED_STATUSES,
        allowed_methods=frozenset({"POST"}),
        backoff_factor=_BACKOFF_S,
        respect_retry_after_header=False,
    )
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it would log the address: a secret
    headers = {"Content-Type": "application/json", "User-Agent": SOFTWARE}
    try:
        with urllib3.PoolManager(retries=retries, timeout=timeout_s) as pool:
            answer = pool.request(
                "POST", url, body=body, headers=headers, redirect=False, preload_content=False
            )
            answer.close()  # what it says does not matter, and may be endless
    except MaxRetryError as error:
        return _reason(error.reason or error)
    except HTTPError as error:
        return _reason(error)
    return None if answer.status < 300 else f"HTTP {answer.status}"


def _reason(error: Exception) -> str:
    """Write an error without the address: that of a webhook is a secret."""
    return printable(str(error).rpartition(": ")[2] or type(error).__name__)[:_MAX_REASON_LENGTH]
