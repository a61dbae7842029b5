"""What the records of a WARC file say in ``name: value`` fields, written and read back.

Two kinds: the header of each record (WARC 1.1 section 5), and blocks of the media type
``application/warc-fields`` (WARC 1.1 annex), which hold warcinfo and the origin of a capture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast, get_args

from archive.http_message import parse_fields
from archive.record_json import from_json_line, to_json_line
from archive.records import Discovery, Exchange, Hints, Method, Origin, Role, Tls

Field = tuple[str, str]
WARC_FIELDS_TYPE = "application/warc-fields"
LOG_URN = "urn:blog-archiver:"  # begins the target URI of a crawl's logs
IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
RESPONSE_HEAD = "responseHead"
"""Names the fields of a metadata record that hold the head of an answer "not modified"."""

_NO_HINTS = Hints()
_METHODS = frozenset(get_args(Method))
_LINE_BREAK = re.compile(r"[\r\n]")
_NOT_IN_URI = re.compile(r"[\x00-\x20\x7f<>]")
_TLS_VERSION = re.compile(r"(TLS|SSL)v(\d(?:\.\d)?)")
_OPENSSL_CIPHER = re.compile(
    r"(?:(?P<exchange>(?:ECDHE|DHE)-(?:RSA|ECDSA))-)?"
    r"(?P<cipher>AES(?P<bits>128|256)(?:-(?P<mode>GCM|CCM))?|CHACHA20-POLY1305)(?:-(?P<mac>SHA\d*))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The response whose payload a revisit has, as its own record header names it."""

    record_id: str  # without angle brackets
    target_uri: str
    date: str  # the WARC-Date as it is spelled there
    payload_digest: str


def format_fields(fields: Iterable[Field]) -> bytes:
    """Write fields, one a line, in UTF-8.

    Raises:
        ValueError: a value holds a line break or a lone surrogate, and would forge other fields
            or be no text.
    """
    lines = [f"{name}: {value}\r\n" for name, value in fields]
    text = "".join(lines)
    if not text.count("\n") == text.count("\r") == len(lines):
        forged = next(line[:-2] for line in lines if _LINE_BREAK.search(line[:-2]))
        name, _, value = forged.partition(": ")
        raise ValueError(f"line break in {name}: {value[:200]!r}")
    return text.encode("utf-8")


def format_lines(name: str, octets: bytes) -> bytes:
    """Write any bytes as fields of one name, one for each line; `parse_lines` reads them back.

    >>> format_lines("line", b"one\\r\\ntwo")
    b'line: one\\r\\r\\nline: two\\r\\n'
    """
    return b"".join(b"%b: %b\r\n" % (name.encode(), line) for line in octets.split(b"\n"))


def parse_lines(name: str, block: bytes) -> bytes:
    """Read back, byte for byte, what `format_lines` wrote; empty where no field has the name."""
    start = f"{name}: ".encode()
    lines = (line for line in block.split(b"\r\n") if line.startswith(start))
    return b"\n".join(line.removeprefix(start) for line in lines)


def format_date(date: datetime) -> str:
    """Write an instant as WARC-Date: always UTC, always six decimals (WARC 1.1 section 5.4).

    The same instant thus has one spelling, which WARC-Refers-To-Date has to repeat exactly.

    >>> format_date(datetime(2024, 2, 29, 12, tzinfo=UTC))
    '2024-02-29T12:00:00.000000Z'
    """
    return date.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_date(text: str) -> datetime:
    """Read a WARC-Date, of WARC 1.0 or 1.1.

    Raises:
        ValueError: it is no date.
    """
    date = datetime.fromisoformat(text)
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def check_uri(uri: str) -> str:
    """Return the URI as it is.

    Raises:
        ValueError: it is empty or holds a space, a control character or an angle bracket, so that
            tools would read another URI back.
    """
    if not uri or _NOT_IN_URI.search(uri):
        raise ValueError(f"not a URI: {uri[:200]!r}")
    return uri


def connection_fields(exchange: Exchange) -> Iterator[Field]:
    """Yield the header fields that say over which connection an exchange went."""
    if exchange.ip_address:
        yield "WARC-IP-Address", exchange.ip_address
    if exchange.tls:
        yield from _tls_fields(exchange.tls)


def revisit_fields(original: Original) -> Iterator[Field]:
    """Yield the header fields that say of which response a revisit is (WARC 1.1 section 6.7.2).

    `WARC-Truncated: length` is what that section asks for where the payload is left out; Heritrix
    writes it too.

    Raises:
        ValueError: the original's record id or target URI is no URI.
    """
    yield "WARC-Truncated", "length"
    yield "WARC-Profile", IDENTICAL_PAYLOAD
    yield from _original_fields(original)


def not_modified_fields(original: Original) -> Iterator[Field]:
    """Yield those that say which response a server called unmodified (WARC 1.1 section 6.7.3).

    Raises:
        ValueError: the original's record id or target URI is no URI.
    """
    yield "WARC-Profile", NOT_MODIFIED
    yield from _original_fields(original)


def _original_fields(original: Original) -> Iterator[Field]:
    yield "WARC-Refers-To", f"<{check_uri(original.record_id)}>"
    yield "WARC-Refers-To-Target-URI", check_uri(original.target_uri)
    yield "WARC-Refers-To-Date", original.date


def _tls_fields(tls: Tls) -> Iterator[Field]:
    """Yield protocol and cipher suite in the names that the WARC field proposals ask for.

    See https://github.com/iipc/warc-specifications/issues/42 and /86. OpenSSL has names of its
    own for the suites before TLS 1.3; one that has no IANA name by rule is left out.
    """
    if version := _TLS_VERSION.fullmatch(tls.version):
        family, number = version.groups()
        number = f"{number}.0" if family == "TLS" and "." not in number else number
        yield "WARC-Protocol", f"{family.lower()}/{number}"
    if tls.cipher.startswith("TLS_"):
        yield "WARC-Cipher-Suite", tls.cipher
    elif suite := _OPENSSL_CIPHER.fullmatch(tls.cipher):
        exchange = (suite["exchange"] or "RSA").replace("-", "_")
        mode = suite["mode"] or "CBC"
        cipher = f"AES_{suite['bits']}_{mode}" if suite["bits"] else "CHACHA20_POLY1305"
        mac = "" if mode == "CCM" else "_" + (suite["mac"] or "SHA256")
        yield "WARC-Cipher-Suite", f"TLS_{exchange}_WITH_{cipher}{mac}"


def origin_fields(origin: Origin, *, target_uri: str, crawl_id: str) -> Iterator[Field]:
    """Yield the fields of a metadata record: how the capture beside it came about.

    `via` and `hopsFromSeed` are those of WARC 1.1; a hop is written as ``L``, whatever it was.
    The others are this project's own.
    """
    discovery = origin.discovery
    if discovery.via is not None:
        yield "via", discovery.via
    if discovery.hops_from_seed:
        yield "hopsFromSeed", "L" * discovery.hops_from_seed
    yield "discoveredBy", " ".join(discovery.methods)
    if discovery.url != target_uri:  # the answer to a redirect
        yield "discoveredUrl", discovery.url
    if discovery.lastmod is not None:
        yield "lastmod", discovery.lastmod.isoformat()
    if discovery.hints != _NO_HINTS:
        yield "hints", to_json_line(discovery.hints)
    yield "role", origin.role
    yield "crawlId", crawl_id


def parse_block_fields(block: bytes) -> dict[str, str]:
    """Read a block of warc-fields; of a repeated field the last value counts."""
    return {
        name.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for name, value in parse_fields(block)
    }


def parse_origin(fields: Mapping[str, str], *, target_uri: str) -> Origin | None:
    """Make the origin that `origin_fields` wrote; None where the fields are another writer's.

    Raises:
        ValueError: they are ours by their names, but not by their values.
    """
    if "role" not in fields or "discoveredBy" not in fields:
        return None
    methods = tuple(fields["discoveredBy"].split())
    unknown = {fields["role"]}.difference(get_args(Role)) or set(methods).difference(_METHODS)
    if unknown:
        raise ValueError(f"unknown role or method: {unknown.pop()!r}")
    lastmod = fields.get("lastmod")
    hints = fields.get("hints")
    return Origin(
        role=cast("Role", fields["role"]),
        discovery=Discovery(
            url=fields.get("discoveredUrl", target_uri),
            methods=cast("tuple[Method, ...]", methods),
            via=fields.get("via"),
            hops_from_seed=len(fields.get("hopsFromSeed", "")),
            lastmod=datetime.fromisoformat(lastmod) if lastmod else None,
            hints=from_json_line(Hints, hints) if hints else _NO_HINTS,
        ),
    )


def bare(value: str | None) -> str:
    """Take the angle brackets off a record id or URI."""
    return (value or "").removeprefix("<").removesuffix(">")
