"""What the spiders accept after -a, and what they say to what they do not accept."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.collection import Collection
from scraper.arguments import (
    ArgumentError,
    parse_blog_arguments,
    parse_pages_arguments,
)

_URL = "https://blog.example/"


@pytest.mark.parametrize(
    ("word", "seed"),
    [
        ("https://blog.example/notes/", "https://blog.example/notes/"),
        ("http://blog.example", "http://blog.example/"),
        ("blog.example", "https://blog.example/"),
        ("blog.example:8080/notes", "https://blog.example:8080/notes"),
        ("https://blog.example/@ada", "https://blog.example/@ada"),
        ("https://bücher.example/über", "https://bücher.example/über"),
        ("  https://blog.example/  ", "https://blog.example/"),
        ("HTTPS://blog.example/", "HTTPS://blog.example/"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
    ],
)
def test_an_address_may_be_written_as_people_write_it(word: str, seed: str) -> None:
    assert parse_blog_arguments({"url": word}).seeds == (seed,)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "nothing to crawl: say -a url=https://example.org/blog/ or -a urls=FILE"),
        ({"url": " , "}, "nothing to crawl: say -a url=https://example.org/blog/ or -a urls=FILE"),
        (
            {"url": _URL, "depth": "3"},
            "-a depth=…: no such argument; there are collection, comments, limit, mode, "
            "requisites, since, until, url, urls",
        ),
        (
            {"url": f"{_URL}, https://other.example/"},
            "several addresses: name the collection they go to, -a collection=NAME",
        ),
        (
            {"url": _URL, "since": "last week"},
            "since=last week is not a date; say for example since=2024-02-29",
        ),
        (
            {"url": _URL, "until": "2024-02-30"},
            "until=2024-02-30 is not a date; say for example until=2024-02-29",
        ),
        (
            {"url": _URL, "since": "0001-01-01T00:00:00+14:00"},
            "since=0001-01-01T00:00:00+14:00 is not a date; say for example since=2024-02-29",
        ),
        (
            {"url": _URL, "since": "2024-02-01", "until": "2024-02-01"},
            "since=2024-02-01 is not before until=2024-02-01",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_advice(given: dict[str, str], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        parse_blog_arguments(given)
    assert str(refusal.value) == message


@pytest.mark.parametrize("text", ["0", "-1", "2.5", "ten", "٣", "1_0"])
def test_a_limit_is_a_number_of_posts(text: str) -> None:
    with pytest.raises(ArgumentError, match="is not a number of posts; say for example limit=20"):
        parse_blog_arguments({"url": _URL, "limit": text})


@pytest.mark.parametrize("text", ["1000000000", "9" * 5000])
def test_a_limit_beyond_all_blogs_is_a_mistake(text: str) -> None:
    with pytest.raises(ArgumentError, match="is more posts than there are") as refusal:
        parse_blog_arguments({"url": _URL, "limit": text})
    assert len(str(refusal.value)) < 80


def test_a_collection_that_looks_like_an_option_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"collection=-x looks like an option; say \./-x for"):
        parse_blog_arguments({"url": _URL, "collection": "-x"})
    assert parse_blog_arguments({"url": _URL, "collection": "./-x"}).collection == "./-x"


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "a\x1b[2Jb", "a\udce9b"])
def test_a_collection_has_a_name_that_can_be_written(name: str) -> None:
    with pytest.raises(ArgumentError, match="holds characters that cannot be written"):
        parse_blog_arguments({"url": _URL, "collection": name})


@pytest.mark.parametrize(
    ("name", "word", "is_on"),
    [
        ("requisites", "yes", True), ("requisites", "YES ", True), ("requisites", "no", False),
        ("requisites", "", False), ("comments", "yes", True), ("comments", " No", False),
        ("comments", "", True),
    ],
)  # fmt: skip
def test_what_is_fetched_besides_is_said_by_yes_and_no(name: str, word: str, is_on: bool) -> None:
    assert getattr(parse_blog_arguments({"url": _URL, name: word}), name) is is_on
    assert getattr(parse_pages_arguments({"url": _URL, name: word}), name) is is_on


@pytest.mark.parametrize("word", ["true", "1", "images"])
@pytest.mark.parametrize("name", ["comments", "requisites"])
def test_other_words_than_yes_and_no_are_refused(name: str, word: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{name}={word} is neither yes nor no$"):
        parse_blog_arguments({"url": _URL, name: word})


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({}, "incremental"),
        ({"mode": " "}, "incremental"),
        ({"mode": "check"}, "check"),
        ({"mode": " Full "}, "full"),
    ],
)
def test_known_pages_are_asked_for_by_a_mode(given: dict[str, str], mode: str) -> None:
    assert parse_blog_arguments({"url": _URL, **given}).mode == mode
    assert parse_pages_arguments({"url": _URL, **given}).mode == mode


def test_a_mode_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ArgumentError, match="mode=all is none of incremental, check, full"):
        parse_blog_arguments({"url": _URL, "mode": "all"})


def test_the_job_number_that_scrapyd_passes_is_taken() -> None:
    given = {"url": _URL, "_job": "6487ec79947edab326d6db28a2d86511e8247444"}
    assert parse_blog_arguments(given) == parse_blog_arguments({"url": _URL})
    assert parse_pages_arguments(given) == parse_pages_arguments({"url": _URL})


@pytest.mark.parametrize(
    "word",
    [
        "ftp://blog.example/", "file:///etc/passwd", "javascript:alert(1)", "https://", "http:///x",
        "https://blog.example:99999/", "https://blog.example:port/", "https://[::1/",
        "https://blog.example/a b", "https://blog.example/a\tb", "https://blog.example/\x00",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(word: str) -> None:
    with pytest.raises(ArgumentError, match="is not a web address; say for example https://"):
        parse_blog_arguments({"url": word})


@pytest.mark.parametrize(
    "word",
    ["https://ada:secret@blog.example/", "ada:secret@blog.example", "ftp://ada:secret@blog.example",
     "http://secret@blog.example:99999/", "http://ada:secret@[::1/", "https://ada:s ecret@x/",
     "https://@blog.example/", "http://ada:secr@secret@blog.example/"],
)  # fmt: skip
def test_an_address_with_a_password_is_refused_and_not_repeated(word: str) -> None:
    with pytest.raises(ArgumentError, match=r"^an address with a user name or pass") as refusal:
        parse_blog_arguments({"url": word})
    assert "secret" not in str(refusal.value)
    assert "ada" not in str(refusal.value)


def test_what_looks_like_a_password_is_not_repeated() -> None:
    with pytest.raises(ArgumentError) as refusal:
        parse_blog_arguments({"url": "http://ada:secret/secret@blog.example/"})
    assert str(refusal.value).startswith("'…@blog.example/' is not a web address; say for example")


def test_a_period_and_a_limit_are_read() -> None:
    given = {"url": _URL, "since": "2024-01-01", "until": "2024-02-01T12:00+02:00", "limit": "020"}
    arguments = parse_blog_arguments(given)
    assert arguments.since == datetime(2024, 1, 1, tzinfo=UTC)
    assert arguments.until == datetime(2024, 2, 1, 10, tzinfo=UTC)
    assert arguments.limit == 20


def test_arguments_that_are_left_empty_are_as_if_not_given() -> None:
    given = {"url": _URL, "since": "", "until": " ", "limit": "", "collection": " "}
    arguments = parse_blog_arguments(given)
    assert (arguments.since, arguments.until, arguments.limit) == (None, None, None)
    assert arguments.collection == "blog.example"


def test_a_file_holds_an_address_a_line(tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    file.write_text(
        "\ufeffhttps://one.example/\r\n# a comment\n\n  two.example  \nhttps://one.example/\n",
        encoding="utf-8",
    )
    given = {"urls": str(file), "url": "three.example", "collection": "c"}
    seeds = parse_pages_arguments(given).seeds
    assert seeds == ("https://three.example/", "https://one.example/", "https://two.example/")


@pytest.mark.parametrize("content", [None, b"https://\xff.example/\n"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "urls.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ArgumentError, match=f"urls={file}: cannot be read"):
        parse_pages_arguments({"urls": str(file)})


def test_a_pipe_can_be_checked_and_then_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"https://one.example/\n")
    os.close(writing)
    given = {"urls": f"/dev/fd/{reading}"}
    first, second = parse_pages_arguments(given), parse_pages_arguments(given)
    os.close(reading)
    assert first == second
    assert second.seeds == ("https://one.example/",)


@pytest.mark.parametrize("name", ["since", "until", "limit"])
def test_a_list_of_pages_has_no_period_and_no_limit(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"-a {name}=…: no such argument"):
        parse_pages_arguments({"url": _URL, name: "1"})


def _collection_toml(tmp_path: Path, text: str) -> str:
    path = tmp_path / "winter"
    Collection.create(path, toml=text)
    return str(path)


_WINTER = """
seeds = ["https://blog.example/notes/"]
since = 2020-01-01
requisites = true
comments = false
limits.posts = 20
"""


@pytest.mark.parametrize("url", [None, "http://www.blog.example/notes"], ids=["none", "its seed"])
def test_a_collection_says_what_is_not_given(tmp_path: Path, url: str | None) -> None:
    given = {"collection": _collection_toml(tmp_path, _WINTER)} | ({"url": url} if url else {})
    arguments = parse_blog_arguments(given)
    assert arguments.seeds == (url or "https://blog.example/notes/",)
    assert (arguments.since, arguments.until) == (datetime(2020, 1, 1, tzinfo=UTC), None)
    assert (arguments.requisites, arguments.comments, arguments.limit) == (True, False, 20)
    assert arguments.settings is not None


def test_arguments_win_over_what_the_collection_says(tmp_path: Path) -> None:
    given = {"since": "2021-01-01", "requisites": "no", "comments": "yes", "limit": "3"}
    given |= {"collection": _collection_toml(tmp_path, _WINTER)}
    arguments = parse_blog_arguments(given)
    assert arguments.since == datetime(2021, 1, 1, tzinfo=UTC)
    assert (arguments.requisites, arguments.comments, arguments.limit) == (False, True, 3)
    with pytest.raises(ArgumentError, match="since=2020-01-01 is not before until=2019-01-01"):
        parse_blog_arguments({"collection": given["collection"], "until": "2019-01-01"})


def test_a_crawl_of_another_address_follows_no_collection(tmp_path: Path) -> None:
    given = {"collection": _collection_toml(tmp_path, _WINTER), "url": "https://other.example/"}
    arguments = parse_blog_arguments(given)
    assert (arguments.settings, arguments.limit, arguments.requisites) == (None, None, False)
    assert parse_pages_arguments({**given, "url": "https://blog.example/notes/"}).comments is True


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (None, "there is no collection at .*winter"),
        ("", r"winter/collection\.toml names no seeds: add them, or say -a url="),
        ("cadence = 5", r"winter/collection\.toml:1: cadence = 5: say "),
    ],
    ids=["missing", "without seeds", "malformed"],
)
def test_a_collection_that_cannot_be_followed_is_one_line(
    tmp_path: Path, toml: str | None, message: str
) -> None:
    path = tmp_path / "winter"
    if toml is not None:
        path.mkdir()
        (path / "collection.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(ArgumentError, match=message) as refusal:
        parse_blog_arguments({"collection": str(path)})
    assert "\n" not in str(refusal.value)
