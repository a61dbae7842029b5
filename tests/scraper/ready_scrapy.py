"""Runs `scrapy` in a fork of a process that has loaded its libraries, which is half of its work.

Each fork is a process as the command's own is: with its arguments, its directory and its streams.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.patience import TIME_LIMIT_S

_LOADED = (
    "itemadapter", "jinja2", "protego", "surt", "tldextract",
    "scrapy.cmdline", "scrapy.commands.check", "scrapy.core.downloader.handlers.http11",
    "scrapy.crawler", "scrapy.shell", "scrapy.spiders.crawl", "scrapy.squeues",
    "scraper.capture_handler", "scraper.collection_keeper", "scraper.commands.crawl",
    "scraper.commands.crawl_due", "scraper.pipelines", "scraper.spiders.blog",
    "scraper.spiders.pages",
)  # fmt: skip
_LOADED_BY_EACH = ("scraper.settings", "twisted.internet.reactor")  # they look at the process
_READY = b"ready"
_MOST_BYTES = 200_000


def run_ready(
    line: Sequence[str], *, cwd: Path, given: bytes, env: Mapping[str, str]
) -> tuple[int, bytes, bytes]:
    """Run a command line of `scrapy`; give its status, its output and its errors.

    Args:
        line: the command and its arguments.
        cwd: its directory.
        given: its standard input.
        env: its environment.

    Raises:
        subprocess.TimeoutExpired: it hangs, and was killed.
    """
    asked = json.dumps([list(line), str(cwd), dict(env)]).encode()
    with TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
        stdin.write(given)
        stdin.seek(0)
        return _run(asked, (stdin, stdout, stderr)), _all_of(stdout), _all_of(stderr)


def _all_of(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _run(asked: bytes, streams: Sequence[IO[bytes]]) -> int:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        descriptors = [*(stream.fileno() for stream in streams), theirs.fileno()]
        socket.send_fds(_ready_process(), [asked], descriptors)
        theirs.close()
        ours.settimeout(TIME_LIMIT_S)
        process_id = int(ours.recv(20))
        try:
            return int(ours.recv(20))
        except TimeoutError:
            os.kill(process_id, signal.SIGKILL)
            raise subprocess.TimeoutExpired(asked.decode(), TIME_LIMIT_S) from None


@cache
def _ready_process() -> socket.socket:
    """Start the process that is forked; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    assert ours.recv(10) == _READY, "the libraries cannot be loaded: see standard error"
    return ours


def _serve(asked: socket.socket) -> list[str] | None:
    """Fork for each request; returns its command line in the fork, and None at the end."""
    for name in _LOADED:
        import_module(name)
    for name in _LOADED_BY_EACH:
        sys.modules.pop(name, None)
    asked.send(_READY)
    while True:
        request, descriptors, _, _ = socket.recv_fds(asked, _MOST_BYTES, 4)
        if not request:
            return None
        if (supervisor := os.fork()) == 0:
            asked.close()
            return _supervise(request, descriptors)
        os.waitpid(supervisor, 0)
        for descriptor in descriptors:
            os.close(descriptor)


def _supervise(request: bytes, descriptors: Sequence[int]) -> list[str]:
    """Fork again, and tell how that fork ends; returns the command line in the last fork."""
    *streams, reply = descriptors
    if os.fork():
        os._exit(0)  # the one that waits for requests does not wait for the end
    if command := os.fork():
        with socket.socket(fileno=reply) as told:
            told.send(b"%-20d" % command)
            told.send(b"%-20d" % os.waitstatus_to_exitcode(os.waitpid(command, 0)[1]))
        os._exit(0)
    os.close(reply)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    line, cwd, env = json.loads(request)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    return list(line)


def _main() -> None:
    line = _serve(socket.socket(fileno=int(sys.argv[1])))
    if line:
        from scrapy.cmdline import execute

        sys.argv = line
        execute()


if __name__ == "__main__":
    _main()
