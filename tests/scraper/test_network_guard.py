"""A crawl does not reach private networks: not by literal, by name, by redirect, by rebinding."""

from __future__ import annotations

from typing import Any

import pytest

from scraper.network_guard import find_literal_address, is_public
from tests.blog_server import BlogServer, redirect, respond
from tests.scraper.recorded_crawl import Get, Outcome, crawl

GUARDED: dict[str, Any] = {
    "TWISTED_DNS_RESOLVER": "scraper.network_guard.GuardedResolver",
    "DOWNLOADER_MIDDLEWARES": {"scraper.network_guard.PrivateNetworkGuard": 810},
    "RETRY_ENABLED": True,
}


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "2a00::1"])
def test_public_addresses_pass(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:a00:1", "fe80::1%eth0", "fc00::1",
        "fec0::1", "ff02::1", "2001:db8::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::",
        "2001:0:7f00:1::1", "100::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_public_internet_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1.", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1",
        "0177.0.0.1", "017700000001",
    ],
)  # fmt: skip
def test_every_spelling_of_an_address_is_read_as_the_address(host: str) -> None:
    assert find_literal_address(host) == "127.0.0.1"


def crawl_guarded(gets: list[Get], **settings: Any) -> dict[str, Outcome]:
    return crawl(gets, {**GUARDED, **settings})


def test_literal_addresses_are_refused_before_a_connection_is_made() -> None:
    with BlogServer({"/": respond(b"secret")}) as server:
        port = server.authority.partition(":")[2]
        hosts = ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]",
                 "localhost", "LOCALHOST.", "blog.localhost", "0.0.0.0"]  # fmt: skip
        outcomes = crawl_guarded([Get(host, f"http://{host}:{port}/") for host in hosts])
    assert {outcome.error for outcome in outcomes.values()} == {"PrivateAddressRefused"}
    assert "127.0.0.1 is not a public address" in outcomes["2130706433"].message
    assert "ALLOW_PRIVATE_NETWORKS" in outcomes["2130706433"].message
    assert server.requests == []


def test_names_are_refused_for_what_they_resolve_to() -> None:
    with BlogServer({"/": respond(b"secret")}) as server:
        port = server.authority.partition(":")[2]
        hosts = {
            "blog.example": ["127.0.0.1"],
            "six.example": ["::1", "::ffff:127.0.0.1"],
            "nowhere.example": [],
        }
        gets = [Get(host, f"http://{host.upper()}:{port}/") for host in hosts]
        outcomes = crawl_guarded(gets, HOSTS=hosts)
    assert outcomes["blog.example"].error == "PrivateAddressRefused"
    assert "127.0.0.1 is not a public address" in outcomes["blog.example"].message
    assert outcomes["six.example"].error == "PrivateAddressRefused"
    assert outcomes["nowhere.example"].error == "CannotResolveHostError"
    assert server.requests == []


def test_redirect_into_a_private_network_is_refused() -> None:
    # The proxy stands for the public internet here: it answers for every host.
    with BlogServer() as inside, BlogServer() as outside:
        outside.routes["/"] = redirect(inside.url("/admin"))
        gets = [Get("page", "http://blog.example/", meta={"proxy": outside.url()})]
        outcome = crawl_guarded(gets)["page"]
    assert outcome.error == "PrivateAddressRefused"
    assert len(outcome.exchanges) == 1
    assert inside.requests == []


def test_named_proxy_may_be_in_the_private_network_but_no_page_at_its_name() -> None:
    with BlogServer({"/": respond(b"page")}) as proxy:
        named = proxy.url().replace("127.0.0.1", "proxy.example")
        gets = [
            Get("via", "http://blog.example/", meta={"proxy": named}),
            Get("at", named),
        ]
        outcomes = crawl_guarded(gets, HOSTS={"proxy.example": ["127.0.0.1"]})
    assert outcomes["via"].status == 200
    assert outcomes["at"].error == "PrivateAddressRefused"


def test_private_networks_can_be_allowed() -> None:
    with BlogServer({"/": respond(b"page")}) as server:
        port = server.authority.partition(":")[2]
        gets = [Get("literal", server.url()), Get("name", f"http://blog.example:{port}/")]
        outcomes = crawl_guarded(
            gets, ALLOW_PRIVATE_NETWORKS=True, HOSTS={"blog.example": ["127.0.0.1"]}
        )
    assert {outcome.status for outcome in outcomes.values()} == {200}


def test_guard_without_its_resolver_lets_nothing_through() -> None:
    gets = [Get("page", "http://blog.example/")]
    default = "scrapy.resolver.CachingHostnameResolver"
    outcome = crawl_guarded(gets, TWISTED_DNS_RESOLVER=default)["page"]
    assert outcome.error == "GuardMissingError"
    assert "scraper.network_guard.GuardedResolver" in outcome.message
