"""The keys of ``collection.toml``: what each may hold, and what it is for.

A description is the comment that stands above the key in a new file, and the first example is what
stands there as a proposal; `docs/reference/collection.md` says the same at greater length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from archive.collection_settings.values import (
    parse_address,
    parse_cadence,
    parse_contact,
    parse_duration,
    parse_moment,
    parse_timezone,
    parse_wait,
    parse_webhook,
    parse_window,
)
from archive.windows import TimeTable, Window

_Address = Annotated[str, BeforeValidator(parse_address)]
_Cadence = Annotated[timedelta | Literal["auto", "off"], BeforeValidator(parse_cadence)]
_Contact = Annotated[str, BeforeValidator(parse_contact)]
_Count = Annotated[int, Field(gt=0, lt=10**9)]
_Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
_List = Field(strict=False)  # TOML has lists, and a frozen value has tuples
_Moment = Annotated[datetime, BeforeValidator(parse_moment)]
_TimeZone = Annotated[ZoneInfo, BeforeValidator(parse_timezone)]
_Wait = Annotated[timedelta, BeforeValidator(parse_wait)]
_Webhook = Annotated[str, BeforeValidator(parse_webhook)]
_Window = Annotated[Window, BeforeValidator(parse_window)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _key(description: str, example: object, default: Any = None) -> Any:
    return Field(default, description=description, examples=[example])


class Limits(_Table):
    """What ends a crawl before it is done; the next one goes on where it was, but for `posts`.

    Attributes:
        posts: archived in one crawl.
        duration: of one crawl.
        requests: that were answered, in one crawl.
        timeout: for one whole answer.
    """

    posts: _Count | None = _key("The crawl ends when so many posts are archived.", 500)
    duration: _Duration | None = _key("It stops after this time; the next goes on there.", "6h")
    requests: _Count | None = _key("It stops after so many answers; the next goes on there.", 5000)
    timeout: _Wait | None = _key("An answer that takes longer is cut off.", "60s")

    @field_validator("timeout")
    @classmethod
    def _is_above_0(cls, value: timedelta | None) -> timedelta | None:
        if value == timedelta():
            raise ValueError("say more than 0")
        return value


class Politeness(_Table):
    """How the blog's server is spared.

    Attributes:
        delay: between two requests, at least.
        obey_robots_txt: leave out what robots.txt forbids.
        obey_noarchive: keep no page that says noarchive.
        crawl_delay_max: longest Crawl-delay of a robots.txt that is obeyed.
        retry_after_max: longest Retry-After that is waited for.
        throttle: make the delay longer where the server answers slowly.
        throttle_max: longest delay that comes of this.
        retries: of a request that failed for a passing reason.
    """

    delay: _Wait | None = _key("Time between two requests, at least.", "2s")
    obey_robots_txt: bool | None = _key("Leave out what robots.txt forbids.", True)
    obey_noarchive: bool | None = _key("Keep no page that says noarchive.", True)
    crawl_delay_max: _Wait | None = _key("Obey the Crawl-delay of robots.txt up to this.", "60s")
    retry_after_max: _Wait | None = _key("Wait as Retry-After asks, up to this.", "5m")
    throttle: bool | None = _key("Ask less often where the server answers slowly.", True)
    throttle_max: _Wait | None = _key("Longest time between two requests then.", "60s")
    retries: Annotated[int, Field(ge=0, le=100)] | None = _key("Tries after a failed one.", 2)


class CaptureChoices(_Table):
    """What is written into the WARC files.

    Attributes:
        redact_credentials: leave out cookies and the like.
        deduplicate: how far back a payload is looked for that need not be written again.
    """

    redact_credentials: bool | None = _key("Leave cookies and the like out of the files.", True)
    deduplicate: Literal["collection", "crawl", "off"] | None = _key(
        "Where a payload is looked for that need not be written again.", "crawl"
    )


class Hooks(_Table):
    """Who is told when a crawl has ended.

    Attributes:
        command: a program and its arguments; empty: none.
        url: is sent the report of the crawl as JSON, by POST.
        on: when they are told.
        timeout: for either.
    """

    command: Annotated[tuple[str, ...], _List] = _key(
        "A program and its arguments, which is run when a crawl has ended.",
        ["/usr/local/bin/tell-me", "--short"],
        (),
    )
    url: _Webhook | None = _key(
        "An address that is sent the report of the crawl, as JSON by POST.",
        "https://example.org/hook",
    )
    on: Annotated[frozenset[Literal["finish", "stop", "failure"]], _List] = _key(
        "When they are told.", ["failure"], frozenset({"finish", "stop", "failure"})
    )
    timeout: _Duration = _key("How long either may take.", "1m", timedelta(minutes=1))

    @field_validator("on")
    @classmethod
    def _says_when(cls, value: frozenset[str]) -> frozenset[str]:
        if not value:
            raise ValueError('say at least one of "finish", "stop" and "failure"')
        return value

    @field_validator("command")
    @classmethod
    def _can_be_run(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value and not value[0].strip():
            raise ValueError("say the program first")
        if any("\0" in word for word in value):
            raise ValueError("say it without the character U+0000")
        return value


class CollectionSettings(_Table):
    """All that ``collection.toml`` says.

    What is None was left out, and `scraper/settings.py` decides.

    Attributes:
        seeds: the addresses of the blog.
        cadence: how often it is due; "auto": as often as it posts; "off": never.
        windows: hours in which it may be crawled; empty: any.
        timezone: whose clock the windows go by.
        contact: where whoever runs the crawler can be reached.
        since: leave out posts published before.
        until: leave out posts published at this moment or after.
        comments: fetch the further pages of comments.
        requisites: archive images, style sheets, fonts and scripts of posts.
        private_networks: the blog may lie in a private network, or on this machine.
    """

    seeds: Annotated[tuple[_Address, ...], _List] = _key(
        "The addresses of the blog.", ["https://example.org/blog/"], ()
    )
    cadence: _Cadence = _key(
        'How often it is due: "auto" as often as it posts, "6h", "1d", "2w", or "off".',
        "12h",
        "auto",
    )
    windows: Annotated[tuple[_Window, ...], _List] = _key(
        "Times in which it may be crawled.", ["22:00-06:00", "sat,sun 00:00-24:00"], ()
    )
    timezone: _TimeZone = _key("Whose clock these go by.", "Europe/Berlin", ZoneInfo("UTC"))
    contact: _Contact | None = _key(
        "Where the blog's owner can reach you; goes into each request.", "mailto:you@example.org"
    )
    since: _Moment | None = _key("Leave out posts published before.", "2020-01-01")
    until: _Moment | None = _key("Leave out posts published on this day or later.", "2030-01-01")
    comments: bool | None = _key("Fetch the further pages of comments.", False)
    requisites: bool | None = _key("Archive images, style sheets, fonts and scripts too.", True)
    private_networks: bool | None = _key(
        "The blog lies in a private network, or on this machine.", True
    )
    limits: Limits = Limits()
    politeness: Politeness = Politeness()
    capture: CaptureChoices = CaptureChoices()
    hooks: Hooks = Hooks()

    @property
    def time_table(self) -> TimeTable:
        """The windows with their clock."""
        return TimeTable(self.windows, self.timezone)

    @field_validator("until")
    @classmethod
    def _is_after_since(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        since = info.data.get("since")
        if value and since and value <= since:
            raise ValueError("say a day after that of since")
        return value

    @field_validator("seeds")
    @classmethod
    def _are_different(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))


class Key(NamedTuple):
    """What is said of a key: a sentence, and a value that it may have."""

    description: str
    example: Any


def _iter_keys() -> Iterator[tuple[str, Key]]:
    for name, field in CollectionSettings.model_fields.items():
        table = field.annotation
        if isinstance(table, type) and issubclass(table, _Table):
            fields = {f"{name}.{key}": inner for key, inner in table.model_fields.items()}
        else:
            fields = {name: field}
        for key, inner in fields.items():
            assert inner.description
            assert inner.examples
            yield key, Key(inner.description, inner.examples[0])


KEYS: Mapping[str, Key] = dict(_iter_keys())
"""Every key in its order, those of tables as ``table.key``."""
