"""Leaves credentials out of what is archived: the values of the header fields that carry them.

Only heads are touched, and in them only the values of `REDACTED_FIELDS`; every other byte stays as
it crossed the wire. What begins with no status line counts as a head too, up to its first blank
line, unless it is markup: better a word too many is left out than a cookie kept. Credentials in a
URL, in a body or in the trailer fields of a chunked body stay.
"""

from __future__ import annotations

import re
from dataclasses import replace

from archive.http_message import MAX_HEAD_BYTES, interim_length
from archive.records import Exchange

REPLACEMENT = b"[redacted]"
"""Stands in place of a value; of its length, too, nothing is told."""

_OF_REQUESTS = ("Authorization", "Cookie", "Cookie2", "Proxy-Authorization")
_OF_RESPONSES = ("Set-Cookie", "Set-Cookie2")
REDACTED_FIELDS = (*_OF_REQUESTS, *_OF_RESPONSES)

_HEAD_END = re.compile(rb"\n\r?\n")
_HEAD_BEGINNING = re.compile(rb"\s*+(?!<)")
_COLON = rb"[ \t\r\x0b\f]*:[ \t]*"
_COLON_OR_NONE = rb"(?:%b|(?:[ \t]*+\r?\n)?[ \t]++(?=\S))" % _COLON


def _field_pattern(names: tuple[str, ...], separator: bytes) -> re.Pattern[bytes]:
    """Match a field of one of these names, as leniently as `http_message.parse_fields` reads.

    Group 1 is all before the value; continuation lines belong to the value, and the line break
    that ends the field does not belong to the match.
    """
    any_name = b"|".join(re.escape(name).encode() for name in names)
    name = rb"^((?:[\r\x0b\f][ \t\r\x0b\f]*)?(?:%b)%b)" % (any_name, separator)
    value = rb"[^\n]*?(?:\n[ \t][^\n]*?)*"
    end = rb"(?=\r?\n(?![ \t])|\r?\Z)"
    return re.compile(name + value + end, re.IGNORECASE | re.MULTILINE)


_REQUEST_FIELD = _field_pattern(_OF_REQUESTS, _COLON)  # Scrapy writes them, so the colon is there
_RESPONSE_FIELD = _field_pattern(_OF_RESPONSES, _COLON_OR_NONE)


def redact(exchange: Exchange) -> Exchange:
    """Return the exchange with `REPLACEMENT` for the value of every field that is a credential.

    Those are Authorization, Cookie, Cookie2 and Proxy-Authorization in the request; Set-Cookie and
    Set-Cookie2 in the answer and in the interim answers before it, also where the colon is missing.
    A value that is folded over several lines becomes one line.
    """
    head_end = _HEAD_END.search(exchange.request)
    request_head = head_end.end() if head_end else len(exchange.request)
    return replace(
        exchange,
        request=_redact_head(exchange.request, request_head, _REQUEST_FIELD),
        response=_redact_head(exchange.response, _heads_length(exchange.response), _RESPONSE_FIELD),
    )


def _redact_head(message: bytes, length: int, field: re.Pattern[bytes]) -> bytes:
    head = message[:length]
    redacted = field.sub(rb"\g<1>" + REPLACEMENT, head)
    return message if redacted == head else redacted + message[length:]


def _heads_length(response: bytes) -> int:
    """Return where the body begins, behind empty lines, interim answers and the final head."""
    position, begins = 0, _HEAD_BEGINNING.match(response)
    while begins and begins.end() < len(response):
        position = begins.end()
        interim = interim_length(response[position : position + MAX_HEAD_BYTES])
        if not interim:
            end = _HEAD_END.search(response, position, position + MAX_HEAD_BYTES)
            return end.end() if end else min(len(response), position + MAX_HEAD_BYTES)
        position += interim
        begins = _HEAD_BEGINNING.match(response, position)
    return position
