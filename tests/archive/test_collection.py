from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.collection import Collection
from archive.collection_names import default_name
from archive.errors import CollectionError


def test_a_name_lies_below_collections_and_a_path_where_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Collection.create("winter", seeds=["https://a.example/"])
    Collection.create("./here/blog")
    assert (tmp_path / "collections/winter/collection.toml").is_file()
    assert (tmp_path / "here/blog/archive").is_dir()
    assert Collection.open("winter").seeds == ("https://a.example/",)
    assert Collection.open(Path("here/blog")).name == "blog"


def test_an_address_opens_the_same_collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    addresses = ["winter", "./blog", f"{tmp_path}/other"]
    assert [Collection.create(address).address for address in addresses] == addresses
    for address in addresses:
        opened = Collection.open(address)
        assert Collection.open(opened.address).path.resolve() == opened.path.resolve()


@pytest.mark.parametrize(
    "seeds", [(), ('https://a.example/?q="x"\\y#z',), ("https://a.example/é", "https://b/")]
)
def test_the_settings_file_is_toml_whatever_the_seeds_hold(
    tmp_path: Path, seeds: tuple[str, ...]
) -> None:
    Collection.create(tmp_path / "c", seeds=seeds)
    settings = tomllib.loads((tmp_path / "c/collection.toml").read_text("utf-8"))
    assert tuple(settings["seeds"]) == seeds


def test_creating_again_keeps_what_a_person_wrote_into_the_settings(tmp_path: Path) -> None:
    settings = Collection.create(tmp_path / "c", seeds=["https://a/"]).path / "collection.toml"
    settings.write_text('# mine\nseeds = ["https://b/"]\n')
    assert Collection.create(tmp_path / "c", seeds=["https://a/"]).seeds == ("https://b/",)
    assert Collection.create(tmp_path / "c", toml='cadence = "1d"').seeds == ("https://b/",)
    assert settings.read_text().startswith("# mine")


def test_a_collection_without_a_usable_address_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="is not a web address"):
        Collection.create(tmp_path / "new" / "c", seeds=["https://a.example/\x7f"])
    assert list(tmp_path.iterdir()) == []


def test_a_directory_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(CollectionError, match="holds other files"):
        Collection.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_collection_that_lost_its_settings_is_not_written_over(tmp_path: Path) -> None:
    lost = Collection.create(tmp_path / "c", seeds=["https://blog.example/"])
    lost.catalogue_path.touch()
    lost.settings_path.unlink()
    with pytest.raises(CollectionError, match=r"has lost its collection.toml: write one"):
        Collection.create(lost.path, seeds=["https://blog.example/"])
    assert not lost.settings_path.exists()


@pytest.mark.parametrize("name", ["", " ", "..", ".", "a\0b", "no-such-collection"])
def test_what_is_no_collection_is_one_clear_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CollectionError) as caught:
        Collection.open(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["seeds = 3", "seeds = [1]", "seeds = [", "\xff"])
def test_a_broken_settings_file_is_named(tmp_path: Path, text: str) -> None:
    settings = Collection.create(tmp_path / "c").path / "collection.toml"
    settings.write_bytes(text.encode("latin-1"))
    with pytest.raises(CollectionError, match=r"collection\.toml"):
        Collection.open(tmp_path / "c")


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CollectionError, match="cannot make the collection"):
        Collection.create(tmp_path / "file" / "c")


def test_a_second_writer_is_told_who_holds_the_collection(tmp_path: Path) -> None:
    collection = Collection.create(tmp_path / "c")
    with (
        collection.lock(),
        pytest.raises(CollectionError, match=f"being written by process {os.getpid()}"),
        Collection.open(tmp_path / "c").lock(),
    ):
        pass
    with collection.lock():  # and free again
        pass


def test_a_killed_holder_leaves_no_lock_behind(tmp_path: Path) -> None:
    collection = Collection.create(tmp_path / "c")
    program = (
        "import sys, time; from archive.collection import Collection\n"
        "with Collection.open(sys.argv[1]).lock(): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, f"{tmp_path}/c"], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CollectionError, match=f"process {holder.pid}"), collection.lock():
            pass
        holder.send_signal(signal.SIGKILL)
    with collection.lock():
        pass


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/", "example.org"),
        ("http://www.example.org", "example.org"),
        ("https://Example.ORG:443/blog/", "example.org_blog"),
        ("https://me:secret@example.org/", "example.org"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_addresses_of_one_site_share_a_readable_name(url: str, name: str) -> None:
    assert default_name(url) == name


def test_different_blogs_have_different_names() -> None:
    urls = [
        "https://example.org/a/b",
        "https://example.org/a_b",
        "https://example.org/a-b",
        "https://example.org/A-b",
        "https://example.org:8080/a-b",
        "https://example.org/a%2Fb",
        "https://example.org/?p=1",
        "https://example.org/?p=2",
        "https://example.org/" + "x" * 300,
        "https://example.org/" + "x" * 301,
        "https://example.org/é",
        "https://example.org/è",
    ]
    assert len({default_name(url) for url in urls}) == len(urls)


@given(st.text() | st.text().map(lambda text: f"http://{text}/"))
def test_any_address_gives_one_safe_path_component(url: str) -> None:
    name = default_name(url)
    assert name == Path(name).name
    assert name not in ("", ".", "..")
    assert not name.startswith((".", "-"))
    assert name.isascii()
    assert name.isprintable()
    assert len(name) <= 100


def test_whether_somebody_writes_is_told_without_writing(tmp_path: Path) -> None:
    collection = Collection.create(tmp_path / "c")
    assert not collection.is_locked()
    with collection.lock():
        assert Collection.open(tmp_path / "c").is_locked()
    assert not collection.is_locked()
