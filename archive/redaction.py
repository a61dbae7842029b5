"""Leaves credentials out of what is archived: the values of the header fields that carry them.

Only heads are touched (what `archive.http_message` takes for one), and in them only the values of
`REDACTED_FIELDS`; every other byte stays as it crossed the wire. Credentials in a URL, in a body or
in the trailer fields of a chunked body stay too.
"""

from __future__ import annotations

import re
from dataclasses import replace

from archive.http_message import split_response, strip_interim
from archive.records import Exchange

REPLACEMENT = b"[redacted]"
"""Stands in place of a value; of its length, too, nothing is told."""

_OF_REQUESTS = ("Authorization", "Cookie", "Proxy-Authorization")
_OF_RESPONSES = ("Set-Cookie",)
REDACTED_FIELDS = (*_OF_REQUESTS, *_OF_RESPONSES)

_HEAD_END = re.compile(rb"\n\r?\n")


def _field_pattern(names: tuple[str, ...]) -> re.Pattern[bytes]:
    """Match a field of one of these names, as leniently as `http_message.parse_fields` reads.

    Group 1 is all before the value; continuation lines belong to the value, and the line break
    that ends the field does not belong to the match.
    """
    any_name = b"|".join(re.escape(name).encode() for name in names)
    name = rb"^((?:[\r\x0b\f][ \t\r\x0b\f]*)?(?:%b)[ \t\r\x0b\f]*:[ \t]*)" % any_name
    value = rb"[^\n]*?(?:\n[ \t][^\n]*?)*"
    end = rb"(?=\r?\n(?![ \t])|\r?\Z)"
    return re.compile(name + value + end, re.IGNORECASE | re.MULTILINE)


_REQUEST_FIELD = _field_pattern(_OF_REQUESTS)
_RESPONSE_FIELD = _field_pattern(_OF_RESPONSES)


def redact(exchange: Exchange) -> Exchange:
    """Return the exchange with `REPLACEMENT` for the value of every field that is a credential.

    Those are Authorization, Cookie and Proxy-Authorization in the request, Set-Cookie in the
    answer and in the interim answers before it. A value that is folded over several lines becomes
    one line.
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
    """Return where the body begins, behind interim answers and the final head."""
    final = strip_interim(response)
    return len(response) - len(final) + split_response(final).head_length
