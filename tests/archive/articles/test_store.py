from __future__ import annotations

import itertools
import random
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from archive.articles.sealing import seal_file
from archive.articles.store import ArticleStore, file_stem
from archive.errors import CollectionError
from archive.record_json import to_json_line
from archive.records import Article
from tests.archive.sample_records import WARC_FILE, make_capture, make_sample

STEM = file_stem(WARC_FILE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArticleStore]:
    store = ArticleStore(tmp_path)
    yield store
    store.close()


def _seal(directory: Path, articles: list[Article]) -> Path:
    directory.mkdir(exist_ok=True)
    store = ArticleStore(directory)
    for article in articles:
        store.append(article)
    sealed = store.seal(STEM)
    assert sealed is not None
    return sealed.path


def test_articles_come_back_as_they_were_in_the_order_of_the_warc_file(
    store: ArticleStore,
) -> None:
    articles = [make_sample(number) for number in range(5)]
    for article in reversed(articles):
        store.append(article)
    assert list(store.iter_articles()) == articles  # while it is open
    store.seal(STEM)
    assert list(store.iter_articles()) == articles  # and when it is sealed
    assert [path.name for path in store.directory.iterdir()] == [f"{STEM}.parquet"]


def test_the_same_articles_give_the_same_bytes_whatever_their_order(tmp_path: Path) -> None:
    articles = [make_sample(number) for number in range(1_200)]
    first = _seal(tmp_path / "a", articles)
    random.Random(1).shuffle(articles)
    second = _seal(tmp_path / "b", articles)
    assert first.read_bytes() == second.read_bytes()


def test_one_article_is_found_by_its_place(store: ArticleStore) -> None:
    articles = [make_sample(number) for number in range(1_100)]  # more than two row groups
    for article in articles:
        store.append(article)
    for is_sealed in (False, True):
        if is_sealed:
            store.seal(STEM)
        for number in (0, 499, 500, 1_099):
            offset = articles[number].warc_offset
            assert store.read_article(WARC_FILE, offset) == articles[number]
        with pytest.raises(CollectionError, match="no article at offset 7"):
            store.read_article(WARC_FILE, 7)
    with pytest.raises(CollectionError, match="archive rebuild"):
        store.read_article("other.warc.gz", 7)


def test_a_killed_writer_costs_its_last_line_and_the_next_one_goes_on(tmp_path: Path) -> None:
    killed = ArticleStore(tmp_path)
    for number in range(3):
        killed.append(make_sample(number))
    killed.close()
    file = tmp_path / f"{STEM}.jsonl"
    file.write_bytes(file.read_bytes()[:-200])

    store = ArticleStore(tmp_path)
    assert store.open_stems() == [STEM]
    assert [article.title for article in store.iter_articles()] == [
        "Post number 0",
        "Post number 1",
    ]
    store.append(make_sample(3))
    sealed = store.seal(STEM)
    assert sealed is not None
    assert (sealed.row_count, sealed.damaged_lines) == (3, 1)
    assert [article.title for article in store.iter_articles()][-1] == "Post number 3"


def test_what_was_appended_is_in_the_file_at_once(store: ArticleStore) -> None:
    store.append(make_sample(1))
    lines = (store.directory / f"{STEM}.jsonl").read_text("utf-8")
    assert lines == to_json_line(make_sample(1)) + "\n"
    store.sync()


def test_of_two_rows_for_one_capture_the_later_counts(store: ArticleStore) -> None:
    store.append(make_sample(1, title="first"))
    store.append(make_sample(1, title="second"))
    store.seal(STEM)
    assert [article.title for article in store.iter_articles()] == ["second"]


def test_sealing_again_after_a_crash_between_its_two_steps_gives_the_same_file(
    tmp_path: Path,
) -> None:
    articles = [make_sample(number) for number in range(3)]
    path = _seal(tmp_path, articles)
    before = path.read_bytes()
    lines = "".join(to_json_line(article) + "\n" for article in articles)
    path.with_suffix(".jsonl").write_text(lines, "utf-8")  # renamed, but not yet removed
    store = ArticleStore(tmp_path)
    assert list(store.iter_articles()) == articles
    assert store.seal(STEM) is not None
    assert path.read_bytes() == before
    assert not path.with_suffix(".jsonl").exists()


def test_a_sealed_file_takes_no_more_rows_and_no_rows_make_no_file(store: ArticleStore) -> None:
    assert store.seal(STEM) is None
    store.append(make_sample(1))
    store.seal(STEM)
    with pytest.raises(CollectionError, match="is sealed"):
        store.append(make_sample(2))


def test_a_warc_file_name_cannot_lead_out_of_the_directory(store: ArticleStore) -> None:
    capture = make_capture(1, filename="../../x.warc.gz")
    with pytest.raises(ValueError, match="no name of a file"):
        store.append(make_sample(1, capture))


@pytest.mark.parametrize("content", [b"", b"PAR1 not at all", None])
def test_a_damaged_file_says_how_to_make_it_anew(
    store: ArticleStore, content: bytes | None
) -> None:
    path = store.directory / f"{STEM}.parquet"
    if content is None:
        pd.DataFrame({"url": ["x"]}).to_parquet(path)
    else:
        path.write_bytes(content)
    with pytest.raises(CollectionError, match="archive rebuild") as caught:
        list(store.iter_articles())
    assert "\n" not in str(caught.value)


def test_text_that_no_file_can_hold_is_replaced_and_its_digest_is_of_what_is_stored(
    store: ArticleStore,
) -> None:
    store.append(make_sample(1, title="\ud800", main_text="a\ud800b"))
    store.append(make_sample(2, main_text="a\ufffdb"))
    store.seal(STEM)
    first, second = store.iter_articles()
    assert (first.title, first.main_text) == ("\ufffd", "a\ufffdb")
    assert first.text_digest == second.text_digest


def test_the_smallest_article_and_the_oldest_date_are_kept(store: ArticleStore) -> None:
    bare = make_sample(
        1,
        title=None,
        authors=(),
        published=datetime(1, 1, 1, tzinfo=UTC),
        modified=datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        main_text="",
        comments=(),
        tags=(),
    )
    store.append(bare)
    store.seal(STEM)
    assert list(store.iter_articles()) == [bare]


def test_sealing_holds_a_row_group_in_memory_and_not_the_file(tmp_path: Path) -> None:
    text = "A word that is said again. " * 3_000
    store = ArticleStore(tmp_path)
    for number in range(400):
        store.append(make_sample(number, main_text=f"{number} {text}"))
    store.close()
    source, target = tmp_path / f"{STEM}.jsonl", tmp_path / f"{STEM}.parquet"
    tracemalloc.start()
    seal_file(source, target)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert source.stat().st_size > 32_000_000
    assert peak < 20_000_000


def test_pandas_reads_lists_comments_and_dates(tmp_path: Path) -> None:
    path = _seal(tmp_path, [make_sample(number) for number in range(3)])
    frame = pd.read_parquet(path)
    assert list(frame["title"]) == ["Post number 0", "Post number 1", "Post number 2"]
    assert str(frame["captured"].dtype) == "datetime64[us, UTC]"
    assert list(frame["authors"][0]) == ["Ada Example", "Bo Čapek"]
    assert frame["comments"][0][1]["text"] == "An answer."
    published = pd.to_datetime(frame["published"], utc=True, format="ISO8601")
    assert published.min() == pd.Timestamp("2020-01-01", tz="UTC")


def test_a_parquet_file_keeps_the_day_that_the_page_states(tmp_path: Path) -> None:
    athens = datetime(2024, 5, 16, 0, 12, tzinfo=timezone(timedelta(hours=3)))
    path = _seal(tmp_path, [make_sample(0, published=athens)])
    (published,) = pd.read_parquet(path)["published"]
    assert published == "2024-05-16T00:12:00+03:00"
    assert next(ArticleStore(tmp_path).iter_articles()).published == athens


def test_duckdb_queries_many_files_at_once(tmp_path: Path) -> None:
    articles = [make_sample(number) for number in range(3)]
    _seal(tmp_path, articles)
    other = make_sample(9, make_capture(9, filename="other.warc.gz"))
    store = ArticleStore(tmp_path)
    store.append(other)
    store.seal("other")
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT url, len(comments), tags[2], year(published::TIMESTAMPTZ)"
            f" FROM '{tmp_path}/*.parquet' ORDER BY published"
        ).fetchall()
    expected = itertools.chain(articles, [other])
    assert rows == [(article.url, 2, "冬", 2020) for article in expected]


def test_datasets_loads_the_files_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _seal(tmp_path / "articles", [make_sample(number) for number in range(3)])
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    import datasets

    loaded = datasets.load_dataset(
        "parquet", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.num_rows == 3
    assert loaded[1]["title"] == "Post number 1"
    assert loaded[1]["published"] == "2020-01-02T00:00:00+00:00"
    assert loaded[1]["comments"][1] == {
        "author": None,
        "published": None,
        "text": "An answer.",
        "parent": 0,
    }


def test_a_file_that_cannot_be_sealed_stays_and_is_named(tmp_path: Path) -> None:
    store = ArticleStore(tmp_path)
    store.append(make_sample(1))
    (tmp_path / f"{STEM}.parquet.open").mkdir()  # what stands in the way
    with pytest.raises(CollectionError, match=rf"{STEM}.parquet could not be written: .+"):
        store.seal(STEM)
    assert [article.title for article in store.iter_articles()] == ["Post number 1"]
