"""What records say about themselves comes back as it was, or is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.records import Discovery, Exchange, Hints, Method, Origin, Tls
from archive.warc.fields import (
    connection_fields,
    format_date,
    format_fields,
    origin_fields,
    parse_block_fields,
    parse_date,
    parse_origin,
)
from tests.archive.sample_exchanges import FULL_HINTS

dates = st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
methods = st.sampled_from(["seed", "sitemap", "feed", "link", "wordpress"])
hints = st.builds(
    Hints,
    kind=st.none() | st.sampled_from(["post", "page", "listing"]),
    title=st.none() | texts,
    authors=st.lists(texts, max_size=3).map(tuple),
    published=st.none() | dates,
    tags=st.lists(texts, max_size=3).map(tuple),
)
urls = st.from_regex(r"https?://[a-z]{1,9}/[!-~]{0,20}", fullmatch=True)


def written_and_read(origin: Origin, target_uri: str) -> Origin | None:
    block = format_fields(origin_fields(origin, target_uri=target_uri, crawl_id="c"))
    return parse_origin(parse_block_fields(block), target_uri=target_uri)


@given(
    st.sampled_from(["page", "continuation", "source"]),
    st.builds(
        Discovery,
        url=urls,
        methods=st.lists(methods, max_size=3, unique=True).map(tuple),
        via=st.none() | urls,
        hops_from_seed=st.integers(0, 40),
        lastmod=st.none() | dates,
        hints=hints,
    ),
    st.none() | urls,
)
def test_origin_comes_back(role: str, discovery: Discovery, redirected: str | None) -> None:
    origin = Origin(role=role, discovery=discovery)  # type: ignore[arg-type]
    assert written_and_read(origin, redirected or discovery.url) == origin


def test_origin_with_everything_in_its_hints_comes_back() -> None:
    found: tuple[Method, ...] = ("wordpress", "feed")
    discovery = Discovery(url="http://a/", methods=found, hints=FULL_HINTS)
    origin = Origin(role="continuation", discovery=discovery)
    assert written_and_read(origin, "http://a/") == origin


def test_hops_are_symbolic_as_the_standard_says() -> None:
    discovery = Discovery(url="http://a/", methods=("link",), hops_from_seed=3)
    fields = origin_fields(
        Origin(role="page", discovery=discovery), target_uri="http://a/", crawl_id="c"
    )
    assert dict(fields)["hopsFromSeed"] == "LLL"


def test_origin_of_another_writer_is_none() -> None:
    assert parse_origin({"via": "http://a/"}, target_uri="http://a/b") is None


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "king", "discoveredBy": "feed"},
        {"role": "page", "discoveredBy": "rumour"},
        {"role": "page", "discoveredBy": "feed", "lastmod": "soon"},
        {"role": "page", "discoveredBy": "feed", "hints": "{"},
    ],
)
def test_origin_that_is_damaged_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each is refused for its own reason
        parse_origin(fields, target_uri="http://a/")


@pytest.mark.parametrize("value", ["a\nWARC-Type: response", "a\rb", "\ud800"])
def test_value_that_would_forge_a_field_is_refused(value: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - a UnicodeEncodeError is one
        format_fields([("via", value)])


@given(dates)
def test_date_comes_back_and_has_one_spelling(date: datetime) -> None:
    text = format_date(date)
    assert len(text) == len("2026-01-02T03:04:05.000000Z")
    assert parse_date(text) == date


def test_date_of_warc_1_0_is_read() -> None:
    assert parse_date("2014-01-02T03:04:05Z") == datetime(2014, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("version", "cipher", "fields"),
    [
        ("TLSv1.3", "TLS_AES_128_GCM_SHA256", "tls/1.3 TLS_AES_128_GCM_SHA256"),
        ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", "tls/1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305",
         "tls/1.2 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("TLSv1.2", "ECDHE-ECDSA-AES128-CCM", "tls/1.2 TLS_ECDHE_ECDSA_WITH_AES_128_CCM"),
        ("TLSv1.2", "DHE-RSA-AES128-SHA256", "tls/1.2 TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
        ("TLSv1", "AES128-SHA", "tls/1.0 TLS_RSA_WITH_AES_128_CBC_SHA"),
        ("TLSv1.2", "GOST2012-KUZNYECHIK", "tls/1.2"),
        ("unknown", "(NONE)", ""),
    ],
)  # fmt: skip
def test_connection_is_named_as_iana_does(version: str, cipher: str, fields: str) -> None:
    exchange = Exchange(
        target_uri="https://a/",
        date=datetime(2026, 1, 1, tzinfo=UTC),
        request=b"",
        response=b"",
        tls=Tls(version=version, cipher=cipher),
    )
    assert " ".join(value for _, value in connection_fields(exchange)) == fields
