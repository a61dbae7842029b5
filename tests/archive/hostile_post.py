"""A recorded crawl of pages that would steer a terminal, run a script or load a picture."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from archive.collection import Collection
from tests.archive.recorded_crawls import RecordedCrawl, html, response
from tests.archive.sample_records import BLOG

_SENTENCE = "The ferry left at seven, and nobody on the pier had slept at all that night. "
POST = (
    '<!doctype html><html lang="en"><head><title>Night boat</title>'
    '<meta property="og:type" content="article">'
    '<meta property="article:published_time" content="2020-05-06T07:08:09Z"></head><body>'
    '<nav><a href="/">Home</a></nav><article class="post"><h1>Night boat</h1>'
    f'<div class="entry-content"><p>{_SENTENCE * 2}It was <em>late</em>.</p>'
    "<h2>Aboard</h2><ul><li>Rope</li><li>Tar</li></ul>"
    "<p>A bell &#155;31m rang: &lt;script&gt;alert(1)&lt;/script&gt;</p>"
    f'<p><img src="/boat.jpg" alt="A boat">{_SENTENCE}</p></div>'
    '<div class="sharedaddy"><a href="javascript:alert(2)">Share \x1b[31m this</a></div>'
    "</article><footer>Made by hand</footer><script>alert(3)</script></body></html>"
).encode()
_PAGES = b'<div class="page-links">Pages: 1 <a href="/split/2/">2</a></div>'
LISTING = b"<!doctype html><title>Blog</title><ul><li><a href=/boat/>Night boat</a></ul>"


def record_blog(path: Path) -> Collection:
    """Make a collection of a post, a split post, and a listing that is no article."""
    collection = Collection.create(path, seeds=[BLOG])
    crawl = RecordedCrawl(collection)
    crawl.keep("boat/", "article", response(POST))
    parts = (html("In two parts", words=word) for word in ("One", "Two"))
    linked = (part.replace(b"</article>", _PAGES + b"</article>") for part in parts)
    crawl.keep("split/", "article", *map(response, linked))
    crawl.keep("", "listing", response(LISTING), methods=("seed",))
    crawl.close()
    return collection


def alter_texts(collection: Collection) -> None:
    """Give all rows another text, as another extractor would."""
    (path,) = collection.articles_dir.glob("*.parquet")
    table = pq.read_table(path)
    for name, value in (("main_text", "Older."), ("text_digest", "sha256:OLDER")):
        column = pa.array([value] * len(table), table.schema.field(name).type)
        table = table.set_column(
            table.schema.get_field_index(name), table.schema.field(name), column
        )
    pq.write_table(table, path)
