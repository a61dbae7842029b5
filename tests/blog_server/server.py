"""The server itself: raw sockets, a thread for each connection, keep-alive."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, Self
from urllib.parse import urlsplit

from tests.blog_server.certificate import server_context


class _End(Enum):
    CLOSE = "close"  # end the connection in order (FIN; over TLS with close_notify)
    CUT = "cut"  # end it without close_notify (FIN alone)
    RESET = "reset"  # break it off (RST)


CLOSE: Literal[_End.CLOSE] = _End.CLOSE
CUT: Literal[_End.CUT] = _End.CUT
RESET: Literal[_End.RESET] = _End.RESET


@dataclass(frozen=True, slots=True)
class Wait:
    """A step that sends nothing for a while; it ends at once when the server closes."""

    seconds: float


@dataclass(slots=True)
class ReceivedRequest:
    """One request as it came in, and the bytes that were sent in answer to it."""

    raw: bytes
    method: str
    target: str  # as in the request line
    connection: int  # serial number, from 0, of the connection that it came over
    sent: bytearray = field(default_factory=bytearray)
    received: float = field(default_factory=time.monotonic)  # when its head was in, in seconds

    @property
    def path(self) -> str:
        """The target's path and query, for a target in absolute form (via a proxy) too."""
        parts = urlsplit(self.target)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def header(self, name: str) -> str | None:
        """Give the first value of a header, None where it was not sent."""
        for line in self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


Step = bytes | Wait | _End
Answer = bytes | Iterable[Step]
Route = Answer | Callable[[ReceivedRequest], Answer]

MAX_HEAD_BYTES = 65536
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nNot found"


class BlogServer:
    """A server of `routes`: path (with or without query; "*" for any other) to answer.

    A connection is kept open after an answer unless its head says ``Connection: close`` or its
    last step is `CLOSE`, `CUT` or `RESET`. To a CONNECT request the server acts as a proxy that
    stands in for every host: it goes on with TLS and the same routes.

    Attributes:
        routes: may be changed while the server runs.
        requests: all requests received so far, in order of arrival.
    """

    def __init__(
        self, routes: Mapping[str, Route] | None = None, *, tls: bool = False, host: str = ""
    ) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.requests: list[ReceivedRequest] = []
        self._scheme = "https" if tls else "http"
        self._listener = socket.create_server((host or "127.0.0.1", 0), backlog=64)
        self._connections: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def authority(self) -> str:
        """Host and port, as in a URL."""
        host, port = self._listener.getsockname()[:2]
        return f"{host}:{port}"

    def url(self, path: str = "/") -> str:
        """Give the absolute URL of a path on this server."""
        return f"{self._scheme}://{self.authority}{path}"

    def requests_for(self, path: str) -> list[ReceivedRequest]:
        """Give the requests received so far for one path (with its query)."""
        return [request for request in self.requests if request.path == path]

    def close(self) -> None:
        """Stop listening, break off what is under way, and wait for every thread."""
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        number = 0
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.add(connection)
            self._start(self._serve, connection, number)
            number += 1

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self._scheme == "https":
                connection = self._switch_to_tls(connection)
            self._converse(connection, number)
        except OSError:  # ssl.SSLError too: the client went away, as clients do
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _switch_to_tls(self, connection: socket.socket) -> ssl.SSLSocket:
        with self._lock:
            self._connections.discard(connection)
            # The first read does the handshake: a failure finds a socket that its owner closes.
            secured = server_context().wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
            self._connections.add(secured)
        return secured

    def _converse(self, connection: socket.socket, number: int) -> None:
        """Answer the requests of one connection until one side ends it."""
        unread = bytearray()
        while (request := _read_request(connection, unread, number)) is not None:
            self.requests.append(request)
            if request.method == "CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with self._switch_to_tls(connection) as secured:
                    self._converse(secured, number)
                return
            if (end := self._answer(connection, request)) is not None:
                _end(connection, end)
                return

    def _answer(self, connection: socket.socket, request: ReceivedRequest) -> _End | None:
        """Send the answer to a request; tell how the connection is to end, if it is."""
        for step in self._steps(request):
            if self._closing.is_set():
                return CUT
            if isinstance(step, Wait):
                self._closing.wait(step.seconds)
            elif isinstance(step, bytes):
                request.sent += step
                connection.sendall(step)
            else:
                return step
        asked_to_close = b"\r\nconnection: close\r\n" in request.sent[:MAX_HEAD_BYTES].lower()
        return CLOSE if asked_to_close else None

    def _steps(self, request: ReceivedRequest) -> Iterable[Step]:
        path = request.path
        route = self.routes.get(path, self.routes.get(path.partition("?")[0]))
        if route is None:
            route = self.routes.get("*", NOT_FOUND)
        answer = route(request) if callable(route) else route
        return [answer] if isinstance(answer, bytes) else answer


@contextmanager
def refusing_authority() -> Iterator[str]:
    """Give a host and port where connections are refused, and which nobody else can take."""
    with socket.socket() as bound:  # and not listening
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def _read_request(
    connection: socket.socket, unread: bytearray, number: int
) -> ReceivedRequest | None:
    """Read one request, with a body where Content-Length announces one; None at the end."""
    while b"\r\n\r\n" not in unread:
        if not (data := connection.recv(65536)):
            return None
        unread += data
    head_length = unread.index(b"\r\n\r\n") + 4
    method, target = unread.split(b" ", 2)[:2]
    request = ReceivedRequest(bytes(unread[:head_length]), method.decode(), target.decode(), number)
    length = head_length + int(request.header("Content-Length") or 0)
    while len(unread) < length:
        if not (data := connection.recv(65536)):
            return None
        unread += data
    request.raw = bytes(unread[:length])
    del unread[:length]
    return request


def _end(connection: socket.socket, end: _End) -> None:
    if end is RESET:
        # A linger time of zero makes close() send RST.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif end is CLOSE and isinstance(connection, ssl.SSLSocket):
        connection.settimeout(1)
        connection.unwrap()
