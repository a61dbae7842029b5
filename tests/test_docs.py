"""The documentation says what the code does: tables, links, commands, and outputs of real runs."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, is_dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main

import archive.errors
import archive.records
import scraper
from archive.articles.parquet import SCHEMA
from archive.catalogue import FoundUrl
from archive.cli import app
from archive.collection_settings import KEYS, parse_settings
from archive.errors import ArchiveError
from archive.warc.file import OPEN_SUFFIX
from archive.warc.reader import iter_records
from scraper.arguments import ArgumentError, parse_blog_arguments, parse_pages_arguments
from scraper.urls import RULES, Verdict
from tests.demonstration import Demonstration, crawled_demonstration
from tests.markdown_page import ROOT, Example, MarkdownPage

_GUIDES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
PAGES = ["README.md", "CHANGELOG.md", *_GUIDES]
_MAX_PICTURE_BYTES = 60_000


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    with crawled_demonstration(tmp_path_factory.mktemp("demonstration")) as crawled:
        yield crawled


def test_settings_table_names_every_setting_of_the_project() -> None:
    source = ast.parse((ROOT / "scraper" / "settings.py").read_text(encoding="utf-8"))
    targets = [t for node in source.body if isinstance(node, ast.Assign) for t in node.targets]
    settings = {t.id for t in targets if isinstance(t, ast.Name) and t.id.isupper()}
    described = MarkdownPage("docs/reference/settings.md").described()
    assert {name for name in described if name.isupper()} == settings


@pytest.mark.parametrize(
    ("spider", "parse"), [("blog", parse_blog_arguments), ("pages", parse_pages_arguments)]
)
def test_commands_page_names_every_argument_of_a_spider(spider: str, parse: object) -> None:
    assert callable(parse)
    with pytest.raises(ArgumentError, match="there are") as refusal:
        parse({"no-such-argument": ""})
    arguments = str(refusal.value).partition("there are ")[2].split(", ")
    page = MarkdownPage("docs/reference/commands.md")
    assert set(page.described(f"scrapy crawl {spider}")) == set(arguments)


def test_commands_page_names_every_command_and_option_of_archive() -> None:
    group: Any = typer.main.get_command(app)
    page = MarkdownPage("docs/reference/commands.md")
    for name, command in group.commands.items():
        assert set(page.described(f"archive {name}")) == set(_parameters(command)), name


def _parameters(command: Any) -> Iterator[str]:
    for parameter in command.params:
        is_option = parameter.param_type_name == "option"
        yield from parameter.opts if is_option else [parameter.metavar]


def test_commands_page_and_readme_name_targets_that_the_makefile_has() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    described = MarkdownPage("docs/reference/commands.md").described("make")
    assert {name.split()[1] for name in described} == targets
    for page in map(MarkdownPage, PAGES):
        used = re.findall(r"(?:^|`|\$ )make ([a-z-]+)", page.text, re.M)
        assert set(used) <= targets, page.path


def test_errors_table_names_every_error() -> None:
    own = {name for name, value in inspect.getmembers(archive.errors) if _is_error(value)}
    page = MarkdownPage("docs/reference/errors.md")
    assert set(page.described("Of the library")) == own
    assert set(page.described("Of the crawler")) == _errors_of_the_crawler()


def _is_error(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, ArchiveError)


def _errors_of_the_crawler() -> set[str]:
    found = set()
    for module_info in pkgutil.walk_packages(scraper.__path__, "scraper."):
        module = importlib.import_module(module_info.name)
        for name, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, Exception) and value.__module__ == module.__name__:
                found.add(name)
    return found


def test_collection_page_names_every_key_of_the_settings_file() -> None:
    assert MarkdownPage("docs/reference/collection.md").described() == list(KEYS)


def test_example_of_the_settings_file_can_be_used() -> None:
    page = MarkdownPage("docs/reference/collection.md")
    (example,) = re.findall(r"^```toml\n(.*?)^```$", page.text, re.S | re.M)
    assert parse_settings(example, page.path).hooks.on == {"failure"}


def test_records_page_names_every_field_of_every_record() -> None:
    page = MarkdownPage("docs/reference/records.md")
    records = [
        value
        for _, value in inspect.getmembers(archive.records, inspect.isclass)
        if is_dataclass(value)
    ]
    for record in [*records, FoundUrl]:
        names = [field.name for field in fields(record)]
        assert sorted(page.described(record.__name__)) == sorted(names), record.__name__


def test_records_page_names_every_value_that_a_field_may_have() -> None:
    page = MarkdownPage("docs/reference/records.md")
    assert page.described("Page types") == [str(value) for value in archive.records.PageType]
    kinds = (archive.records.Method, archive.records.Truncation, archive.records.Role)
    for value in {value for kind in (*kinds, archive.records.Stage) for value in get_args(kind)}:
        assert f"`{value}`" in page.text


def test_records_page_names_every_rule_that_leaves_a_page_out() -> None:
    described = set(MarkdownPage("docs/reference/records.md").described("Rules"))
    assert {rule.name for rule in RULES if rule.verdict is not Verdict.STRIP} <= described


def test_article_table_is_in_the_order_of_the_parquet_columns() -> None:
    assert MarkdownPage("docs/reference/records.md").described("Article") == SCHEMA.names


def test_files_table_names_every_file_that_a_crawl_leaves(demonstration: Demonstration) -> None:
    described = MarkdownPage("docs/reference/files.md").described()
    patterns = [re.sub(r"<\w+>", "*", name) for name in described]
    path = demonstration.collection
    left = [str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()]
    assert len(left) >= 7
    assert [name for name in left if not any(fnmatch(name, p) for p in patterns)] == []
    assert f"archive/*.warc.gz{OPEN_SUFFIX}" in described


def test_files_page_names_every_record_type_and_field_of_a_warc(
    demonstration: Demonstration,
) -> None:
    described = set(MarkdownPage("docs/reference/files.md").described("WARC files"))
    (path,) = (demonstration.collection / "archive").iterdir()
    records = list(iter_records(path))
    assert {record.record_type for record in records} <= described
    beside = [r for r in records if r.record_type == "metadata" and r.get("WARC-Concurrent-To")]
    names = {line.partition(b":")[0].decode() for r in beside for line in r.block.splitlines()}
    assert names - {""} <= described


def test_files_page_names_every_table_of_the_catalogue(demonstration: Demonstration) -> None:
    uri = f"file:{demonstration.collection / 'catalogue.sqlite'}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    names = {name for (name,) in rows if not name.startswith(("sqlite_", "article_text_"))}
    assert set(MarkdownPage("docs/reference/files.md").described("Catalogue")) == names


@pytest.mark.parametrize("name", PAGES)
def test_relative_links_lead_somewhere(name: str) -> None:
    page = MarkdownPage(name)
    for link in page.relative_links:
        target, _, anchor = link.partition("#")
        path = (page.path.parent / target).resolve() if target else page.path
        assert path.is_relative_to(ROOT), link
        assert path.exists(), link
        if anchor:
            assert anchor in MarkdownPage(str(path.relative_to(ROOT))).anchors, link


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path.suffix == ".md" and path not in reached:
            reached.add(path)
            links = MarkdownPage(str(path.relative_to(ROOT))).relative_links
            waiting += [(path.parent / link.partition("#")[0]).resolve() for link in links]
    assert {ROOT / name for name in PAGES} <= reached


def test_modules_that_the_pages_name_exist() -> None:
    for page in map(MarkdownPage, PAGES):
        for name in re.findall(
            r"`((?:archive|scraper|benchmarks|tests)/[\w/]*(?:\.py)?)`", page.text
        ):
            assert (ROOT / name).exists(), f"{page.path.name}: {name}"


def test_pictures_are_small_and_ask_for_nothing_else() -> None:
    pictures = list((ROOT / "docs" / "images").glob("*.svg"))
    assert pictures
    for picture in pictures:
        text = picture.read_text(encoding="utf-8")
        assert len(text) < _MAX_PICTURE_BYTES
        assert not re.search(r"url\((?!#)|@import|<image|<script|(?:href|src)=\"(?!#)", text)


def _examples(mark: str) -> list[tuple[str, Example]]:
    return [
        (n, example) for n in PAGES for example in MarkdownPage(n).examples if example.mark == mark
    ]


@pytest.mark.parametrize(("name", "example"), _examples("doctest"))
def test_examples_give_the_output_that_is_shown(
    name: str, example: Example, demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    if example.language == "console":
        for command, shown in _console_steps(example.text):
            _assert_alike(demonstration.run(command), shown)
        return
    monkeypatch.chdir(demonstration.directory)
    test = doctest.DocTestParser().get_doctest(example.text, {}, name, name, 0)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failures: list[str] = []
    doctest.DocTestRunner(optionflags=flags).run(test, out=failures.append)
    assert not failures, "".join(failures)


@pytest.mark.parametrize(("name", "example"), _examples("account"))
def test_account_of_a_crawl_is_the_one_that_is_shown(
    name: str, example: Example, demonstration: Demonstration
) -> None:
    _, _, shown = example.text.partition("posts archived")
    _, _, real = demonstration.account.partition("posts archived")
    assert _without_varying_parts(real) == _without_varying_parts(shown)


@pytest.mark.parametrize(("name", "example"), _examples("again"))
def test_second_crawl_gives_the_account_that_is_shown(
    name: str, example: Example, demonstration: Demonstration, tmp_path: Path
) -> None:
    there = tmp_path / "copy"  # since other examples show what the first crawl has left
    shutil.copytree(demonstration.directory, there)
    for command, shown in _console_steps(example.text):
        _assert_alike(Demonstration(demonstration.address, there).run(command), shown)


def _without_varying_parts(account: str) -> list[str]:
    masked = re.sub(r"\d{20}|[\d.]+ kB|in \d+ s", "…", account)
    return [" ".join(line.split()) for line in masked.splitlines() if line.strip()]


def _console_steps(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with the output that is shown below it."""
    for step in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, shown = step.partition("\n")
        yield command, shown


def _assert_alike(real: str, shown: str) -> None:
    """Compare line by line as doctest does: dots stand for anything, any blank for any other."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.OutputChecker().check_output(shown, real, flags), (
        f"shown:\n{shown}\nreal:\n{real}"
    )
