"""What is said of a page that brought no answer that can be read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from tests.blog_server import CLOSE, RESET, BlogServer, refusing_authority
from tests.scraper.crawl import QUICK, command, path_of, run
from tests.scraper.small_blog import small_blog


@pytest.fixture
def no_tls_port() -> Iterator[int]:
    """Serve, on the port given, words that are no handshake."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def test_failures_are_told_in_words(tmp_path: Path, no_tls_port: int) -> None:
    head = b"HTTP/1.1 200 OK\r\n"
    routes = small_blog("ropes") | {
        "/closed": [CLOSE],
        "/reset": [RESET],
        "/half": [head + b"Content-Type: te", CLOSE],
        "/hints-alone": [b"HTTP/1.1 103 Early Hints\r\n\r\n", CLOSE],
        "/gopher": [b"iWelcome\tfake\t(NULL)\t0\r\n.\r\n", CLOSE],
        "/lengths": [head + b"Content-Length: 2, 3\r\n\r\nok", CLOSE],
    }
    with BlogServer(routes) as server, refusing_authority() as nobody:
        refused = f"http://{nobody}/refused"
        urls = [*map(server.url, routes), refused, f"https://127.0.0.1:{no_tls_port}/no-tls"]
        (tmp_path / "urls").write_text("\n".join(urls))
        ended = run(
            command(
                "crawl", "pages", settings={**QUICK, "ROBOTSTXT_OBEY": "False"},
                arguments=[f"urls={tmp_path / 'urls'}", f"collection={tmp_path / 'c'}"],
            )
        )  # fmt: skip
    assert ended.status == 0, ended.errors
    with CatalogueReader(Collection.open(tmp_path / "c").catalogue_path) as catalogue:
        rows = catalogue.query("SELECT url, error, message FROM failures WHERE stage = 'fetch'")
        said = {path_of(row["url"]): (row["error"], row["message"]) for row in rows}
    closed = ("no answer", "the connection was closed without an answer")
    cut = ("cut off", "the connection was closed before the end of the head")
    begins = "where a status line of HTTP belongs stands 'iWelcome\\tfake\\t(NULL)\\t0'"
    lengths = "Invalid response: conflicting Content-Length headers: '2, 3'"
    assert said.pop("/refused")[0] == "connection refused"
    assert said == {
        "/closed": closed,
        "/reset": closed,
        "/half": cut,
        "/hints-alone": cut,
        "/gopher": ("unreadable head", begins),
        "/lengths": ("unreadable head", f"the head of the answer cannot be read: {lengths}"),
        "/no-tls": ("TLS", "no TLS connection: wrong version number"),
    }
