"""pywb replays what a server called unmodified as the answer that it had sent before."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.originals import OriginalFinder
from archive.records import Capture
from archive.replay import Replay, find_pywb, replaying
from tests.archive.kept_exchanges import Crawl
from tests.archive.sample_exchanges import HTML, answer
from tests.archive.test_replay import get

NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nDate: later\r\n\r\n'
FIRST, SECOND = gzip.compress(HTML), gzip.compress(HTML + b"edited")
_TYPE = "Content-Type: text/html"
_CHUNKED = answer(b"%x\r\n%b\r\n0\r\n\r\n" % (len(HTML), HTML), _TYPE, "Transfer-Encoding: chunked")
# What each of five crawls was sent: an edit comes between two that find nothing new.
SENT = {
    "/gzip": [
        answer(FIRST, _TYPE, "Content-Encoding: gzip"), None, None,
        answer(SECOND, _TYPE, "Content-Encoding: gzip"), None,
    ],
    "/chunked": [_CHUNKED, None, None, answer(HTML + b"edited", _TYPE), None],
}  # fmt: skip
BODIES = {
    "/gzip": [FIRST, FIRST, FIRST, SECOND, SECOND],
    "/chunked": [HTML, HTML, HTML, HTML + b"edited", HTML + b"edited"],
}


@dataclass
class Shown:
    collection: Collection
    running: Replay
    captures: dict[str, list[Capture]] = field(default_factory=dict)

    def url(self, path: str, *, at: int | None = None) -> str:
        timestamp = "" if at is None else f"{self.captures[path][at].date:%Y%m%d%H%M%S}"
        return f"{self.running.url}{timestamp}id_/http://blog.example{path}"


def keep(collection: Collection, number: int, path: str, known: Capture | None) -> Capture:
    sent = SENT[path][number]
    with Crawl(collection, number + 1) as crawl:
        if sent is not None or known is None:
            return crawl.keep(path, sent or b"")
        with CatalogueReader(collection.catalogue_path) as catalogue:
            row = catalogue.get_capture(known.record_id)
            original = OriginalFinder(collection.warc_dir, catalogue).original_of(row)
        return crawl.keep(path, NOT_MODIFIED, not_modified=original)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    collection = Collection.create(tmp_path_factory.mktemp("replay") / "c")
    captures: dict[str, list[Capture]] = {}
    for path in SENT:
        known: Capture | None = None
        for number in range(len(SENT[path])):
            known = keep(collection, number, path, known)
            captures.setdefault(path, []).append(known)
    with replaying(collection, program=find_pywb()) as running:
        yield Shown(collection, running, captures)


@pytest.mark.parametrize("path", SENT)
def test_at_each_date_the_page_is_as_it_was(shown: Shown, path: str) -> None:
    types = [capture.record_type for capture in shown.captures[path]]
    assert types == ["response", "revisit", "revisit", "response", "revisit"]
    for number, body in enumerate(BODIES[path]):
        replayed = get(shown.url(path, at=number))
        assert (replayed.status, replayed.body) == (200, body)
        assert replayed.encoding == ("gzip" if path == "/gzip" else None)


@pytest.mark.parametrize("path", SENT)
def test_without_a_date_it_is_as_it_was_last(shown: Shown, path: str) -> None:
    replayed = get(shown.url(path))
    assert (replayed.status, replayed.body) == (200, BODIES[path][-1])


def test_the_page_to_show_first_may_be_one_that_was_not_modified(shown: Shown) -> None:
    page = shown.running.page_url("http://blog.example/gzip")
    assert page is not None
    assert f"{shown.captures['/gzip'][-1].date:%Y%m%d%H%M%S}" in page
