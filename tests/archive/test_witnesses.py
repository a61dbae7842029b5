"""The texts that the feeds of a crawl give, found for the posts that it archived."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.extraction.testimony.witnesses import Witness
from archive.stored_messages import MessageReader
from archive.witnesses import WitnessFinder
from tests.archive.recorded_crawls import RecordedCrawl, response, source
from tests.archive.sample_records import BLOG

ONE = "<p>The ferry left at seven, and nobody on the pier had slept.</p>"
TWO = "<p>A gull followed us as far as the second buoy, then turned back.</p>"


def feed(*entries: tuple[str, str]) -> bytes:
    items = "".join(
        f"<entry><title>A post</title><link href='{url}'/>"
        f"<content type='html'><![CDATA[{body}]]></content></entry>"
        for url, body in entries
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title>{items}</feed>".encode()


@contextmanager
def finding(collection: Collection) -> Iterator[WitnessFinder]:
    with (
        CatalogueReader(collection.catalogue_path) as catalogue,
        WitnessFinder(catalogue, MessageReader(collection.warc_dir, catalogue)) as finder,
    ):
        yield finder


def bodies(found: tuple[Witness, ...]) -> list[str]:
    return [witness.body for witness in found]


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection.create(tmp_path / "blog")


def test_a_feed_is_found_by_any_address_of_the_post(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    crawl.capture(source("feed/"), response(feed((f"{BLOG}ferry/", ONE), (f"{BLOG}gull/", TWO))))
    crawl.close()
    with finding(collection) as finder:
        assert bodies(finder.find(crawl.crawl_id, f"{BLOG}ferry")) == [ONE]
        assert bodies(finder.find(crawl.crawl_id, f"{BLOG}?p=2", f"{BLOG}gull/")) == [TWO]
        assert finder.find(crawl.crawl_id, f"{BLOG}island/") == ()


def test_a_link_that_counts_readers_and_half_a_character_do_no_harm(
    collection: Collection,
) -> None:
    crawl = RecordedCrawl(collection)
    item = {
        "url": f"{BLOG}ferry/?utm_source=rss",
        "title": "\ud800",
        "content_html": ONE + "\ud800",
    }
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [item]}
    crawl.capture(source("feed/"), response(json.dumps(document).encode()))
    crawl.close()
    with finding(collection) as finder:
        assert bodies(finder.find(crawl.crawl_id, f"{BLOG}ferry/")) == [ONE + "?"]


def test_only_feeds_of_the_same_crawl_are_heard(collection: Collection) -> None:
    for crawl_id, body in (("20240101000000-aaaaaa", ONE), ("20240201000000-bbbbbb", TWO)):
        crawl = RecordedCrawl(collection, crawl_id=crawl_id)
        crawl.capture(source("feed/"), response(feed((f"{BLOG}ferry/", body))))
        crawl.close()
    with finding(collection) as finder:
        assert bodies(finder.find("20240101000000-aaaaaa", f"{BLOG}ferry/")) == [ONE]
        assert bodies(finder.find("20240201000000-bbbbbb", f"{BLOG}ferry/")) == [TWO]


def test_a_feed_that_has_not_changed_is_heard_again(collection: Collection) -> None:
    entry = (f"{BLOG}ferry/", ONE)
    for crawl_id, answer in (
        ("20240101000000-aaaaaa", response(feed(entry), "200 OK", 'ETag: "1"')),
        ("20240201000000-bbbbbb", b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'),
    ):
        crawl = RecordedCrawl(collection, crawl_id=crawl_id)
        crawl.capture(source("feed/"), answer)
        crawl.close()
    with finding(collection) as finder:
        assert bodies(finder.find("20240201000000-bbbbbb", f"{BLOG}ferry/")) == [ONE]


def test_what_was_captured_last_comes_first_and_the_same_text_once(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    for path, body in (("feed/", ONE), ("tag/feed/", TWO), ("other/feed/", TWO)):
        crawl.capture(source(path), response(feed((f"{BLOG}ferry/", body))))
    crawl.close()
    with finding(collection) as finder:
        assert bodies(finder.find(crawl.crawl_id, f"{BLOG}ferry/")) == [TWO, ONE]


def test_a_text_that_agrees_needs_no_witness(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    crawl.capture(source("feed/"), response(feed((f"{BLOG}ferry/", ONE + TWO))))
    crawl.close()
    text = f"{ONE}\n\n{TWO}".replace("<p>", "").replace("</p>", "")
    with finding(collection) as finder:
        assert finder.find_differing(crawl.crawl_id, f"{BLOG}ferry/", None, text) == ()
        lost = text.partition("\n\n")[0]
        assert bodies(finder.find_differing(crawl.crawl_id, f"{BLOG}ferry/", None, lost)) == [
            ONE + TWO
        ]


def test_answers_that_are_no_feed_or_cannot_be_read_say_nothing(collection: Collection) -> None:
    crawl = RecordedCrawl(collection)
    crawl.capture(source("robots.txt"), response(b"User-agent: *"))
    crawl.capture(source("feed/"), response(feed((f"{BLOG}ferry/", ONE)), "500 Oops"))
    crawl.capture(source("atom/"), response(b"<feed", "200 OK", "Content-Encoding: gzip"))
    crawl.close()
    with finding(collection) as finder:
        assert finder.find(crawl.crawl_id, f"{BLOG}ferry/") == ()
