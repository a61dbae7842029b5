"""A real Scrapyd on the loopback interface, to which the project was deployed as an egg.

It runs in an environment of its own that sees every library and not the project, as the one that
`make scrapyd` makes: what the egg lacks is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sysconfig
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from venv import EnvBuilder

from tests.patience import TIME_LIMIT_S, wait_until
from tests.scraper.crawl import PROJECT, QUICK

_PROJECT_NAME = "blog-archiver"
_BOUNDARY = "slipway"


@dataclass(frozen=True, slots=True)
class Scrapyd:
    """A Scrapyd that runs, and its working directory."""

    url: str
    directory: Path

    def ask(self, service: str, **fields: str) -> dict[str, Any]:
        """Ask for something."""
        return _answer(f"{self.url}{service}.json?{urlencode(fields)}")

    def schedule(self, settings: Mapping[str, str] = QUICK, **arguments: str) -> str:
        """Schedule a crawl by the spider `blog`; returns the number of the job."""
        fields = [("project", _PROJECT_NAME), ("spider", "blog"), *arguments.items()]
        fields += [("setting", f"{name}={value}") for name, value in settings.items()]
        job: str = _answer(f"{self.url}schedule.json", urlencode(fields).encode())["jobid"]
        return job

    def cancel(self, job: str) -> None:
        """Cancel a job."""
        fields = {"project": _PROJECT_NAME, "job": job}
        _answer(f"{self.url}cancel.json", urlencode(fields).encode())

    def wait_for(self, state: str, *jobs: str) -> None:
        """Wait until all jobs are in a state."""
        end = time.monotonic() + TIME_LIMIT_S
        while any(self.ask("status", job=job)["currstate"] != state for job in jobs):
            assert time.monotonic() < end, self.log()
            time.sleep(0.1)

    def log(self) -> str:
        """Give what Scrapyd says of its jobs, and what they say."""
        files = [self.directory / "scrapyd.log", *self.directory.glob("logs/*/*/*.log")]
        return "\n".join(path.read_text(encoding="utf-8") for path in files)


@contextmanager
def running_scrapyd(directory: Path) -> Iterator[Scrapyd]:
    """Start a Scrapyd, deploy the project to it, and end it."""
    EnvBuilder(symlinks=True).create(directory / "environment")
    python = directory / "environment" / "bin" / "python"
    libraries = next((directory / "environment").glob("lib/*/site-packages"))
    (libraries / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    conf = f"[scrapyd]\nhttp_port = {port}\npoll_interval = 0.1\nmax_proc = 2\n"
    (directory / "scrapyd.conf").write_text(conf, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (directory / "scrapyd.log").open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", "scrapyd"], cwd=directory, env=environment, stdout=log, stderr=log
        )
    scrapyd = Scrapyd(f"http://127.0.0.1:{port}/", directory)
    try:
        egg = build_egg(python, directory / "project")
        _wait_until_it_answers(scrapyd, process)
        _deploy(scrapyd, egg)
        yield scrapyd
    finally:
        process.terminate()
        process.wait()


def build_egg(python: Path, directory: Path) -> Path:
    """Build the egg as `scrapyd-deploy` does, in a copy of the project."""
    files = ("setup.py", "pyproject.toml", "README.md", "LICENSE")
    for name in ("archive", "scraper"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, directory / name, ignore=ignored)
    for name in files:
        shutil.copy(PROJECT / name, directory)
    line: list[str | Path] = [python, "setup.py", "bdist_egg", "-d", directory / "egg"]
    subprocess.run(line, cwd=directory, check=True, capture_output=True)
    (egg,) = (directory / "egg").iterdir()
    return egg


def _wait_until_it_answers(scrapyd: Scrapyd, process: subprocess.Popen[bytes]) -> None:
    def is_up() -> bool:
        assert process.poll() is None, scrapyd.log()
        return "Site starting on" in scrapyd.log()

    wait_until(is_up)


def _deploy(scrapyd: Scrapyd, egg: Path) -> None:
    form = 'Content-Disposition: form-data; name="{}"'
    parts = [(form.format("project"), _PROJECT_NAME.encode()), (form.format("version"), b"1")]
    parts.append((f'{form.format("egg")}; filename="project.egg"', egg.read_bytes()))
    body = b"".join(
        f"--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + value + b"\r\n" for head, value in parts
    )
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    added = _answer(f"{scrapyd.url}addversion.json", body + f"--{_BOUNDARY}--".encode(), kind)
    assert added["spiders"] == 2


def _answer(url: str, body: bytes | None = None, kind: str | None = None) -> dict[str, Any]:
    """Ask, by POST where there is a body, and read the answer; it must be a good one."""
    form = kind or "application/x-www-form-urlencoded"
    request = urllib.request.Request(url, body, {"Content-Type": form})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=TIME_LIMIT_S) as response:
        answer: dict[str, Any] = json.load(response)
    assert answer["status"] == "ok", answer
    return answer
