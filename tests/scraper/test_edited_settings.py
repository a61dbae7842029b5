"""A collection.toml that is broken while its blog is crawled: the crawl is what it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive.collection import Collection
from tests.blog_server import BlogServer, ReceivedRequest
from tests.scraper.crawl import QUICK, command, run
from tests.scraper.fleet import add_collection, crawl_due
from tests.scraper.small_blog import post, small_blog


@pytest.fixture(params=[lambda path: path.write_text("seeds = ["), Path.unlink])
def edited(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Collection]:
    """A collection whose settings are broken, or taken away, while its post is asked for."""
    edit: Callable[[Path], object] = request.param
    with BlogServer(small_blog("ropes")) as server:
        hooks = f"[hooks]\ncommand = ['sh', '-c', 'cat > {tmp_path / 'told.json'}']"
        collection = add_collection(tmp_path / "root", "edited", server.url(), hooks)

        def edit_meanwhile(request: ReceivedRequest) -> bytes:
            edit(collection.settings_path)
            return post("ropes")

        server.routes["/ropes/"] = edit_meanwhile
        yield collection


def test_a_complete_crawl_is_finished_and_the_next_run_tells_of_the_file(
    edited: Collection, tmp_path: Path
) -> None:
    first, second = (crawl_due(edited.path.parent) for _ in range(2))
    told = json.loads((tmp_path / "told.json").read_text())
    assert (first.status, first.outcomes, first.why("edited")) == (0, {"edited": "finished"}, "")
    assert (told["event"], told["counts"]["new"], told["next"]) == ("finish", 1, None)
    assert (second.status, second.outcomes) == (1, {"edited": "failed"})
    assert "collection.toml" in second.why("edited")


def test_a_complete_crawl_by_hand_ends_with_status_0(edited: Collection) -> None:
    arguments = [f"collection={edited.path}"]
    assert run(command("crawl", "blog", settings=QUICK, arguments=arguments)).status == 0
