"""A made-up blog whose posts change between crawls: what a second look finds."""

from __future__ import annotations

from archive.articles.store import ArticleStore
from archive.catalogue import CatalogueReader
from archive.collection import Collection
from archive.records import Article
from tests.archive.recorded_crawls import RecordedCrawl, html, response
from tests.archive.sample_records import BLOG

FERRY = f"{BLOG}ferry/"


def post(title: str, *, words: str = "", design: str = "", comments: tuple[str, ...] = ()) -> bytes:
    """Make the answer of a post; a comment is its author and text, parted by a colon."""
    page = html(title, words=words).decode()
    items = "".join(
        f'<li class="comment" id="comment-{number}"><div class="comment-author">'
        f'<b class="fn">{comment.partition(":")[0]}</b></div>'
        f'<div class="comment-content"><p>{comment.partition(":")[2]}</p></div></li>'
        for number, comment in enumerate(comments, 1)
    )
    thread = f'<div id="comments"><ol class="comment-list">{items}</ol></div>' if items else ""
    page = page.replace("</article>", f"</article>{thread}").replace("<body>", f"<body>{design}")
    return response(page.encode())


def crawl(collection: Collection, crawl_id: str, /, **posts: bytes) -> None:
    """Crawl posts by their names; each is filed as an article, or passed over as unchanged."""
    crawl_on(collection, crawl_id, None, **posts)


def crawl_on(collection: Collection, crawl_id: str, day: float | None, /, **posts: bytes) -> None:
    """Crawl posts on a day, counted from the first."""
    run = RecordedCrawl(collection, crawl_id=crawl_id, processes=1, day=day)
    for name, answer in posts.items():
        run.keep(f"{name}/", "article", answer)
    run.close()


def rows_of(collection: Collection, url: str = FERRY) -> list[Article]:
    """Read the rows of an article from the store, oldest first."""
    store = ArticleStore(collection.articles_dir)
    found = (article for article in store.iter_articles() if article.url == url)
    return sorted(found, key=lambda article: article.captured)


def outcomes(collection: Collection, url: str = FERRY) -> dict[str, str | None]:
    """Tell by crawl what became of a page."""
    with CatalogueReader(collection.catalogue_path) as catalogue:
        crawls = [each.crawl_id for each in catalogue.crawls()]
        return {one: catalogue.find_outcome(url, crawl_id=one) for one in crawls}
