"""`archive schedule`: units and a crontab line that run what they say, whatever the paths hold."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archive.cli import app
from archive.schedule.units import SERVICE, TIMER, Schedule
from tests.patience import TIME_LIMIT_S

_ODD = "my blogs 100% $HOME's"


def _schedule(tmp_path: Path, name: str) -> Schedule:
    root = tmp_path / name
    root.mkdir()
    return Schedule(python=Path(sys.executable), directory=tmp_path, root=root, user="root")


def _values(unit: str) -> dict[str, str]:
    lines = (line.partition("=") for line in unit.splitlines() if not line.startswith("#"))
    return {name: value for name, _, value in lines}


def _words(value: str) -> list[str]:
    """Read a command as systemd.syntax(7) and systemd.service(5) say."""
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(value)]


@pytest.mark.parametrize("name", ["collections", _ODD, 'with "quotes" and \\'])
def test_the_service_runs_the_schedule_over_the_root(tmp_path: Path, name: str) -> None:
    schedule = _schedule(tmp_path, name)
    values = _values(schedule.service())
    assert _words(values["ExecStart"]) == list(schedule.command)
    assert [word.replace("%%", "%") for word in shlex.split(values["ReadWritePaths"])] == [
        str(schedule.root)
    ]
    assert values["WorkingDirectory"] == str(tmp_path)
    assert _values(schedule.timer())["Persistent"] == "true"


@pytest.mark.parametrize("name", ["collections", _ODD])
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path, name: str) -> None:
    schedule = _schedule(tmp_path, name)
    units = {SERVICE: schedule.service(), TIMER: schedule.timer()}
    for filename, text in units.items():
        (tmp_path / filename).write_text(text)
        assert text.startswith("[Unit]\n")
    if analyze := shutil.which("systemd-analyze"):
        line = [analyze, "verify", "--man=no", *(str(tmp_path / name) for name in units)]
        verified = subprocess.run(
            line, check=False, capture_output=True, text=True, timeout=TIME_LIMIT_S
        )
        assert verified.returncode == 0
        assert str(tmp_path) not in verified.stderr  # where it names what it does not like


@pytest.mark.parametrize("name", ["collections", _ODD])
def test_cron_would_run_the_same_command(tmp_path: Path, name: str) -> None:
    schedule = _schedule(tmp_path, name)
    times, command = schedule.crontab()[:12], schedule.crontab()[13:].rstrip("\n")
    assert times == "*/15 * * * *"
    assert "%" not in command.replace(r"\%", "")
    words = shlex.split(command.replace(r"\%", "%"))
    assert words[:3] == ["cd", str(tmp_path), "&&"]
    assert words[4 : 4 + len(schedule.command)] == list(schedule.command)


def test_the_command_prints_both_or_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "collections").mkdir()
    options: tuple[list[str], ...] = ([], ["--systemd"], ["--cron"])
    both, units, line = (CliRunner().invoke(app, ["schedule", *o]).stdout for o in options)
    assert "ExecStart=" in units
    assert "*/15 *" not in units
    assert "*/15 *" in line
    assert "ExecStart=" not in line
    assert both == units + line
    assert str(tmp_path / "collections") in units


def test_jobs_and_shard_are_passed_on_to_every_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "collections").mkdir()
    asked = ["--jobs", "8", "--shard", "2/4"]
    printed = CliRunner().invoke(app, ["schedule", *asked]).stdout.splitlines()
    service = next(line for line in printed if line.startswith("ExecStart="))
    cron = next(line for line in printed if line.startswith("*/15 *"))
    assert shlex.split(service)[-4:] == asked
    assert shlex.split(cron.partition(" >> ")[0])[-4:] == asked


@pytest.mark.parametrize(
    "words",
    [["--jobs", "0"], ["--jobs", "many"], ["--shard", "5/4"], ["--shard", "0/4"], ["--shard", "1"]],
    ids=" ".join,
)
def test_jobs_and_shards_that_there_are_not_are_refused(words: list[str]) -> None:
    refused = CliRunner().invoke(app, ["schedule", *words])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert words[0] in refused.stderr


@pytest.mark.parametrize(
    ("name", "why"), [("nowhere", "there is no directory"), ("a\nb", "cannot stand in a line")]
)
def test_a_root_that_no_unit_could_name_is_refused(tmp_path: Path, name: str, why: str) -> None:
    if "\n" in name:
        (tmp_path / name).mkdir()
    refused = CliRunner().invoke(app, ["schedule", "--root", str(tmp_path / name)])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert why in " ".join(refused.stderr.replace("│", " ").split())
