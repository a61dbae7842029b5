"""The command `scrapy crawl` as people use it: what it says, writes, and exits with."""

from __future__ import annotations

import csv
import dataclasses
import json
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from archive.collection import Collection
from archive.records import Article
from tests.blog_server import BlogServer, respond
from tests.patience import TIME_LIMIT_S
from tests.scraper.crawl import (
    PROJECT,
    QUICK,
    Crawled,
    Ended,
    command,
    crawl_blog,
    run,
)
from tests.scraper.small_blog import post, small_blog

_COMMENTS = """
<section id="comments" class="comments-area"><ol class="comment-list">
<li class="comment" id="comment-1"><article class="comment-body"><footer class="comment-meta">
<b class="fn">Ada</b> <time datetime="2024-03-02T10:00:00+05:30">2 March</time></footer>
<div class="comment-content"><p>I remember that boat well.</p></div></article></li>
</ol></section>
"""


def _crawl_pages(path: Path, *arguments: str, given: bytes = b"") -> Crawled:
    arguments = (f"collection={path}", *arguments)
    ended = run(command("crawl", "pages", settings=QUICK, arguments=arguments), given=given)
    assert "Traceback" not in ended.errors, ended.errors[-3000:]
    return Crawled(ended.status, ended.output, ended.errors, ended.seconds, path)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["blog"], "nothing to crawl: say -a url=https://example.org/blog/ or -a urls=FILE"),
        (["blog", "-a", "url=ftp://x/"], "'ftp://x/' is not a web address; say for example"),
        (["blog", "-a", "url=x.example", "-a", "limit=no"], "limit=no is not a number of posts"),
        (["pages", "-a", "urls=/no/such/file"], "urls=/no/such/file: cannot be read"),
        (["blog", "-a", "url=a.example,b.example"], "several addresses: name the collection"),
        ([], "name one spider: scrapy crawl blog -a url=https://example.org/blog/"),
        (["blog", "pages"], "name one spider: scrapy crawl blog -a url=https://example.org/blog/"),
        (["blog", "-a", "url=x.example", "-a", "collection=-x"], "collection=-x looks like an op"),
        (["blog", "-a", "url=x.example", "-a", "collection=.."], "'..' is no name of a collection"),
        (["blog", "-s", "EXTRACTION_PROCESSES=0"], "EXTRACTION_PROCESSES=0 is not a whole number"),
        (
            ["blog", "-s", "WARC_MAX_SIZE_BYTES=1GB"],
            "WARC_MAX_SIZE_BYTES=1GB is not a whole number",
        ),
        (["blog", "-s", "DOWNLOAD_TIMEOUT=x"], "DOWNLOAD_TIMEOUT=x is not a number above 0"),
        (
            ["blog", "-a", "url=x.example", "-s", "REDACT_CREDENTIALS=yes"],
            "REDACT_CREDENTIALS=yes is neither True nor False",
        ),
        (
            ["blog", "-a", "url=x.example", "-s", "REDACT_CREDENTIAL=True"],
            "-s REDACT_CREDENTIAL=…: no such setting; do you mean REDACT_CREDENTIALS?",
        ),
        (["blog", "-s", "WARC_PREFIX=../../x"], "WARC_PREFIX=../../x cannot begin a file name"),
        (["blog", "-s", "CONTACT=me\r\nX: 1"], r"CONTACT='me\r\nX: 1' holds characters that no"),
        (["blgo", "-a", "url=x.example"], "there is no spider 'blgo'; `scrapy list` names them"),
    ],
)
def test_bad_arguments_get_one_line_and_status_2(
    words: list[str], line: str, tmp_path: Path
) -> None:
    ended = run(command("crawl", *words), cwd=tmp_path)
    assert ended.status == 2
    (said,) = ended.errors.splitlines()
    assert said.startswith(f"scrapy crawl: {line}")
    assert list(tmp_path.iterdir()) == []


def test_the_spiders_are_listed() -> None:
    ended = run(command("list"))
    assert ended.status == 0
    assert ended.output.split() == ["blog", "pages"]


def test_the_shell_fetches_a_page_and_writes_nothing(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        words = ("shell", server.url("/ropes/"), "-c", "print(response.status)")
        ended = run(command(*words, settings=QUICK), cwd=tmp_path)
    assert ended.status == 0
    assert ended.output.split()[0] == "200"
    assert list(tmp_path.iterdir()) == []


def test_a_crawl_without_a_collection_named_goes_below_collections(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        line = command("crawl", "blog", settings=QUICK, arguments=[f"url={server.url()}"])
        ended = run(line, cwd=tmp_path)
        assert ended.status == 0
        (path,) = (tmp_path / "collections").iterdir()
        assert Collection.open(path).seeds == (server.url(),)


def test_a_collection_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        collection = Collection.create(tmp_path / "c", seeds=[server.url()])
        with collection.lock():
            crawled = crawl_blog(server, tmp_path / "c")
        assert server.requests == []
    assert crawled.status == 1
    (line,) = crawled.messages("ERROR")
    assert "is being written by process" in line
    assert list(collection.warc_dir.iterdir()) == []


def _assert_refused(crawled: Crawled, words: str) -> None:
    assert crawled.status == 2
    (line,) = crawled.errors.splitlines()
    assert line.startswith("scrapy crawl: ")
    assert words in line


def test_a_directory_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("chapter one")
    with BlogServer(small_blog("ropes")) as server:
        crawled = crawl_blog(server, tmp_path)
        assert server.requests == []
    _assert_refused(crawled, "holds other files and is no collection: choose another place")
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    "place", ["/proc/blog", "/dev/null", "/dev/null/blog", f"/tmp/{'x' * 256}"]
)
def test_a_collection_that_cannot_be_made_gets_one_line(place: str) -> None:
    with BlogServer(small_blog("ropes")) as server:
        crawled = crawl_blog(server, Path(place))
        assert server.requests == []
    _assert_refused(crawled, f"cannot make the collection {place}")


def _export(tmp_path: Path, name: str) -> Ended:
    routes = small_blog("ropes") | {"/ropes/": post("ropes", text=_COMMENTS)}
    with BlogServer(routes) as server:
        arguments = [f"url={server.url()}", f"collection={tmp_path / 'c'}"]
        line = command("crawl", "blog", settings=QUICK, arguments=arguments)
        return run([*line, "-O", str(tmp_path / name)])


def test_articles_are_exported_as_json_lines(tmp_path: Path) -> None:
    ended = _export(tmp_path, "posts.jsonl")
    assert ended.status == 0
    (line,) = (tmp_path / "posts.jsonl").read_text(encoding="utf-8").splitlines()
    item = json.loads(line)
    assert set(item) == {field.name for field in dataclasses.fields(Article)}
    assert item["title"] == "Ropes"
    assert item["page_type"] == "article"
    assert datetime.fromisoformat(item["captured"]).utcoffset() is not None
    assert datetime.fromisoformat(item["published"]).utcoffset() is not None
    (comment,) = item["comments"]
    assert comment["author"] == "Ada"
    assert comment["text"] == "I remember that boat well."
    assert comment["published"] == "2024-03-02T10:00:00+05:30"


def test_articles_are_exported_as_csv(tmp_path: Path) -> None:
    ended = _export(tmp_path, "posts.csv")
    assert ended.status == 0
    assert ended.messages("ERROR") == []
    with (tmp_path / "posts.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["title"] == "Ropes"
    assert "I remember that boat well." in row["comments"]


def test_settings_are_overridden_on_the_command_line(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        settings = {"USER_AGENT": "university-library/1", "WARC_PREFIX": "library"}
        crawled = crawl_blog(server, tmp_path / "c", settings=settings)
        assert {r.header("User-Agent") for r in server.requests} == {"university-library/1"}
    (file,) = (tmp_path / "c" / "archive").iterdir()
    assert file.name.startswith("library-")
    assert crawled.status == 0


def test_capture_without_extraction_is_a_crawl_too(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        crawled = crawl_blog(server, tmp_path / "c", settings={"EXTRACTION_ENABLED": "False"})
    assert crawled.status == 0
    assert b"GET /ropes/" in crawled.warc_bytes()
    assert crawled.articles == {}
    report = crawled.report
    assert (report["unread"], report["not_reached"]) == (2, 0)  # the post, and the home page
    assert report["next_command"].startswith("archive rebuild ")


def test_several_blogs_go_into_one_collection(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as one, BlogServer(small_blog("charts")) as other:
        arguments = [f"url={one.url()},{other.url()}", f"collection={tmp_path / 'c'}"]
        ended = run(command("crawl", "blog", settings=QUICK, arguments=arguments))
    crawled = Crawled(ended.status, ended.output, ended.errors, ended.seconds, tmp_path / "c")
    assert crawled.status == 0
    assert set(crawled.articles) == {"/ropes/", "/charts/"}


def test_a_list_of_pages_is_fetched_and_nothing_else(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes", "charts", "lamps")) as server:
        listed = tmp_path / "urls.txt"
        listed.write_text(f"# two of three\n{server.url('/ropes/')}\n{server.url('/lamps/')}\n")
        crawled = _crawl_pages(tmp_path / "c", f"urls={listed}")
        asked = [request.path for request in server.requests]
    assert crawled.status == 0
    assert set(crawled.articles) == {"/ropes/", "/lamps/"}
    assert sorted(asked) == ["/lamps/", "/robots.txt", "/ropes/"]


def test_the_account_of_a_long_list_begins_with_one_short_line(tmp_path: Path) -> None:
    names = [f"knot-{number}" for number in range(30)]
    with BlogServer(small_blog(*names)) as server:
        urls = [server.url(f"/{name}/") for name in names]
        given = "\n".join(urls).encode()
        crawled = _crawl_pages(tmp_path / "c", "urls=-", given=given)
    (line,) = (line for line in crawled.errors.splitlines() if "posts archived from" in line)
    assert line.startswith(f"30 posts archived from {urls[0]} and 29 more addresses in ")
    assert crawled.report["crawl"]["seeds"] == urls


def test_a_list_of_pages_comes_over_standard_input(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        given = server.url("/ropes/").encode() + b"\n"
        crawled = _crawl_pages(tmp_path / "c", "urls=-", given=given)
    assert crawled.status == 0
    assert set(crawled.articles) == {"/ropes/"}


def test_a_seed_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with BlogServer({}) as server:
        crawled = crawl_blog(server, tmp_path / "c")
        seed = server.url()
    assert crawled.status == 1
    assert crawled.failures["/"] == "HTTP 404"
    (line,) = crawled.messages("ERROR")
    assert line == f"{seed}: HTTP 404: {seed}"


def test_a_host_that_does_not_exist_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "c"
    arguments = ["url=http://blog.invalid/", f"collection={path}"]
    ended = run(command("crawl", "blog", settings=QUICK, arguments=arguments))
    crawled = Crawled(ended.status, ended.output, ended.errors, ended.seconds, path)
    assert "Traceback" not in ended.errors
    assert crawled.status == 1
    assert crawled.failures["/"] == "DNS"
    (line,) = crawled.messages("ERROR")
    assert line.startswith("http://blog.invalid/: DNS:")


def test_a_home_page_without_posts_archives_nothing(tmp_path: Path) -> None:
    with BlogServer({"/": respond(b"<p>Nothing here yet.</p>")}) as server:
        crawled = crawl_blog(server, tmp_path / "c")
    assert crawled.status == 1
    assert crawled.report["archived"] == 0


def test_a_mistake_of_ours_is_a_failure_and_not_silence(tmp_path: Path) -> None:
    middlewares = json.dumps({"tests.scraper.mistake.FailingMiddleware": 1})
    with BlogServer(small_blog("ropes", "charts")) as server:
        arguments = [f"url={server.url()}", f"collection={tmp_path / 'c'}"]
        settings = {**QUICK, "SPIDER_MIDDLEWARES": middlewares}
        ended = run(command("crawl", "blog", settings=settings, arguments=arguments))
    crawled = Crawled(ended.status, ended.output, ended.errors, ended.seconds, tmp_path / "c")
    assert crawled.failures == {"/charts/": "LookupError"}
    assert set(crawled.articles) == {"/ropes/"}
    assert crawled.report["not_reached"] == 0


def test_a_crawl_ends_although_nobody_reads_what_it_says(tmp_path: Path) -> None:
    with BlogServer(small_blog("ropes")) as server:
        arguments = [f"url={server.url()}", f"collection={tmp_path / 'c'}"]
        line = command("crawl", "blog", settings=QUICK, arguments=arguments)
        with subprocess.Popen(line, stderr=subprocess.PIPE, cwd=PROJECT) as process:
            assert process.stderr is not None
            process.stderr.close()
            assert process.wait(TIME_LIMIT_S) == 0
    (warc,) = (tmp_path / "c" / "archive").iterdir()
    assert warc.name.endswith(".warc.gz")
