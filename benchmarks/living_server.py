"""Serves a living blog as it is at a simulated moment, and notes what each answer had to say."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

from benchmarks.living_blog import START, LivingBlog, Post
from tests.blog_server import BlogServer, ReceivedRequest

_PER_PAGE = 10
_RECENT = 5
# What the head of a page weighs, as themes write it into each page.
_STYLE = "".join(f".block-{n}{{margin:{n}px auto;color:#{n:06x}}}" for n in range(400))
_PAGE = re.compile(r"/page/(\d{1,3})/")
_TYPES = {"/sitemap.xml": "application/xml", "/feed.xml": "application/rss+xml",
          "/robots.txt": "text/plain"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """One answer, and what it said that matters."""

    date: datetime  # simulated
    path: str
    status: int
    size_bytes: int
    etag: str
    version: int  # of the text of a post; -1 for what is no post
    remark_count: int  # of a post

    @property
    def is_post(self) -> bool:
        """Whether it is the answer of a post that is there."""
        return self.version >= 0


class LivingServer:
    """A web server of a blog; use as a context manager.

    Args:
        blog: what is served.
        dated: the site map says when each post was last edited.
        sidebar: each page lists the latest posts, so that all pages change with each new one.

    Attributes:
        now: the simulated moment; to be moved between crawls.
        served: all answers so far.
    """

    def __init__(self, blog: LivingBlog, *, dated: bool, sidebar: bool) -> None:
        self.blog = blog
        self.now = START
        self.served: list[Served] = []
        self._dated = dated
        self._sidebar = sidebar
        self._server = BlogServer({"*": self._answer})

    def __enter__(self) -> LivingServer:
        self._server.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        """The address of the blog."""
        return self._server.url()

    def advance(self, now: datetime) -> None:
        """Move the clock, and let go of what was noted to serve the last crawl."""
        self._server.requests.clear()
        self.now = now

    def _answer(self, request: ReceivedRequest) -> bytes:
        post = next((post for post in self.blog.posts if post.path == request.path), None)
        body = self._body(request.path, post)
        etag = f'"{zlib.crc32(body):08x}-{len(body):x}"'
        is_known = body and request.header("If-None-Match") == etag
        status = "304 Not Modified" if is_known else "200 OK" if body else "404 Not Found"
        sent = b"" if is_known else body or b"<h1>Not found</h1>"
        head = [f"HTTP/1.1 {status}", f"Date: {format_datetime(self.now, usegmt=True)}"]
        if body:
            head.append(f"ETag: {etag}")
        if not is_known:
            kind = _TYPES.get(request.path, "text/html; charset=utf-8")
            head += [f"Content-Type: {kind}", f"Content-Length: {len(sent)}"]
        answer = "\r\n".join([*head, "", ""]).encode() + sent
        self.served.append(
            Served(
                date=self.now,
                path=request.path,
                status=int(status[:3]),
                size_bytes=len(answer),
                etag=etag if body else "",
                version=post.version(self.now) if post and body else -1,
                remark_count=len(post.heard(self.now)) if post and body else 0,
            )
        )
        return answer

    def _body(self, path: str, post: Post | None) -> bytes:
        """Make what is served at a path; empty where there is nothing."""
        if post:
            return self._post_page(post) if post.is_there(self.now) else b""
        match path:
            case "/":
                return self._listing(1)
            case "/robots.txt":
                return f"User-agent: *\nAllow: /\nSitemap: {self.url}sitemap.xml\n".encode()
            case "/sitemap.xml":
                return self._sitemap()
            case "/feed.xml":
                return self._feed()
        number = _PAGE.fullmatch(path)
        return self._listing(int(number[1])) if number else b""

    def _sitemap(self) -> bytes:
        entries = [f"<url><loc>{self.url}</loc></url>"]
        for post in self.blog.live(self.now):
            modified = f"<lastmod>{post.modified(self.now).isoformat()}</lastmod>"
            url = f"{self.url}{post.path[1:]}"
            entries.append(f"<url><loc>{url}</loc>{modified if self._dated else ''}</url>")
        urls = "".join(entries)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        ).encode()

    def _feed(self) -> bytes:
        items = "".join(
            f"<item><title>{escape(post.title)}</title><link>{self.url}{post.path[1:]}</link>"
            f"<pubDate>{format_datetime(post.published)}</pubDate>"
            f"<description>{escape(post.paragraphs[0])}</description></item>"
            for post in self.blog.live(self.now)[:_PER_PAGE]
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
            f"<title>The Slipway</title><link>{self.url}</link>{items}</channel></rss>"
        ).encode()

    def _listing(self, number: int) -> bytes:
        live = self.blog.live(self.now)
        shown = live[(number - 1) * _PER_PAGE : number * _PER_PAGE]
        if not shown:
            return b""
        teasers = "".join(
            f'<article class="teaser"><h2><a href="{post.path}">{escape(post.title)}</a></h2>'
            f"<p>{escape(post.paragraphs[0][:120])}…</p></article>"
            for post in shown
        )
        is_last = number * _PER_PAGE >= len(live)
        older = "" if is_last else f'<a rel="next" href="/page/{number + 1}/">Older posts</a>'
        return self._page("The Slipway", f"<h1>The Slipway</h1>{teasers}<nav>{older}</nav>")

    def _post_page(self, post: Post) -> bytes:
        prose = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in post.text(self.now))
        remarks = "".join(
            f'<li class="comment"><cite class="author">{remark.author}</cite>'
            f'<time datetime="{remark.date.isoformat()}">{remark.date:%d %B %Y}</time>'
            f"<p>{escape(remark.text)}</p></li>"
            for remark in post.heard(self.now)
        )
        comments = f'<section id="comments"><h2>Comments</h2><ol>{remarks}</ol></section>'
        head = (
            '<meta property="og:type" content="article"><meta property="article:published_time"'
            f' content="{post.published.isoformat()}">'
        )
        dated = f'<time datetime="{post.published.isoformat()}">{post.published:%d %B %Y}</time>'
        title = f"<h1>{escape(post.title)}</h1>"
        entry = f'<div class="entry-content">{prose}</div>'
        body = f"<article>{title}{dated}{entry}</article>{self._neighbours(post)}"
        return self._page(post.title, body + (comments if remarks else ""), head)

    def _neighbours(self, post: Post) -> str:
        live = self.blog.live(self.now)
        place = live.index(post)
        later, earlier = live[max(place - 1, 0)], live[min(place + 1, len(live) - 1)]
        links = (f'<a href="{other.path}">{escape(other.title)}</a>' for other in (later, earlier))
        return f'<nav class="neighbours">{"".join(links)}</nav>'

    def _page(self, title: str, body: str, head: str = "") -> bytes:
        """Put a body into the template of the day."""
        is_new = self.now >= self.blog.template_change
        menu = '<a href="/">Home</a><a href="/feed.xml">Feed</a>'
        if is_new:
            menu += '<a href="/#subscribe">Subscribe to our letters</a>'
        footer = "A new coat of paint since 2025." if is_new else "Written by the sea since 2018."
        aside = ""
        if self._sidebar:
            recent = "".join(
                f'<li><a href="{post.path}">{escape(post.title)}</a></li>'
                for post in self.blog.live(self.now)[:_RECENT]
            )
            aside = f"<aside><h3>Recent posts</h3><ul>{recent}</ul></aside>"
        feed = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
        name = "fresh" if is_new else "old"
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
            f" | The Slipway</title><style>{_STYLE}</style>{feed}{head}</head><body class='{name}'>"
            f"<header><nav>{menu}</nav></header><main>{body}</main>{aside}"
            f"<footer><p>{footer}</p></footer></body></html>"
        ).encode()
