"""Answers as bytes: the usual ones, so that a test spells out only what is unusual."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.blog_server.server import ReceivedRequest, Step, Wait


def respond(
    body: bytes = b"",
    *headers: str,
    status: str = "200 OK",
    content_type: str = "text/html; charset=utf-8",
) -> bytes:
    """Build an answer with a Content-Length; `headers` are whole lines, as "Name: value"."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def html(text: str, *headers: str, title: str = "A page") -> bytes:
    """Build an answer that is an HTML page in UTF-8 with `text` as the markup of its body."""
    page = f"<!doctype html><html><head><title>{title}</title></head><body>{text}</body></html>"
    return respond(page.encode(), *headers)


def redirect(location: str, *headers: str, status: str = "301 Moved Permanently") -> bytes:
    """Build a redirect to `location`."""
    return respond(b"", f"Location: {location}", *headers, status=status)


def chunked(
    chunks: Sequence[bytes],
    *headers: str,
    extension: str = "",
    trailers: Sequence[str] = (),
) -> bytes:
    """Build an answer in chunked coding; `extension` as ";name=value", `trailers` as lines."""
    lines = ["HTTP/1.1 200 OK", "Content-Type: text/html", "Transfer-Encoding: chunked", *headers]
    coded = [b"%x%b\r\n%b\r\n" % (len(chunk), extension.encode(), chunk) for chunk in chunks]
    end = "\r\n".join([f"0{extension}", *trailers]).encode() + b"\r\n\r\n"
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + b"".join(coded) + end


def drip(message: bytes, *, pause_s: float, size: int = 1) -> Iterator[Step]:
    """Send a message `size` bytes at a time with a pause after each."""
    for start in range(0, len(message), size):
        yield message[start : start + size]
        yield Wait(pause_s)


def once(is_so: Callable[[], object], *steps: Step) -> Callable[[ReceivedRequest], Iterator[Step]]:
    """Answer with `steps`, but not before something is so, or the server closes."""

    def wait_and_answer(request: ReceivedRequest) -> Iterator[Step]:
        while not is_so():
            yield Wait(0.02)
        yield from steps

    return wait_and_answer
