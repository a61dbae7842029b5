"""Run commands on a terminal of their own, and draw what they wrote as an SVG picture.

    docs/images/record_terminal.py docs/images/crawl.svg 'make crawl URL=http://127.0.0.1:8000/' ...

The commands run one after the other in the current directory. The picture holds no link to a font
or anything else, so it looks the same wherever it is shown.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

WIDTH = 104  # columns
_FONT_FACE = re.compile(r"@font-face \{\{.*?\}\}\s*", re.S)
_COMMENT = re.compile(r"<!--.*?-->\s*", re.S)
_CURSOR = re.compile(r"\x1b\[[?\d;]*[A-HJKSThlsu]")  # moves, erases: of progress
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def run(command: str) -> str:
    """Run a command on a pseudo-terminal, and return what it wrote, progress left out."""
    controller, terminal = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(WIDTH), "LINES": "40", "TERM": "xterm-256color"}
    with subprocess.Popen(  # noqa: S602 - commands of whoever makes the picture
        command, shell=True, stdin=terminal, stdout=terminal, stderr=terminal, env=environment
    ):
        os.close(terminal)
        written = b""
        while piece := _read(controller):
            written += piece
    os.close(controller)
    text = written.decode().replace("\r\n", "\n").replace("\r", "\n")
    lines = _CURSOR.sub("", text).split("\n")
    return "\n".join(line for line in lines if line.strip() and not _is_progress(line))


def _is_progress(line: str) -> bool:
    plain = _COLOUR.sub("", line)
    return not plain.strip() or bool(re.match(r"\d+ posts archived · |[\w ]+ ━", plain))


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other end is closed
        return b""


def draw(commands: list[str], path: Path) -> None:
    """Run the commands and write the picture."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, highlight=False)
        for number, command in enumerate(commands):
            if number:
                console.print()
            console.print(Text(f"$ {command}", style="bold green"))
            console.print(Text.from_ansi(run(command)))
        template = _COMMENT.sub("", _FONT_FACE.sub("", CONSOLE_SVG_FORMAT))
        template = re.sub(
            r"Fira Code", "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono'", template
        )
        picture = console.export_svg(
            title="", theme=SVG_EXPORT_THEME, code_format=template, unique_id="terminal"
        )
    path.write_text(re.sub(r"[ \t]+$", "", picture, flags=re.M), encoding="utf-8")


if __name__ == "__main__":
    draw(sys.argv[2:], Path(sys.argv[1]))
