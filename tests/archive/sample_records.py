"""Records to test with: articles of a made-up blog, and a collection that holds some."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive.articles.store import ArchivedPage, ArticleStore, make_article
from archive.catalogue import Catalogue
from archive.collection import Collection
from archive.records import (
    Article,
    Capture,
    Comment,
    Crawl,
    Discovery,
    Extraction,
    Failure,
    Origin,
    PageType,
)
from archive.urls import urlkey

CRAWL_ID = "20260102-crawl"
START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
WARC_FILE = "blog-20260102030405-00000-host.warc.gz"
BLOG = "https://blog.example/"


def make_capture(number: int, url: str | None = None, **changes: Any) -> Capture:
    """Make the capture number so-and-so of the WARC file; later ones lie further back."""
    target_uri = url or f"{BLOG}post-{number}/"
    values: dict[str, Any] = {
        "record_id": f"urn:uuid:00000000-0000-0000-0000-{number:012}",
        "record_type": "response",
        "target_uri": target_uri,
        "urlkey": urlkey(target_uri),
        "date": START + timedelta(seconds=number),
        "status": 200,
        "mime": "text/html",
        "payload_digest": "sha256:" + "A" * 52 + "====",
        "filename": WARC_FILE,
        "offset": 1_000 + 500 * number,
        "length": 400,
    }
    return Capture(**values | changes)


def make_sample(number: int, capture: Capture | None = None, **said: Any) -> Article:
    """Make the article number so-and-so; `said` is what its page says besides."""
    values: dict[str, Any] = {
        "page_type": PageType.ARTICLE,
        "title": f"Post number {number}",
        "authors": ("Ada Example", "Bo Čapek"),
        "published": datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number),
        "tags": ("winter", "冬"),
        "language": "en",
        "main_text": f"The first paragraph of {number}.\n\nThe second — with a dash.",
        "comments": (
            Comment(author="Cy", published=START, text="First!"),
            Comment(author=None, published=None, text="An answer.", parent=0),
        ),
        "rights": ("noai",),
        "confidence": 0.9,
    }
    page = ArchivedPage(
        capture=capture or make_capture(number),
        origin=Origin(role="page", discovery=Discovery(url=BLOG, methods=("sitemap", "feed"))),
        crawl_id=CRAWL_ID,
        continuation_ids=("urn:uuid:1",) if number == 1 else (),
    )
    return make_article(Extraction(**values | said), page, extractor="sample 1")


def make_crawl(**changes: Any) -> Crawl:
    values: dict[str, Any] = {
        "crawl_id": CRAWL_ID,
        "spider": "blog",
        "seeds": (BLOG,),
        "started": START,
        "finished": START + timedelta(seconds=90),
        "reason": "finished",
        "versions": ("python 3.11",),
        "settings_digest": "abc",
        "stats": (("posts_declared/wordpress", 4), ("downloader/request_count", 9)),
    }
    return Crawl(**values | changes)


def make_failure(url: str, error: str = "HTTP 404", **changes: Any) -> Failure:
    values: dict[str, Any] = {
        "url": url,
        "stage": "fetch",
        "error": error,
        "message": "the server has no such page",
        "date": START,
        "crawl_id": CRAWL_ID,
    }
    return Failure(**values | changes)


def make_collection(path: Path, articles: list[Article]) -> Collection:
    """Make a collection that holds these articles, sealed, as a crawl leaves it."""
    collection = Collection.create(path, seeds=[BLOG])
    store = ArticleStore(collection.articles_dir)
    with Catalogue(collection.catalogue_path) as catalogue:
        catalogue.add_crawl(make_crawl())
        for article in articles:
            capture = make_capture(
                (article.warc_offset - 1_000) // 500, article.url, record_id=article.capture_id
            )
            catalogue.add_capture(capture, crawl_id=CRAWL_ID, role="page")
            catalogue.add_article(article)
            found = Discovery(url=article.url, methods=article.discovered_via)
            catalogue.add_discovery(found, crawl_id=CRAWL_ID, outcome=PageType.ARTICLE)
            store.append(article)
    for stem in store.open_stems():
        store.seal(stem)
    return collection
