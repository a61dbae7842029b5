"""Small blogs in memory, and a driver that asks them for what a plan wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scraper.discovery import Answer, Fetch, SitePlan
from scraper.discovery.memory import Memory

ORIGIN = "https://example.org"
MAX_REQUESTS = 4000  # a plan that wants more of these small blogs is caught in a trap

HTML = "text/html; charset=utf-8"
XML = "application/xml"
JSON = "application/json"


@dataclass
class FakeSite:
    """Answers by path and query; what is not there is 404, or `fallback` where one is given."""

    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    fallback: Callable[[str], str | None] | None = None
    cut: dict[str, int] = field(default_factory=dict)  # bytes after which a connection ends

    def page(self, path: str, body: str, content_type: str = HTML) -> None:
        """Add one page."""
        self.pages[path] = (body, content_type)

    def answer(self, url: str) -> Answer:
        """Answer a GET."""
        path = url.removeprefix(ORIGIN)
        body, content_type = self.pages.get(path, ("", HTML))
        if not body and self.fallback is not None:
            body = self.fallback(path) or ""
        status = 200 if body else 404
        headers = {"content-type": content_type, **self.headers.get(path, {})}
        sent = (body or "gone").encode()[: self.cut.get(path)]
        return Answer(url=url, status=status, headers=headers, body=sent, is_cut=path in self.cut)


@dataclass
class Crawled:
    """What a plan asked for."""

    plan: SitePlan
    fetches: list[Fetch]

    @property
    def paths(self) -> list[str]:
        """Every request, in order, without the origin."""
        return [fetch.discovery.url.removeprefix(ORIGIN) for fetch in self.fetches]

    def candidates(self) -> list[str]:
        """The requests for pages that are no listings."""
        return [
            fetch.discovery.url.removeprefix(ORIGIN)
            for fetch in self.fetches
            if fetch.purpose == "candidate"
        ]


def crawl(
    site: FakeSite,
    seed: str = f"{ORIGIN}/",
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
    memory: Memory | None = None,
) -> Crawled:
    """Follow a plan over a site to its end, the highest priority first."""
    plan = SitePlan(seed, since=since, until=until, limit=limit, memory=memory)
    waiting, done = plan.start(), []
    while waiting:
        waiting.sort(key=lambda fetch: -fetch.priority)
        fetch = waiting.pop(0)
        done.append(fetch)
        assert len(done) <= MAX_REQUESTS, f"caught in a trap at {fetch.discovery.url}"
        waiting += plan.answered(fetch, site.answer(fetch.discovery.url))
    urls = [fetch.discovery.url for fetch in done]
    assert len(urls) == len(set(urls)), "asked for a URL twice"
    assert set(plan.discoveries) <= set(urls), "found and neither asked for nor skipped"
    return Crawled(plan, done)


def html(body: str, head: str = "") -> str:
    """Make a page."""
    return f"<!doctype html><html><head><title>t</title>{head}</head><body>{body}</body></html>"


def list_of(paths: Mapping[str, str] | list[str]) -> str:
    """Make the entries of a listing page."""
    return "<main>" + "".join(f'<h2><a href="{path}">x</a></h2>' for path in paths) + "</main>"


def sitemap(paths: list[str], lastmod: str = "") -> str:
    """Make a sitemap."""
    last = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    urls = "".join(f"<url><loc>{ORIGIN}{path}</loc>{last}</url>" for path in paths)
    return (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"{urls}</urlset>"
    )


def sitemap_index(paths: list[str]) -> str:
    """Make a sitemap index."""
    entries = "".join(f"<sitemap><loc>{ORIGIN}{path}</loc></sitemap>" for path in paths)
    return f"<sitemapindex>{entries}</sitemapindex>"


def rss(paths: list[str], extra: str = "", date: str = "Tue, 05 May 2020 10:00:00 GMT") -> str:
    """Make an RSS feed."""
    items = "".join(
        f"<item><title>On {path}</title><link>{ORIGIN}{path}</link><pubDate>{date}</pubDate></item>"
        for path in paths
    )
    return f'<rss version="2.0"><channel><title>b</title>{extra}{items}</channel></rss>'


def with_posts(site: FakeSite, paths: list[str]) -> FakeSite:
    """Add posts without links of their own."""
    for path in paths:
        site.page(path, html(f"<article><h1>{path}</h1><p>Words of {path}.</p></article>"))
    return site
