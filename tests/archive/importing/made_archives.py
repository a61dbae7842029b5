"""Archive files as other programs make them, written here byte by byte and by other libraries."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

from archive.importing.stretches import zstd

WARCS = Path(__file__).parents[2] / "warcs"
DATE = "2020-03-04T05:06:07Z"


def page(title: str) -> bytes:
    """Make a page with enough text to be an article."""
    paragraphs = "".join(
        f"<p>{title}: the {word} left at seven, and nobody on the pier had slept, nor spoken.</p>"
        for word in ("ferry", "barge", "launch", "gull", "tide", "fog", "bell", "steamer")
    )
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>'
        '<meta property="og:type" content="article">'
        '<meta property="article:published_time" content="2020-01-02T03:04:05Z"></head>'
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    ).encode()


def answer(body: bytes, *headers: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    """Make the message of an answer."""
    lines = (status, "Content-Type: text/html; charset=utf-8", *headers, "", "")
    return "\r\n".join(lines).encode() + body


def record(kind: str, number: int, block: bytes, *fields: str, **named: str) -> bytes:
    """Make a WARC record as it stands in a plain file; `named` replaces what is written else."""
    standard = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012}>",
        "WARC-Date": DATE,
        "WARC-Target-URI": f"http://tide.example/{number}",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    }
    standard |= {name.replace("_", "-"): value for name, value in named.items()}
    lines = [f"{name}: {value}" for name, value in standard.items() if value]
    head = "\r\n".join(("WARC/1.0", *lines, *fields, "", ""))
    return head.encode() + block + b"\r\n\r\n"


def some_records(first: int = 1) -> list[bytes]:
    """Make a warcinfo record and three answers."""
    info = record(
        "warcinfo", first, b"software: x\r\n", WARC_Target_URI="", Content_Type="text/plain"
    )
    pages = range(first + 1, first + 4)
    return [info, *(record("response", n, answer(page(f"Page {n}"))) for n in pages)]


def members(records: Sequence[bytes]) -> bytes:
    """Put each record into a gzip member of its own."""
    return b"".join(gzip.compress(each, mtime=0) for each in records)


def frames(records: Sequence[bytes], dictionary: zstd.ZstdDict | None = None) -> bytes:
    """Put each record into a zstd frame of its own."""
    return b"".join(zstd.compress(each, zstd_dict=dictionary) for each in records)


def dictionary_frame(content: bytes) -> bytes:
    """Make the skippable frame that a ``.warc.zst`` file may begin with."""
    return b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content


def arc_records(version: int) -> list[bytes]:
    """Make the records of an ARC file: its version block, a page, a name looked up, an error."""
    further = " 200 0a1b2c - 0 tide.arc" if version == 2 else ""
    names = " Result-code Checksum Location Offset Filename" if version == 2 else ""
    block = (
        f"{version} 0 Example\nURL IP-address Archive-date Content-type{names} Archive-length\n\n"
    ).encode()
    answers = (
        ("http://tide.example/old page", "text/html", answer(page("An old page"))),
        ("dns:tide.example", "text/dns", b"20040101\ntide.example. 60 IN A 192.0.2.7"),
        ("http://tide.example/gone", "no-type", b"HTTP/1.0 404 Not Found\r\n\r\nno such page"),
    )
    head = f"filedesc://tide.arc 0.0.0.0 20040102030405 text/plain{further} {len(block)}\n"
    records = [head.encode() + block]
    for url, mime, message in answers:
        line = f"{url} 192.0.2.7 20040102030406 {mime}{further} {len(message)}\n"
        records.append(line.encode() + message + b"\n")
    return records
