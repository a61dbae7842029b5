"""What collection.toml may say, and what is said of what it may not."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.collection_settings import (
    KEYS,
    CollectionSettings,
    draft_settings,
    parse_settings,
    read_settings,
)
from archive.errors import CollectionError

_NAME = Path("collections/winter/collection.toml")


def _mistakes(text: str) -> list[str]:
    with pytest.raises(CollectionError) as refusal:
        parse_settings(text, _NAME)
    lines = str(refusal.value).splitlines()
    assert all(line.startswith(f"{_NAME}:") for line in lines)
    return [line.removeprefix(f"{_NAME}:") for line in lines]


def test_a_file_that_says_nothing_leaves_all_to_the_crawler() -> None:
    settings = parse_settings("", _NAME)
    assert (settings.seeds, settings.cadence, settings.hooks.command) == ((), "auto", ())
    assert settings == CollectionSettings()


def test_all_that_can_be_said_is_read() -> None:
    settings = parse_settings(
        """
        seeds = ["blog.example", "https://blog.example/notes/", "https://blog.example/"]
        cadence = "1.5d"
        windows = ["sat,sun 00:00-24:00", "22:00-06:00"]
        timezone = "Europe/Berlin"
        contact = "ada@example.org"
        since = 2020-01-01
        until = 2021-01-01T00:00:00+01:00
        comments = false
        requisites = true
        private_networks = true
        limits = {posts = 20, duration = "90m", requests = 400, timeout = "30s"}
        [politeness]
        delay = "500ms"
        obey_robots_txt = false
        throttle_max = "0s"
        retries = 0
        [capture]
        deduplicate = "off"
        [hooks]
        command = ["tell-me", "--short"]
        url = "https://user:secret@example.org/hook?x=1"
        on = ["failure"]
        timeout = "10s"
        """,
        _NAME,
    )
    assert settings.seeds == ("https://blog.example/", "https://blog.example/notes/")
    assert settings.cadence == timedelta(hours=36)
    assert settings.since == datetime(2020, 1, 1, tzinfo=UTC)
    assert settings.until == datetime(2020, 12, 31, 23, tzinfo=UTC)
    assert settings.limits.duration == timedelta(minutes=90)
    assert settings.politeness.delay == timedelta(seconds=0.5)
    assert (settings.politeness.throttle_max, settings.politeness.retries) == (timedelta(), 0)
    assert settings.politeness.obey_robots_txt is False
    assert settings.politeness.obey_noarchive is None
    assert settings.hooks.command == ("tell-me", "--short")
    assert settings.hooks.on == {"failure"}
    wednesday_noon = datetime(2024, 1, 3, 12, tzinfo=UTC)
    assert settings.time_table.opens(wednesday_noon) == datetime(2024, 1, 3, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            'cadence = "dayly"',
            'cadence = "dayly": say "auto", "off" or a number and h, d or w, such as "12h"',
        ),
        *(
            (
                f'cadence = "{value}"',
                f'cadence = "{value}": say a minute or more, and at most ten years, such as "12h"',
            )
            for value in ("0h", "0.0000001h", "0.01h", "999999999999d")
        ),
        (
            'limits.duration = "99999999999s"',
            'limits.duration = "99999999999s": say more than 0, and at most ten years, '
            'such as "6h"',
        ),
        (
            'politeness.delay = "0.00001s"',
            'politeness.delay = "0.00001s": say a millisecond or more, such as "2s"',
        ),
        (
            "hooks.on = []",
            'hooks.on = []: say at least one of "finish", "stop" and "failure", '
            'such as ["failure"]',
        ),
        (
            'windows = ["22-6"]',
            'windows = "22-6": say times of day, with days of the week before them or without, '
            'such as "22:00-06:00"',
        ),
        (
            'timezone = "Europe"',
            'timezone = "Europe": say the name of a time zone in quotes, such as "Europe/Berlin"',
        ),
        ('since = "soon"', 'since = "soon": say a day, such as "2020-01-01"'),
        (
            "since = 2024-01-02\nuntil = 2024-01-02",
            'until = "2024-01-02": say a day after that of since, such as "2030-01-01"',
        ),
        (
            'contact = "me"',
            'contact = "me": say a web address or an e-mail address, '
            'such as "mailto:you@example.org"',
        ),
        ('comments = "yes"', 'comments = "yes": say true or false, such as false'),
        (
            'seeds = "blog.example"',
            'seeds = "blog.example": say a list, such as ["https://example.org/blog/"]',
        ),
        (
            'seeds = ["ftp://blog.example/"]',
            "seeds: 'ftp://blog.example/' is not a web address; "
            "say for example https://example.org/blog/",
        ),
        ("seeds = [3]", 'seeds = 3: say a web address, such as "https://example.org/blog/"'),
        ("limits.posts = 0", "limits.posts = 0: say a whole number above 0, such as 500"),
        ("limits.posts = 2.5", "limits.posts = 2.5: say a whole number, such as 500"),
        ("limits.posts = true", "limits.posts = true: say a whole number, such as 500"),
        (
            "limits = 3",
            "limits = 3: say a table, [limits] with posts, duration, requests, timeout",
        ),
        (
            "politeness.delay = 2",
            'politeness.delay = 2: say a number and ms, s, m, h or d, in quotes, such as "2s"',
        ),
        ('politeness.delay = "2d"', 'politeness.delay = "2d": say at most a day, such as "2s"'),
        (
            'capture.deduplicate = "on"',
            'capture.deduplicate = "on": say "collection", "crawl" or "off", such as "crawl"',
        ),
        (
            'hooks.on = ["start"]',
            'hooks.on = "start": say "finish", "stop" or "failure", such as "failure"',
        ),
        (
            'hooks.url = "https://ada:secret@x y/"',
            'hooks.url = "…": say a web address that begins with https:// or http://, '
            'such as "https://example.org/hook"',
        ),
        ("cadense = 1", "cadense: no such key; do you mean cadence?"),
        ('delay = "2s"', "delay: no such key; do you mean politeness.delay?"),
        ("politness.delay = 2", "politness: no such key; do you mean politeness?"),
        ("capture.zzz = 2", "capture.zzz: no such key; there are redact_credentials, deduplicate"),
    ],
)
def test_a_mistake_is_shown_with_what_to_write_instead(text: str, mistake: str) -> None:
    line = 1 + text.count("\n")
    assert _mistakes(text) == [f"{line}: {mistake}"]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = '# mine\n\ncadence = "x"\nseeds = [\n "blog.example",\n "a b",\n]\nno = 1\n'
    assert [line.split(":")[0:2] for line in _mistakes(text)] == [
        ["3", ' cadence = "x"'],
        ["6", " seeds"],
        ["8", " no"],
    ]
    many = _mistakes("".join(f"wrong-{number} = 1\n" for number in range(50)))
    assert many[-1] == " and 30 more mistakes"
    assert len(many) == 21


@pytest.mark.parametrize(
    "seed", ["https://ada:secret@blog.example/", "ada:secret@blog.example", "//a:secret@b/"]
)
def test_a_password_in_an_address_is_not_repeated(seed: str) -> None:
    assert "secret" not in "".join(_mistakes(f'seeds = ["{seed}"]'))


def test_a_value_cannot_steer_the_terminal() -> None:
    (line,) = _mistakes('cadence = "\\u001b[31m' + "x" * 200 + '"')
    assert line.isprintable()
    assert len(line) < 200


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b"a = 1\nseeds = [\n", r": not TOML: Invalid value \(at end of document\)"),
        (b"a = 1\nb 2\n", r":2:3: not TOML: Expected '=' after a key"),
        (b"a = 1\na = 2\n", r":2:6: not TOML: Cannot overwrite a value"),
        (b"a = 1\nb = '\xff'\n", r":2: this is not UTF-8: save it as UTF-8"),
        (b"a = " + b"[" * 20_000, r": lists or tables are nested too deeply"),
        (b"#" * (16 * 1024**2 + 1), r" is larger than 16,777,216 bytes"),
    ],
    ids=["unclosed", "no equals sign", "twice", "not UTF-8", "deep", "large"],
)
def test_a_file_that_is_no_toml_is_refused_with_the_place(
    tmp_path: Path, octets: bytes, message: str
) -> None:
    path = tmp_path / "collection.toml"
    path.write_bytes(octets)
    with pytest.raises(CollectionError, match=message) as refusal:
        read_settings(path)
    assert "\n" not in str(refusal.value)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "collection.toml"
    path.write_bytes(b'\xef\xbb\xbfcadence = "off"\r\n')
    assert read_settings(path).cadence == "off"


def test_every_proposal_of_a_new_file_can_be_taken() -> None:
    text = draft_settings({})
    taken = "\n".join(
        line.removeprefix("# ") if line.startswith("# ") and " = " in line else line
        for line in text.splitlines()
    )
    settings = parse_settings(taken, _NAME)
    proposed = tomllib.loads(taken)
    for name in KEYS:
        table, _, key = name.rpartition(".")
        assert key in (proposed[table] if table else proposed)
    assert settings.limits.posts == 500
