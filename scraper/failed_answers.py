"""Why no answer came that can be read, in words.

Scrapy hands on what went wrong as the `repr` of a list of Twisted's errors; here these become
errors of their own, with a message that a person can read.
"""

from __future__ import annotations

import re

from OpenSSL.SSL import Error as SslError
from scrapy.exceptions import DownloadFailedError
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.web._newclient import ParseError
from twisted.web.client import ResponseFailed, ResponseNeverReceived

_MAX_SHOWN_CHARS = 80
_BYTES_LITERAL = re.compile(r"\bb(?=['\"])")


class NoAnswerError(DownloadFailedError):
    """The connection ended before the first byte of an answer."""


class AnswerCutOffError(DownloadFailedError):
    """The connection ended inside the head of the answer, or before a final answer."""


class UnreadableHeadError(DownloadFailedError):
    """The answer is none of HTTP/1, or its head contradicts itself."""


class TlsError(DownloadFailedError):
    """No TLS connection came about, or it broke."""


def put_into_words(error: BaseException | None) -> DownloadFailedError | None:
    """Give an error of this module for a failed download; None where there is nothing to add."""
    cause = error.__cause__ if isinstance(error, DownloadFailedError) else None
    if not isinstance(cause, ResponseFailed) or not cause.reasons:
        return None
    match reason := cause.reasons[0].value:
        case SslError():
            return TlsError(f"no TLS connection: {_ssl_words(reason)}")
        case ConnectionDone() | ConnectionLost() if isinstance(cause, ResponseNeverReceived):
            return NoAnswerError("the connection was closed without an answer")
        case ConnectionDone() | ConnectionLost():
            return AnswerCutOffError("the connection was closed before the end of the head")
        case ParseError():
            begins = reason.data[:_MAX_SHOWN_CHARS].decode("ascii", "backslashreplace")
            return UnreadableHeadError(f"where a status line of HTTP belongs stands {begins!r}")
        case ValueError():
            words = _BYTES_LITERAL.sub("", str(reason))[: 2 * _MAX_SHOWN_CHARS]
            return UnreadableHeadError(f"the head of the answer cannot be read: {words}")
    return None


def _ssl_words(error: SslError) -> str:
    """Take the reasons out of what OpenSSL says: triples of library, function and reason."""
    stack = error.args[0] if error.args and isinstance(error.args[0], list) else []
    words = [str(entry[-1]) for entry in stack if entry]
    return ", ".join(words) or "the connection broke off"
