"""Replays a collection with pywb, a program of its own in a process of its own.

A collection is laid out as a pywb collection. pywb is shown its WARC files and its index, and
nothing else: no settings, templates or access rules that a collection from elsewhere might hold.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from archive import lifetime
from archive.cdxj import CdxjEntry, CdxjIndex
from archive.collection import Collection
from archive.errors import ReplayError
from archive.urls import urlkey

HOST = "127.0.0.1"  # nobody else on the network is to read the archive through it
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 10.0
_POLL_S = 0.05
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")
_RESERVED_NAMES = frozenset({"all", "live", "record", "static"})  # pywb's own paths
_LAST_LINES = 3


class Replay:
    """A pywb that answers.

    Attributes:
        url: of the collection, with its search page; ends in a slash.
    """

    def __init__(self, collection: Collection, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self._index = CdxjIndex(collection.index_path)
        self._process = process

    def wait(self) -> None:
        """Return when pywb has ended by itself.

        Raises:
            ReplayError: always then, as it ends when something is wrong.
        """
        # A signal that comes just before a wait without end would be heard only after it.
        while (status := self._process.poll()) is None:
            time.sleep(_POLL_S)
        raise ReplayError(f"pywb ended with status {status}")

    def page_url(self, url: str) -> str | None:
        """Return where the latest capture of a URL is replayed, one that is a page if there is one.

        Returns:
            None where the URL was not captured.
        """
        captures = list(self._index.lookup(urlkey(url)))
        if not captures:
            return None
        latest = max(captures, key=_worth_seeing)
        return f"{self.url}{latest.date:%Y%m%d%H%M%S}/{latest.url}"


@contextmanager
def replaying(collection: Collection, *, program: Path, port: int = 0) -> Iterator[Replay]:
    """Run pywb on a collection for the time of the context; only this machine can reach it.

    What a crawl is still writing is not shown; what it has sealed is.

    Args:
        collection: to be replayed; nothing is written into it.
        program: pywb, as `find_pywb` finds it.
        port: to listen on; 0 for any that is free.

    Raises:
        ReplayError: the port is taken, or pywb does not start.
    """
    port = _free_port(port)
    with TemporaryDirectory(prefix="archive-replay-") as directory:
        name = _pywb_name(collection.name)
        _lay_out(Path(directory), name, collection)
        log_path = Path(directory) / "pywb.log"
        process = _start(program, Path(directory), port, log_path)
        try:
            url = f"http://{HOST}:{port}/{name}/"
            _wait_until_answered(process, url, log_path)
            yield Replay(collection, url, process)
        finally:
            _stop(process)


def find_pywb(given: str | None = None) -> Path:
    """Find the program pywb.

    It has dependencies that exclude this project's, so it lives in an environment of its own:
    ``pywb/`` in the environment that runs this, where ``make pywb`` puts it, or any
    directory on PATH.

    Args:
        given: path of the program, or its name on PATH, where the caller knows better.

    Raises:
        ReplayError: it is not there; says how to install it.
    """
    if given is not None:
        found = shutil.which(given)
        if found is None:
            raise ReplayError(f"there is no program {given}")
        return Path(found).absolute()  # it is run in another directory
    own = Path(sys.prefix) / "pywb" / "bin" / "pywb"
    found = str(own) if os.access(own, os.X_OK) else shutil.which("pywb")
    if found is None:
        raise ReplayError(
            "pywb is not installed: `make pywb` or `pipx install pywb` does it, "
            "and --pywb names one that lies elsewhere"
        )
    return Path(found)


def _worth_seeing(capture: CdxjEntry) -> tuple[bool, str]:
    is_page = capture.status == 200 or capture.mime == "warc/revisit"
    return is_page, f"{capture.date:%Y%m%d%H%M%S}"


def _free_port(port: int) -> int:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise ReplayError(f"port {port}: {error.strerror}; --port names another") from error
        free: int = listener.getsockname()[1]
        return free


def _pywb_name(name: str) -> str:
    """Name the collection within pywb; the name becomes a part of URLs there."""
    is_usable = _PLAIN_NAME.fullmatch(name) and name not in _RESERVED_NAMES
    return name if is_usable else "collection"


def _lay_out(directory: Path, name: str, collection: Collection) -> None:
    shown = directory / "collections" / name
    shown.mkdir(parents=True)
    (shown / "archive").symlink_to(collection.warc_dir.resolve())
    (shown / "indexes").symlink_to(collection.index_path.parent.resolve())


def _start(program: Path, directory: Path, port: int, log_path: Path) -> subprocess.Popen[bytes]:
    arguments = ["--bind", HOST, "--port", str(port), "--directory", str(directory)]
    # A proxy or a configuration of pywb's in the environment would make it go elsewhere.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYWB_") and not name.lower().endswith("_proxy")
    }
    try:
        with log_path.open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - the program is the user's own
                [sys.executable, "-I", lifetime.__file__, str(os.getpid()), program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=environment,
                start_new_session=True,  # Ctrl-C is for us; we end it
            )
    except OSError as error:
        raise ReplayError(f"{program} cannot be run: {error.strerror}") from error


def _wait_until_answered(process: subprocess.Popen[bytes], url: str, log_path: Path) -> None:
    give_up = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < give_up:
        if process.poll() is not None:
            said = log_path.read_text("utf-8", "replace").strip().splitlines()[-_LAST_LINES:]
            raise ReplayError(f"pywb ended with status {process.returncode}: {' / '.join(said)}")
        if _answers(url):
            return
        time.sleep(_POLL_S)
    raise ReplayError(f"pywb did not answer within {_START_LIMIT_S:g} s")


def _answers(url: str) -> bool:
    authority, _, path = url.removeprefix("http://").partition("/")
    with closing(http.client.HTTPConnection(authority, timeout=_START_LIMIT_S)) as connection:
        try:
            connection.request("GET", f"/{path}")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
