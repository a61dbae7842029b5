"""What a machine's own timers need to crawl what is due: systemd units, lines of a crontab."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

SERVICE = "blog-archiver.service"
TIMER = "blog-archiver.timer"
MAX_JOBS = 1_000
"""So many crawls at a time can be asked for."""

_NUMBERS = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")
_PLAIN = re.compile(r"[\w@+=:,./-]+", re.ASCII)
STOP_TIMEOUT_S = 240  # above what a crawl gets to end in order

_SERVICE = """\
[Unit]
Description=Crawl the blogs that are due
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
WorkingDirectory={directory}
Environment=SCRAPY_SETTINGS_MODULE=scraper.settings
ExecStart={command}
# The schedule passes a stop on to its crawls, once, and waits for them.
KillMode=mixed
TimeoutStopSec={stop_timeout_s}
Nice=10

# It reads the network, and writes below the collections and nowhere else.
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={root}
PrivateTmp=yes
PrivateDevices=yes
ProtectControlGroups=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
CapabilityBoundingSet=
"""

_TIMER = """\
[Unit]
Description=Look every quarter of an hour which blogs are due

[Timer]
OnCalendar=*:0/15
RandomizedDelaySec=2min
Persistent=true

[Install]
WantedBy=timers.target
"""


def parse_shard(text: str) -> tuple[int, int]:
    """Read which machine of how many is meant.

    >>> parse_shard("2/4")
    (2, 4)

    Raises:
        ValueError: it is no such pair of numbers; says what to write.
    """
    match = _NUMBERS.fullmatch(text.strip())
    number, count = map(int, match.groups()) if match else (0, 0)
    if not 1 <= number <= count:
        raise ValueError(f"{text} is no shard; say for example 1/4, 2/4, 3/4 or 4/4")
    return number, count


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is to be run, and where.

    Attributes:
        python: the interpreter that the project is installed for; absolute.
        directory: to run in; absolute. A relative path in a hook begins there.
        root: where the collections lie; absolute.
        user: whose files they are.
        jobs: how many crawls at a time; None: as many as there are CPUs.
        shard: which machine of how many this is, as "1/4"; None: the only one.
    """

    python: Path
    directory: Path
    root: Path
    user: str
    jobs: int | None = None
    shard: str | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """The command with its arguments."""
        words = [str(self.python), "-m", "scrapy", "crawl_due", "--root", str(self.root)]
        if self.jobs is not None:
            words += ["--jobs", str(self.jobs)]
        if self.shard is not None:
            words += ["--shard", self.shard]
        return tuple(words)

    def service(self) -> str:
        """Write the systemd service."""
        return _SERVICE.format(
            user=self.user,
            directory=_escaped(str(self.directory)),
            command=" ".join(_quoted(word, in_command=True) for word in self.command),
            stop_timeout_s=STOP_TIMEOUT_S,
            root=_quoted(str(self.root)),
        )

    def timer(self) -> str:
        """Write the systemd timer."""
        return _TIMER

    def crontab(self) -> str:
        """Write the line of a crontab."""
        command = (
            f"cd {shlex.quote(str(self.directory))} && SCRAPY_SETTINGS_MODULE=scraper.settings"
            f" {shlex.join(self.command)} >> {shlex.quote(str(self.root / 'crawl_due.log'))} 2>&1"
        )
        return "*/15 * * * * " + command.replace("%", r"\%") + "\n"  # cron ends a line at a "%"


def _escaped(text: str) -> str:
    """Spell a text so that systemd finds no specifier in it."""
    return text.replace("%", "%%")


def _quoted(word: str, *, in_command: bool = False) -> str:
    """Spell a word as systemd.syntax(7) and systemd.service(5) ask.

    >>> print(_quoted("/srv/my blogs"))
    "/srv/my blogs"
    """
    escaped = _escaped(word.replace("\\", "\\\\").replace('"', '\\"'))
    if in_command:
        escaped = escaped.replace("$", "$$")
    return escaped if _PLAIN.fullmatch(word) else f'"{escaped}"'
