"""How the answer of an exchange is written: whole, without its payload, or as "not modified"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archive.digests import digest_of
from archive.http_message import ResponseMessage, iter_payload, split_response, strip_interim
from archive.records import Exchange, RecordType
from archive.warc.fields import Field, Original, not_modified_fields, revisit_fields

FindOriginal = Callable[[str, bool], Original | None]
"""Given a payload digest, and whether the body came in chunks, names a response that has both."""

_NOT_MODIFIED = 304
_NO_PAYLOAD = digest_of(())
_LAST_CHUNK = b"\n0\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as its WARC records have it."""

    block: bytes
    payload_digest: str  # for a revisit, of its original
    fields: tuple[Field, ...] = ()  # of the record's header: truncation, profile, original
    original: Original | None = None  # for a revisit
    head_beside: bytes = b""  # the head, where it stands in the metadata record

    @property
    def record_type(self) -> RecordType:
        """The type of the record."""
        return "revisit" if self.original else "response"


def answer_of(
    exchange: Exchange, find_original: FindOriginal | None, not_modified: Original | None
) -> Answer:
    """Decide how the answer of an exchange is written, so that nothing of it is lost.

    Interim answers (1xx) before the final one are taken off.

    Args:
        exchange: what crossed the wire.
        find_original: names a response whose payload need not be written again.
        not_modified: the response whose validators were sent.
    """
    sent = strip_interim(exchange.response)
    message = split_response(sent)
    if not_modified and not exchange.truncated and _is_bare_304(sent, message):
        return Answer(
            block=b"",  # replay programs take a head of a revisit for that of the answer
            payload_digest=not_modified.payload_digest,
            fields=tuple(not_modified_fields(not_modified)),
            original=not_modified,
            head_beside=sent,
        )
    digest = digest_of(iter_payload(sent, message))
    if find_original and _may_be_revisit(exchange, sent, message, digest):
        original = find_original(digest, message.is_chunked)
        if original:
            head, fields = sent[: message.head_length], tuple(revisit_fields(original))
            return Answer(block=head, payload_digest=digest, fields=fields, original=original)
    truncated = (("WARC-Truncated", exchange.truncated),) if exchange.truncated else ()
    return Answer(block=sent, payload_digest=digest, fields=truncated)


def _is_bare_304(sent: bytes, message: ResponseMessage) -> bool:
    return message.status == _NOT_MODIFIED and message.head_length == len(sent)


def _may_be_revisit(
    exchange: Exchange, block: bytes, message: ResponseMessage, digest: str
) -> bool:
    """Tell whether nothing is lost where the payload of an answer is taken from elsewhere."""
    has_trailer = message.get("transfer-encoding") and not block.endswith(_LAST_CHUNK)
    return not (
        exchange.truncated or digest == _NO_PAYLOAD or not message.head_length or has_trailer
    )
