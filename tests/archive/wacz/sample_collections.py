"""Collections to package: crawls of a made-up blog, as a crawl leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from archive.articles.store import ArchivedPage, ArticleStore, file_stem, make_article
from archive.catalogue import Catalogue, CatalogueReader
from archive.cdxj import CdxjIndex
from archive.collection import Collection
from archive.originals import OriginalFinder
from archive.records import (
    Capture,
    Discovery,
    Exchange,
    Extraction,
    Method,
    Origin,
    PageType,
    Role,
)
from archive.warc.writer import WarcWriter
from tests.archive.sample_exchanges import answer
from tests.archive.sample_records import START, make_crawl

BLOG = "http://blog.example/"
FIRST, SECOND = "20260102030405000001", "20260203040506000001"
SECOND_START = START + timedelta(days=32)
POSTS = {"one/": "The ferry left at seven.", "two/": "Ein Möwenschrei — und 海."}


def html(text: str) -> bytes:
    return answer(f"<!doctype html><p>{text}".encode(), "Content-Type: text/html; charset=utf-8")


def add_crawl(
    collection: Collection,
    posts: Mapping[str, str],
    *,
    crawl_id: str = FIRST,
    started: datetime = START,
    is_sealed: bool = True,
) -> list[Capture]:
    """Archive the home page, a picture and some posts; what is known already becomes a revisit."""
    found = {"": ("page", html("Home")), "cat.gif": ("requisite", answer(b"GIF89a", "A: b"))}
    found |= {path: ("page", html(text)) for path, text in posts.items()}
    captures: list[Capture] = []
    writer = WarcWriter(collection.warc_dir, prefix=crawl_id, software="test/1", robots="obey")
    with (
        Catalogue(collection.catalogue_path) as catalogue,
        CatalogueReader(collection.catalogue_path) as known,
        CdxjIndex(collection.index_path) as index,
        closing(ArticleStore(collection.articles_dir)) as store,
    ):
        catalogue.add_crawl(make_crawl(crawl_id=crawl_id, started=started, seeds=(BLOG,)))
        for number, (path, (role, response)) in enumerate(found.items()):
            origin = _origin(BLOG + path, role="requisite" if role == "requisite" else "page")
            exchange = Exchange(
                target_uri=BLOG + path,
                date=started + timedelta(seconds=number),
                request=f"GET /{path} HTTP/1.1\r\nHost: blog.example\r\n\r\n".encode(),
                response=response,
            )
            finder = OriginalFinder(collection.warc_dir, known)
            capture = writer.write_exchange(
                exchange, origin, crawl_id=crawl_id, find_original=finder.find
            )
            catalogue.add_capture(capture, crawl_id=crawl_id, role=origin.role)
            index.append(capture)
            captures.append(capture)
            if path in posts:
                page = ArchivedPage(capture=capture, origin=origin, crawl_id=crawl_id)
                said = Extraction(
                    page_type=PageType.ARTICLE, title=path.title(), main_text=posts[path]
                )
                article = make_article(said, page, extractor="test 1")
                store.append(article)
                catalogue.add_article(article)
        catalogue.commit()
        if is_sealed:
            writer.close()
            store.seal(file_stem(captures[0].filename))
    return captures


def make_collection(path: Path) -> Collection:
    """Make a collection with one crawl."""
    collection = Collection.create(path / "winter", seeds=[BLOG])
    add_crawl(collection, POSTS)
    return collection


def make_twice_crawled(path: Path) -> Collection:
    """Make a collection with two crawls: in the second, one post is new and the rest is known."""
    collection = make_collection(path)
    add_crawl(collection, POSTS | {"three/": "New."}, crawl_id=SECOND, started=SECOND_START)
    return collection


def _origin(url: str, *, role: Role) -> Origin:
    method: Method = "seed" if url == BLOG else "sitemap"
    return Origin(role=role, discovery=Discovery(url=url, methods=(method,)))
