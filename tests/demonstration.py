"""The blog of the documentation, served on the loopback interface and crawled."""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.markdown_page import ROOT
from tests.patience import TIME_LIMIT_S

SHOWN_ADDRESS = "http://127.0.0.1:8000/"  # where the documentation says that the blog is
_COLLECTION = "map-room"  # its name in the documentation


@dataclass(frozen=True)
class Demonstration:
    """The demonstration blog, and a directory to run the documentation's commands in."""

    address: str
    directory: Path
    account: str = ""  # what the crawl said at its end

    @property
    def collection(self) -> Path:
        """What the crawl made."""
        return self.directory / "collections" / _COLLECTION

    def run(self, command: str) -> str:
        """Run a command of the documentation against the address where the blog is now.

        What it wrote, errors included, comes back with the address that the documentation shows.
        """
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command.replace(SHOWN_ADDRESS, self.address),
            shell=True,
            cwd=self.directory,
            env={**os.environ, "PATH": path, "SCRAPY_SETTINGS_MODULE": "scraper.settings"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIME_LIMIT_S,
            text=True,
            check=False,
        )
        return done.stdout.replace(self.address, SHOWN_ADDRESS)


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def crawled_demonstration(directory: Path) -> Iterator[Demonstration]:
    """Serve the demonstration blog, and crawl it into the directory."""
    blog = ROOT / "docs" / "demonstration-blog"
    handler = functools.partial(_QuietHandler, directory=str(blog))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = Demonstration(f"http://127.0.0.1:{server.server_port}/", directory)
        account = here.run(
            f"scrapy crawl blog -a url={SHOWN_ADDRESS} -a collection={_COLLECTION} -L ERROR"
            " -s ALLOW_PRIVATE_NETWORKS=True -s CONTACT=mailto:you@example.org"
            " -s DOWNLOAD_DELAY=0 -s AUTOTHROTTLE_ENABLED=False"
        )
        yield Demonstration(here.address, directory, account)
        server.shutdown()
