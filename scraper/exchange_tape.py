"""The wire tap: what crosses a connection above TLS, copied into a tape, exchange by exchange.

Scrapy's `Response` is a reading of the answer: header case, order, duplicates, the reason phrase
and the chunk framing are gone. Here Twisted's HTTP/1.1 client is subclassed at the four places
where bytes pass: the transport that a request is written to, `dataReceived`, the end of a message
(`_finishResponse` knows which bytes belong to no message) and `connectionLost`.

These are private names of Scrapy and Twisted; `check_supported_versions` tells when they moved.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import Any

import scrapy
import twisted
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHandshakeListener, ISSLTransport
from twisted.python.failure import Failure
from twisted.web._newclient import HTTP11ClientProtocol, HTTPClientParser
from twisted.web._newclient import Request as TxRequest
from twisted.web.client import HTTPConnectionPool
from twisted.web.http_headers import InvalidHeaderName
from zope.interface import implementer

from archive.dates import utc_now
from archive.errors import ArchiveError
from archive.records import Tls, Truncation

SUPPORTED = "Scrapy 2.19 with Twisted 26.10"


class UnsupportedScrapyError(ArchiveError):
    """The installed Scrapy or Twisted lacks a name that the wire tap leans on."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"exact capture works with {SUPPORTED}; installed are Scrapy {scrapy.__version__} "
            f"and Twisted {twisted.__version__}, which lack {missing}"
        )


try:
    from scrapy.core.downloader.handlers.http11 import (
        _LenientHTTP11ClientFactory,
        _LenientHTTP11ClientProtocol,
        _LenientHTTPClientParser,
    )
except ImportError as error:
    raise UnsupportedScrapyError(str(error)) from error

MAX_HEAD_BYTES = 64 * 1024
"""How long the head of an answer, interim answers included, may be."""

REFUSED_IDLE_S = 1.0
"""How long an answer that cannot be parsed may pause before it counts as ended."""

_PRIVATE_NAMES: tuple[tuple[type, tuple[str, ...]], ...] = (
    (HTTPConnectionPool, ("_factory", "getConnection")),
    (TxRequest, ("writeTo",)),
    (HTTPClientParser, ("MAX_LENGTH", "headerReceived", "bodyDecoder")),
    (
        HTTP11ClientProtocol,
        ("_state", "_parser", "_currentRequest", "_finishResponse", "_giveUp", "_disconnectParser"),
    ),
)

_next_tape: ContextVar[Tape | None] = ContextVar("next_tape", default=None)


def check_supported_versions() -> None:
    """Make sure that Scrapy and Twisted have the private names that the wire tap leans on.

    Raises:
        UnsupportedScrapyError: one of them is missing.
    """
    for owner, names in _PRIVATE_NAMES:
        for name in names:
            if not hasattr(owner, name):
                raise UnsupportedScrapyError(f"{owner.__name__}.{name}")


class Tape:
    """The bytes of one exchange while they pass.

    Attributes:
        date: when the request was begun; None while no connection was made.
        request: the bytes handed to the connection.
        response: the bytes received for this request.
        ip_address: of the peer.
        tls: what was negotiated, once it is.
        truncated: why `response` is no whole message; None where it is one.
    """

    __slots__ = (
        "date", "ip_address", "max_response_bytes", "request", "response", "secure", "tls",
        "truncated",
    )  # fmt: skip

    def __init__(self, max_body_bytes: int) -> None:
        self.max_response_bytes = (max_body_bytes or sys.maxsize) + MAX_HEAD_BYTES
        self.date: datetime | None = None
        self.request = bytearray()
        self.response = bytearray()
        self.ip_address: str | None = None
        self.tls: Tls | None = None
        self.secure = False
        self.truncated: Truncation | None = None

    @property
    def reached_server(self) -> bool:
        """Whether the request can have reached a server: connected, and TLS established if any."""
        return self.date is not None and (self.tls is not None or not self.secure)

    def begin(self, transport: Any, tls: Tls | None) -> None:
        """Start at the beginning of a request on a connection; Twisted may do so twice."""
        self.date = utc_now()
        self.request.clear()
        self.response.clear()
        self.ip_address = getattr(transport.getPeer(), "host", None)
        self.tls = tls
        self.secure = ISSLTransport.providedBy(transport)
        self.truncated = "unspecified"  # until the end of the message, or of the connection

    def take(self, data: bytes) -> bool:
        """Keep received bytes; False, with what fits kept, when they are more than allowed."""
        room = self.max_response_bytes - len(self.response)
        self.response += data[:room]
        if len(data) <= room:
            return True
        self.truncated = "length"
        return False

    def end(self, surplus: int) -> None:
        """Mark the message as whole, and take off the bytes that follow its end."""
        if surplus:
            del self.response[-surplus:]
        self.truncated = None


class TapedPool(HTTPConnectionPool):  # type: ignore[misc]
    """A connection pool that runs the tape of the calling task along with its next request."""

    def getConnection(self, key: Any, endpoint: Any) -> Deferred[Any]:  # noqa: N802
        """Give a connection, as Twisted does, that records the one request made through it.

        The agent calls this in the task that called `record_next`, before it waits for anything:
        a ContextVar would not survive until the connection is there, so it is read here.
        """
        connected = super().getConnection(key, endpoint)
        tape = _next_tape.get()
        _next_tape.set(None)
        return connected if tape is None else connected.addCallback(partial(_TapedConnection, tape))


class TapedFactory(_LenientHTTP11ClientFactory):
    """Builds the protocols of a `TapedPool`."""

    def buildProtocol(self, addr: Any) -> HTTP11ClientProtocol:  # noqa: N802
        """Build the protocol of one new connection."""
        return _TapedProtocol(self._quiescentCallback)


def record_next(tape: Tape) -> None:
    """Have the next request that this task makes through a `TapedPool` recorded on `tape`."""
    _next_tape.set(tape)


class _TapedConnection:
    """What the pool hands out: marks the request, so the tape survives the pool's own retry."""

    def __init__(self, tape: Tape, connection: Any) -> None:
        self._tape = tape
        self._connection = connection

    def request(self, request: Any) -> Deferred[Any]:
        request.__class__ = _TapedRequest  # made by the agent, which takes no other class
        request.tape = self._tape
        return self._connection.request(request)


class _TapedRequest(TxRequest):  # type: ignore[misc]
    tape: Tape

    def writeTo(self, transport: Any) -> Deferred[None]:  # noqa: N802
        return super().writeTo(_TapedTransport(transport, self.tape))


class _TapedTransport:
    """The transport, for the time in which a request is written to it."""

    def __init__(self, transport: Any, tape: Tape) -> None:
        self._transport = transport
        self._tape = tape

    def write(self, data: bytes) -> None:
        self._tape.request += data
        self._transport.write(data)

    def writeSequence(self, chunks: list[bytes]) -> None:  # noqa: N802
        self.write(b"".join(chunks))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _TapedParser(_LenientHTTPClientParser):
    """Reads what browsers read too: long lines, names that are no token, codings not chunked."""

    MAX_LENGTH = sys.maxsize  # of a line; the tape bounds the head as a whole

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802
        if name.rstrip(b" \t").lower() == b"transfer-encoding":
            if value.lower().rpartition(b",")[2].strip() != b"chunked":
                return  # the body then has the stated length, or ends with the connection
            value = b"chunked"  # other codings below it are left on
        with suppress(InvalidHeaderName):
            super().headerReceived(name.rstrip(b" \t"), value)


@implementer(IHandshakeListener)
class _TapedProtocol(_LenientHTTP11ClientProtocol):
    """One connection, whose bytes go to the tape of the request that is under way."""

    _tape: Tape | None = None
    _tls: Tls | None = None
    _refusal: Failure | None = None  # why the answer cannot be parsed
    _idle: Any = None  # the timer that ends an answer that cannot be parsed
    _closed_cleanly = True

    def handshakeCompleted(self) -> None:  # noqa: N802
        handle = self.transport.getHandle()
        self._tls = Tls(version=handle.get_protocol_version_name(), cipher=handle.get_cipher_name())
        if self._tape is not None:
            self._tape.tls = self._tls

    def request(self, request: Any) -> Deferred[Any]:
        tape: Tape | None = getattr(request, "tape", None)
        if tape is not None and self._state == "QUIESCENT":
            tape.begin(self.transport, self._tls)
            self._tape = tape
        answered = super().request(request)
        self._parser.__class__ = _TapedParser  # as the superclass does, for the same reason
        return answered

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        tape = self._tape
        if tape is not None and not tape.take(data):
            self.transport.abortConnection()
        elif self._refusal is not None:
            self._idle.reset(REFUSED_IDLE_S)
        else:
            super().dataReceived(data)
            if tape is not None and self._head_is_too_long(tape):
                tape.truncated = "length"
                self.transport.abortConnection()

    def _head_is_too_long(self, tape: Tape) -> bool:
        """An endless head passes every limit of the body, and 1xx answers may go on for ever."""
        in_head = self._parser is not None and self._parser.bodyDecoder is None
        return in_head and len(tape.response) > MAX_HEAD_BYTES

    def _finishResponse(self, rest: bytes) -> None:  # noqa: N802
        tape, self._tape = self._tape, None
        if tape is not None and self._closed_cleanly:
            tape.end(surplus=len(rest))
        if rest:
            # The server is out of step: what follows could pass for the next answer.
            self._currentRequest.persistent = False
        super()._finishResponse(rest)

    def _giveUp(self, reason: Failure) -> None:  # noqa: N802
        """Read an answer that Twisted refuses to its end before giving it up: it is evidence."""
        if self._tape is None or self._refusal is not None:
            super()._giveUp(reason)
            return
        from twisted.internet import reactor

        self._refusal = reason
        self._idle = reactor.callLater(REFUSED_IDLE_S, super()._giveUp, reason)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802
        tape = self._tape
        self._closed_cleanly = reason.check(ConnectionDone) is not None
        if tape is not None and tape.truncated == "unspecified" and not self._closed_by_us():
            read_to_end = self._refusal is not None and self._closed_cleanly
            tape.truncated = None if read_to_end else "disconnect"
        if self._refusal is not None:
            if self._idle.active():
                self._idle.cancel()
            super()._giveUp(self._refusal)
        super().connectionLost(reason)

    def _closed_by_us(self) -> bool:
        return bool(getattr(self.transport, "disconnecting", False))
