"""What a look at a blog tells before anything of it is archived; the looking is `scrapy look`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.records import AskedList
from archive.terminal import printable

_LABEL_WIDTH = 11
_A_YEAR = timedelta(days=365)
_PERIODS = (
    ("day", timedelta(days=1)),
    ("week", timedelta(weeks=1)),
    ("month", _A_YEAR / 12),
    ("year", _A_YEAR),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogLook:
    """What a blog says of itself in its first page, its robots.txt and its first lists.

    Attributes:
        url: what was asked for.
        seed: where the blog is: the address without its redirects; of a feed, the page it is of.
        title: of the blog.
        platform: that made its first page, or the program that this page names.
        feeds: addresses of feeds.
        lists: what became of each list that was asked for.
        posts_declared: number of posts, by the blog's own count.
        posts_named: number of posts that the lists name which were asked for.
        pages_named: number of pages that lists and the first page name.
        dates: when its last posts were published, the last first.
        crawl_delay_s: of its robots.txt, in seconds, as far as it is obeyed.
        request_count: number of requests that were made.
        error: why the blog cannot be crawled; None: it answered.
    """

    url: str
    seed: str
    title: str | None = None
    platform: str | None = None
    feeds: tuple[str, ...] = ()
    lists: tuple[AskedList, ...] = ()
    posts_declared: int | None = None
    posts_named: int = 0
    pages_named: int = 0
    dates: tuple[datetime, ...] = ()
    crawl_delay_s: float | None = None
    request_count: int = 0
    error: str | None = None

    @property
    def is_blog(self) -> bool:
        """Whether there is anything that a crawl could begin with: a list, or a link to a page."""
        return bool(self.feeds or self.posts_declared or self.pages_named)


def describe_posts(look: BlogLook) -> str:
    """Say how many posts a blog has.

    >>> describe_posts(BlogLook(url="u", seed="u", posts_declared=1200))
    '1,200 posts'
    """
    if look.posts_declared is not None:
        return f"{look.posts_declared:,} posts"
    return f"at least {look.posts_named:,} posts" if look.posts_named else "number of posts unknown"


def describe_rhythm(dates: tuple[datetime, ...]) -> str | None:
    """Say how often a blog posts, by the dates of its last posts; None where these are too few.

    >>> from datetime import UTC
    >>> describe_rhythm(tuple(datetime(2024, 3, day, tzinfo=UTC) for day in (29, 25, 22, 18)))
    'about 2 posts a week, the last on 2024-03-29'
    """
    if not dates:
        return None
    last = f"the last on {max(dates):%Y-%m-%d}"
    interval = (max(dates) - min(dates)) / max(len(dates) - 1, 1)
    if not interval:
        return f"one post with a date, {last}" if len(dates) == 1 else None
    for name, period in _PERIODS:
        if (count := period / interval) >= 1.5 or name == "year":
            number = f"{count:.0f} posts" if count >= 1.5 else "a post"
            return f"about {number} a {name}, {last}"
    return None


def describe_look(look: BlogLook) -> Iterator[str]:
    """Yield the lines that tell a person what was seen; no page can steer a terminal by them."""
    rows = [
        ("seed", look.seed),
        ("title", look.title),
        ("platform", look.platform),
        ("posts", describe_posts(look)),
        ("rhythm", describe_rhythm(look.dates)),
        *(("feed", feed) for feed in look.feeds),
        *(("asked for", _describe_list(asked)) for asked in look.lists),
        ("Crawl-delay", look.crawl_delay_s and f"{look.crawl_delay_s:g} s"),
    ]
    for label, value in rows:
        if value:
            yield f"{label:<{_LABEL_WIDTH}} {printable(str(value))}"


def _describe_list(asked: AskedList) -> str:
    what = asked.error or f"{asked.named:,} named"
    return f"{asked.taken_for}, {what}: {asked.url}"
