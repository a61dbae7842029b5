"""A real HTTP server on the loopback interface that answers with exact bytes.

    routes = {
        "/": respond(b"<p>Hello</p>"),
        "/slow": lambda request: drip(respond(b"<p>Hello</p>"), pause_s=0.1),
    }
    with BlogServer(routes) as server:
        fetch(server.url("/"))
        assert server.requests[0].target == "/"

A route is the bytes of the answer, a sequence of steps, or a function from the request to either.
A step is bytes to send, a `Wait`, or an end of the connection: `CLOSE`, `CUT` or `RESET`.
"""

from tests.blog_server.messages import chunked, drip, html, once, redirect, respond
from tests.blog_server.server import (
    CLOSE,
    CUT,
    RESET,
    Answer,
    BlogServer,
    ReceivedRequest,
    Route,
    Wait,
    refusing_authority,
)

__all__ = [
    "CLOSE",
    "CUT",
    "RESET",
    "Answer",
    "BlogServer",
    "ReceivedRequest",
    "Route",
    "Wait",
    "chunked",
    "drip",
    "html",
    "once",
    "redirect",
    "refusing_authority",
    "respond",
]
