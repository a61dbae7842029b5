"""What became of every list that was asked for, so that a crawl can say what each one gave."""

from __future__ import annotations

from archive.feeds import MAX_FEED_BYTES
from archive.records import AskedList
from scraper.discovery import robots, sitemap
from scraper.discovery.reading import CUT_OFF, TOO_LARGE, Answer, Ask, Reading

ROBOTS = "robots.txt"
_NAMES = {"sitemap": "not a sitemap", "ghost": "not a sitemap", "feed": "not a feed"}


def lost(ask: Ask, error: str) -> AskedList:
    """Tell of a list that gave nothing, and why."""
    return AskedList(
        url=ask.url,
        taken_for=ask.method,
        announced=ask.announced,
        kind="comments" if ask.comments else ask.kind,
        depth=ask.depth,
        error=error,
    )


def unread(ask: Ask, answer: Answer) -> AskedList:
    """Tell of an answer that is no list of the kind that was asked for."""
    if answer.is_cut:
        return lost(ask, CUT_OFF)
    is_packed_too_large = ask.method != "feed" and sitemap.is_too_large(answer.body)
    if is_packed_too_large or (ask.method == "feed" and len(answer.body) > MAX_FEED_BYTES):
        return lost(ask, TOO_LARGE)
    return lost(ask, _NAMES.get(ask.method, "not a list"))


def read(ask: Ask, reading: Reading, *, cut: str | None = None) -> AskedList:
    """Tell of a list that was read; `cut`: the limit that kept some of it from being read."""
    return AskedList(
        url=ask.url,
        taken_for=ask.method,
        announced=ask.announced,
        named=len(reading.listed) or len(reading.more),
        dated=sum(bool(listed.hints.published or listed.lastmod) for listed in reading.listed),
        kind="comments" if ask.comments else ask.kind,
        depth=ask.depth,
        error=cut or reading.cut,
    )


def read_robots(url: str, answer: Answer) -> AskedList:
    """Tell of a robots.txt; what it names are sitemaps."""
    error = "not a robots.txt" if answer.is_html else CUT_OFF if answer.is_cut else None
    if len(answer.body) > robots.MAX_ROBOTS_BYTES:
        error = TOO_LARGE
    named = len(robots.find_sitemaps(answer))
    return AskedList(url=url, taken_for=ROBOTS, announced=False, named=named, error=error)


def lost_robots(url: str, error: str) -> AskedList:
    """Tell of a robots.txt that had no answer."""
    return AskedList(url=url, taken_for=ROBOTS, announced=False, error=error)
