from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from archive.wacz.checking import read_signature
from archive.wacz.reader import WaczReader
from tests.archive.wacz.sample_collections import FIRST, SECOND, make_twice_crawled

_COMMAND = [sys.executable, "-c", "from archive.cli import main; main()", "package"]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Make collections/winter, crawled twice; the directory above it."""
    (tmp_path / "collections").mkdir()
    make_twice_crawled(tmp_path / "collections")
    return tmp_path


def _package(
    directory: Path, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_COMMAND, "winter", "-o", "out.wacz", *arguments],
        cwd=directory,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def _write_key(directory: Path) -> None:
    pem = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (directory / "key.pem").write_bytes(pem)


def test_the_last_line_sums_up_what_was_packed(directory: Path) -> None:
    result = _package(directory)
    size = (directory / "out.wacz").stat().st_size
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (
        "out.wacz: 3 articles and 1 other page, 9 captures in 2 WARC files,"
        f" {size:,} bytes, not signed\n"
    )


def test_a_part_is_named_by_crawl_or_date(directory: Path) -> None:
    by_crawl = _package(directory, "--crawl", FIRST).stdout
    assert "2 articles and 1 other page, 4 captures in 1 WARC file," in by_crawl
    by_date = _package(directory, "--since", "2026-02-01", "--force").stdout
    assert "3 articles and 1 other page, 9 captures in 2 WARC files," in by_date
    with WaczReader(directory / "out.wacz") as wacz:
        assert any(name.endswith("-originals.warc.gz") for name in wacz.warc_names)
    both = _package(directory, "--crawl", FIRST, "--crawl", SECOND, "--force").stdout
    assert "9 captures in 2 WARC files," in both


def test_a_key_signs_whether_named_by_option_or_environment(directory: Path) -> None:
    _write_key(directory)
    assert _package(directory, "--key", "key.pem").stdout.endswith(" bytes, signed\n")
    variable = {"WACZ_SIGNING_KEY": "key.pem"}
    result = _package(directory, "--force", "--title", "A winter", environment=variable)
    assert result.stdout.endswith(" bytes, signed\n")
    with WaczReader(directory / "out.wacz") as wacz:
        signature = read_signature(wacz)
        assert wacz.datapackage["title"] == "A winter"
    assert signature
    assert signature.is_valid


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["--key", "none.pem"], 1, "archive: there is no key none.pem; make one with `openssl "),
        (["--crawl", "nope"], 1, "archive: collections/winter has no crawl nope; there are: "),
        (["--since", "2030-01-01"], 1, "archive: collections/winter holds no capture of that date"),
        (["--key", ""], 2, "Invalid value for --key: it needs the name of a file"),
        (["--since", "soon"], 2, "'soon' is no date such as 2024-02-29"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    directory: Path, arguments: list[str], status: int, reason: str
) -> None:
    result = _package(directory, *arguments)
    assert result.returncode == status
    assert reason in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert not (directory / "out.wacz").exists()


def test_a_terminal_is_shown_how_many_bytes_are_packed(directory: Path) -> None:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*_COMMAND, "winter", "-o", "out.wacz"],
        cwd=directory,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=slave,
    ) as process:
        os.close(slave)
        shown = b""
        with suppress(OSError):  # the terminal is closed at the other end
            while data := os.read(master, 4096):
                shown += data
        os.close(master)
    assert process.returncode == 0
    assert re.search(r"packing WARC files .*?(\d+\.\d)/\1 kB", shown.decode())


def test_ctrl_c_leaves_nothing_and_says_so(directory: Path) -> None:
    key = directory / "key.pem"
    os.mkfifo(key)
    command = [*_COMMAND, "winter", "-o", "out.wacz", "--key", "key.pem"]
    with (
        subprocess.Popen(
            command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process,
        key.open("wb"),
    ):  # once it is at work, which is when it reads the key
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert (process.returncode, output) == (130, "")
    assert errors == (
        "archive: stopped: nothing of out.wacz was written; the same command begins anew\n"
    )
    assert {path.name for path in directory.iterdir()} == {"collections", "key.pem"}
