"""A site that answers for its posts with a page of its own: no post changes by that."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from archive.articles.store import ArticleStore
from archive.catalogue import CatalogueReader
from archive.collection import Collection
from tests.archive.order import assert_in_order
from tests.blog_server import BlogServer, ReceivedRequest, Route, html
from tests.scraper.crawl import crawl_blog, path_of
from tests.scraper.small_blog import post, small_blog

_WORDS = {"ropes": "Hemp is best.", "sails": "Linen dries fast.", "tar": "Pine gives most."}


def test_a_challenge_in_place_of_the_posts_is_no_version_of_any(tmp_path: Path) -> None:
    number = count()

    def challenge(request: ReceivedRequest) -> bytes:
        sentences = "Your browser is looked at before you may go on to the harbour of this house. "
        asked = f"<p>Ray {next(number):04x} for {request.target}</p>"
        return html(f"<article><h1>One moment</h1><p>{sentences * 3}</p>{asked}</article>")

    posts: dict[str, Route] = {
        f"/{slug}/": post(slug, text=f"<p>{words}</p>") for slug, words in _WORDS.items()
    }
    with BlogServer(small_blog(*_WORDS) | posts) as server:
        crawl_blog(server, tmp_path)
        server.routes |= dict.fromkeys(posts, challenge)
        bad = crawl_blog(server, tmp_path, "mode=check")
        assert bad.failures == dict.fromkeys(posts, "stand-in page")
        assert (bad.report["changed"], bad.report["unchanged"]) == (0, 1)  # the home page
        server.routes |= posts | {"/tar/": post("tar", text="<p>And the tar was warm.</p>")}
        well = crawl_blog(server, tmp_path)  # asks for what failed, without being told to
    assert (well.report["changed"], well.report["unchanged"]) == (1, 3)
    collection = Collection.open(tmp_path)
    rows = ArticleStore(collection.articles_dir).iter_articles()
    assert sorted((path_of(row.url), row.version) for row in rows) == [
        ("/ropes/", 1), ("/sails/", 1), ("/tar/", 1), ("/tar/", 2)
    ]  # fmt: skip
    assert_in_order(collection)
    with CatalogueReader(collection.catalogue_path) as catalogue:
        last = catalogue.crawls()[-2].crawl_id
        assert {row.error for row in catalogue.iter_failures(last)} == {"stand-in page"}
