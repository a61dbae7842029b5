"""What a crawl archives is what crossed the wire: the records of its WARC files against sockets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from tests.blog_server import (
    CLOSE,
    BlogServer,
    ReceivedRequest,
    Route,
    redirect,
    refusing_authority,
    respond,
)
from tests.scraper.crawl import QUICK, command, crawl_blog, run
from tests.scraper.recorded_crawl import Get, Outcome, crawl
from tests.scraper.small_blog import small_blog
from tests.scraper.wire_exchanges import PAGE, WHOLE
from tests.scraper.wire_faults import CASES_GONE_WRONG

CASES = WHOLE | CASES_GONE_WRONG


@dataclass(frozen=True)
class Written:
    """A record as another tool reads it: header fields and block, nothing made of either."""

    fields: dict[str, str]
    block: bytes


def records_of(collection: Path) -> list[Written]:
    written = []
    for path in sorted((collection / "archive").iterdir()):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, no_record_parse=True):
                block = record.raw_stream.read()
                written.append(Written(dict(record.rec_headers.headers), block))
    return written


@dataclass(frozen=True)
class Archived:
    server: BlogServer
    outcomes: dict[str, Outcome]
    written: dict[tuple[str, str], list[Written]]  # by type and target URI
    tls: bool

    def one(self, record_type: str, name: str) -> Written:
        (record,) = self.written[record_type, self.server.url(f"/{name}")]
        return record


def by_target(records: list[Written]) -> dict[tuple[str, str], list[Written]]:
    found: dict[tuple[str, str], list[Written]] = {}
    for record in records:
        key = (record.fields["WARC-Type"], record.fields.get("WARC-Target-URI", ""))
        found.setdefault(key, []).append(record)
    return found


@pytest.fixture(scope="module", params=[False, True], ids=["http", "tls"])
def archived(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Archived]:
    path = tmp_path_factory.mktemp("exchanges") / "c"
    routes = {f"/{name}": case.answer for name, case in CASES.items()}
    settings = {
        "COLLECTION": str(path),
        "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "DEDUPLICATE": "off",
    }
    with BlogServer(routes, tls=request.param) as server:
        gets = [
            Get(name, server.url(f"/{name}"), case.method, case.sent_body, case.meta)
            for name, case in CASES.items()
        ]
        outcomes = crawl(gets, settings)
        yield Archived(server, outcomes, by_target(records_of(path)), request.param)


def test_there_are_enough_kinds_of_exchanges() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", CASES)
def test_blocks_are_the_bytes_of_the_wire(archived: Archived, name: str) -> None:
    case = CASES[name]
    (received,) = archived.server.requests_for(f"/{name}")
    response = archived.one("response", name)
    assert archived.one("request", name).block == received.raw
    if case.block is not None:
        assert response.block == case.block
    elif case.kept is not None:
        assert response.block == case.kept
    elif case.truncated in ("length", "time"):
        assert received.sent.startswith(response.block)
    else:
        assert response.block == received.sent


@pytest.mark.parametrize("name", CASES)
def test_records_say_where_the_bytes_came_from(archived: Archived, name: str) -> None:
    request, response = archived.one("request", name), archived.one("response", name)
    assert response.fields.get("WARC-Truncated") == CASES[name].truncated
    assert request.fields["WARC-Concurrent-To"] == response.fields["WARC-Record-ID"]
    for record in (request, response):
        assert record.fields["WARC-Date"] == response.fields["WARC-Date"]
        assert record.fields["WARC-IP-Address"] == "127.0.0.1"
        assert record.fields.get("WARC-Protocol") == ("tls/1.3" if archived.tls else None)
        assert record.fields.get("WARC-Cipher-Suite", "TLS_").startswith("TLS_")
        assert ("WARC-Cipher-Suite" in record.fields) == archived.tls


def test_every_exchange_of_a_crawl_is_in_its_files(tmp_path: Path) -> None:
    tries = iter(range(9))

    def dropped_once(request: ReceivedRequest) -> Route:
        return [CLOSE] if next(tries) == 0 else small_blog("tides")["/tides/"]

    routes: dict[str, Route] = small_blog("ropes", "charts", "tides", pages=["/old/", "/gone/"])
    routes["/old/"] = redirect("/ropes/?from=old", status="302 Fünf")
    routes["/gone/"] = respond(PAGE, status="410 Gone")
    routes["/tides/"] = dropped_once  # type: ignore[assignment]  # a route of either kind
    with BlogServer(routes) as server:
        crawled = crawl_blog(server, tmp_path / "c", settings={"DEDUPLICATE": "off"})
        answered = [(server.url(r.path), r.raw, bytes(r.sent)) for r in server.requests if r.sent]
    assert crawled.status == 0
    records = records_of(crawled.path)
    by_id = {record.fields["WARC-Record-ID"]: record for record in records}
    pairs = [
        (record.fields["WARC-Target-URI"], record.block, response.block)
        for record in records
        if record.fields["WARC-Type"] == "request"
        and (response := by_id[record.fields["WARC-Concurrent-To"]])
    ]
    assert sorted(pairs) == sorted(answered)
    assert {"/old/", "/gone/", "/tides/"} <= {request.path for request in server.requests}


def test_records_behind_a_proxy_are_those_of_the_site(tmp_path: Path) -> None:
    routes: dict[str, Route] = {"/page?a=b": respond(PAGE)}
    with BlogServer(routes) as proxy:
        meta = {"proxy": proxy.url().replace("//", "//user:secret@")}
        urls = {scheme: f"{scheme}://blog.example/page?a=b" for scheme in ("http", "https")}
        gets = [Get(scheme, url, meta=meta) for scheme, url in urls.items()]
        crawl(gets, {"COLLECTION": str(tmp_path / "c"), "DEDUPLICATE": "off"})
    found = by_target(records_of(tmp_path / "c"))
    for scheme, url in urls.items():
        (request,), (response,) = found["request", url], found["response", url]
        assert request.block.startswith(b"GET /page?a=b HTTP/1.1\r\n")
        assert b"roxy-" not in request.block
        assert response.block == respond(PAGE)
        assert "WARC-IP-Address" not in {**request.fields, **response.fields}
        assert ("WARC-Protocol" in response.fields) == (scheme == "https")


def test_what_reached_no_server_is_a_failure_and_no_record(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server, refusing_authority() as refusing:
        ropes, nobody = server.url("/ropes/"), f"http://{refusing}/nobody"
        nowhere = "http://no-such-host.invalid/page"
        urls = tmp_path / "urls.txt"
        urls.write_text("\n".join([ropes, nobody, nowhere]))
        line = command(
            "crawl", "pages", settings={**QUICK, "ROBOTSTXT_OBEY": "False"},
            arguments=[f"urls={urls}", f"collection={tmp_path / 'c'}"],
        )  # fmt: skip
        ended = run(line)
    assert ended.status == 0, ended.errors
    with CatalogueReader(Collection.open(tmp_path / "c").catalogue_path) as catalogue:
        failures = {row["url"]: (row["stage"], row["error"]) for row in catalogue.query(
            "SELECT url, stage, error FROM failures"
        )}  # fmt: skip
    assert failures == {
        nobody: ("fetch", "connection refused"),
        nowhere: ("fetch", "DNS"),
    }
    targets = {record.fields.get("WARC-Target-URI", "") for record in records_of(tmp_path / "c")}
    assert ropes in targets
    assert targets.isdisjoint([nobody, nowhere])
