"""Small blogs made up for training: posts of a few words, pictures, poems, and what is no post.

A set of pages that search engines rank holds hardly any of the posts that blogs are full of: three
lines and a date, a picture, a table, a poem, in any script, in a theme that marks little. So a
model that learns from such a set alone takes them for no posts. The pages here are made from
random words, in as many arrangements as themes have; the same seed gives the same pages.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.made_words import POSTS, Scribe, line, long_read, note

_ADDRESSES = (
    "/{y}/{m:02}/{slug}/", "/{y}/{m:02}/{d:02}/{slug}.html", "/{slug}/", "/posts/{slug}/",
    "/blog/{slug}", "/{slug}.html", "/?p={n}", "/index.php?id={n}", "/archives/{n:06}.html",
    "/node/{n}", "/p/{slug}", "/post/{n}/{slug}",
)  # fmt: skip
_BODY_CLASSES = (
    "", "", "entry-content", "post-content", "content", "post-body", "e-content", "prose",
    "article__body", "css-1x8k2f", "Post_body__Xy3kQ", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MadePage:
    """One page, with what it is."""

    blog: str
    url: str
    html: str
    is_post: bool


def made_blogs(count: int, seed: int = 0) -> Iterator[MadePage]:
    """Make the pages of that many blogs, each in a theme of its own: eight posts, six others."""
    for number in range(count):
        yield from _Blog(number, random.Random(f"{seed}-{number}")).pages()


class _Blog(Scribe):
    """A theme, and the pages in it."""

    def __init__(self, number: int, rng: random.Random) -> None:
        super().__init__(rng)
        self.host = f"https://blog{number}.example"
        self.address = rng.choice(_ADDRESSES)
        self.body_class = rng.choice(_BODY_CLASSES)
        self.wrapper = rng.choice(("article", "article", "div", "div", "section", "td", "", ""))
        self.main = rng.choice(("main", "main", "div", "div"))
        self.heading = rng.choice(("h1", "h1", "h1", "h2", "h3"))
        self.date_form = rng.choice(
            ("time", "time", "class", "text", "text", "end", "meta", "unread", "none")
        )
        self.has = {
            name: rng.random() < share
            for name, share in {
                "byline": 0.5, "sidebar": 0.4, "cards": 0.3, "comments": 0.4, "share": 0.3,
                "tags": 0.6, "neighbours": 0.5, "graph": 0.5, "graph-type": 0.5, "posting": 0.25,
                "site-h1": 0.3, "generator": 0.5, "feed": 0.7, "article-everywhere": 0.15,
                "flat": 0.25,
            }.items()
        }  # fmt: skip
        if self.date_form in ("unread", "none"):  # then something else has to speak for a post
            self.has["byline"] = True
            self.has["posting"] = rng.random() < 0.5
            self.wrapper, self.body_class = "article", rng.choice(_BODY_CLASSES[2:7])
        self.name = self.words(2)
        self.menu = [self.words(1) for _ in range(rng.randint(2, 8))]

    def pages(self) -> Iterator[MadePage]:
        for body in self.rng.sample(POSTS, 8):
            yield self.post(body)
        for make in self.rng.sample(_OTHERS, 6):
            path, inner, title = make(self)
            yield self.page(path, inner, title, is_post=False)

    def post(self, body: Callable[[Scribe], str]) -> MadePage:
        title = self.words(self.rng.randint(1, 8))
        inner = self.entry(title, body(self))
        if self.has["tags"]:
            inner += self.links("tags", 3)
        if self.has["share"]:
            inner += f'<div class="share">{self.links("", 4)}</div>'
        if self.has["neighbours"]:
            inner += f"<nav>{self.links('nav-links', 2)}</nav>"
        if self.has["cards"]:
            cards = (self.teaser("h4", "card") for _ in range(self.rng.randint(2, 4)))
            inner += f'<section class="related">{"".join(cards)}</section>'
        if self.has["comments"]:
            inner += self.comments()
        return self.page(self.new_path(), inner, title, is_post=True)

    def new_path(self) -> str:
        year, month, day = self.day()
        slug = "-".join(self.latin() for _ in range(self.rng.randint(1, 6)))
        number = self.rng.randint(1, 900)
        return self.address.format(y=year, m=month, d=day, slug=slug, n=number)

    def entry(self, title: str, body: str, *, dated: bool = True) -> str:
        above, below = "", ""
        if dated and self.date_form == "end":
            below = self.dateline()
        elif dated and self.date_form != "meta":
            above = self.dateline()
        names = f' class="{self.body_class}"' if self.body_class else ""
        if not self.has["flat"]:
            body = f"<div{names}>{body}</div>"
        entry = f"<{self.heading}>{title}</{self.heading}>{above}{body}{below}"
        return f"<{self.wrapper}>{entry}</{self.wrapper}>" if self.wrapper else entry

    def dateline(self) -> str:
        year, month, day = self.day()
        date = f"{year}-{month:02}-{day:02}"
        if self.date_form == "unread":  # in a language or form that is not known
            date = self.words(3)
        elif self.date_form == "none":
            date = ""
        elif self.date_form == "time":
            date = f'<time datetime="{date}">{date}</time>'
        rel = ' rel="author"' if self.date_form == "none" else ""
        by = f' <a{rel} href="/about/">{self.words(2)}</a>' if self.has["byline"] else ""
        names = ' class="date"' if self.date_form in ("class", "unread") else ""
        return f"<p{names}>{date}{by}</p>"

    def page(self, path: str, inner: str, title: str, *, is_post: bool) -> MadePage:
        menu = "".join(f'<a href="/{self.latin()}/">{word}</a> ' for word in self.menu)
        tag = "h1" if self.has["site-h1"] else "p"
        side = ""
        if self.has["sidebar"]:
            side = (
                f'<aside class="sidebar">{self.links("recent", 5)}{self.links("tags", 8)}</aside>'
            )
        html = (
            f'<!doctype html><html lang="{self.language}"><head>{self.head(title, is_post)}</head>'
            f'<body><header><{tag}><a href="/">{self.name}</a></{tag}><nav>{menu}</nav></header>'
            f"<{self.main}>{inner}</{self.main}>{side}<footer><p>{self.name}</p></footer></body>"
        )
        return MadePage(self.host, self.host + path, html, is_post)

    def head(self, title: str, is_post: bool) -> str:
        year, month, day = self.day()
        date = f"{year}-{month:02}-{day:02}T08:00:00Z"
        parts = [f"<title>{title} | {self.name}</title>"]
        if self.has["feed"]:
            parts.append('<link rel="alternate" type="application/atom+xml" href="/feed.xml">')
        if self.has["generator"]:
            parts.append('<meta name="generator" content="Press 4.2">')
        if self.has["graph"]:
            parts.append(f'<meta property="og:title" content="{title}">')
        if self.has["graph-type"]:
            kind = "article" if is_post or self.has["article-everywhere"] else "website"
            parts.append(f'<meta property="og:type" content="{kind}">')
        if is_post and self.date_form == "meta":
            parts.append(f'<meta property="article:published_time" content="{date}">')
        if is_post and self.has["posting"]:
            node = {"@type": "BlogPosting", "headline": title}
            if self.date_form not in ("unread", "none"):
                node["datePublished"] = date
            parts.append(f'<script type="application/ld+json">{json.dumps(node)}</script>')
        return "".join(parts)

    def day(self) -> tuple[int, int, int]:
        return self.rng.randint(2003, 2025), self.rng.randint(1, 12), self.rng.randint(1, 28)

    def teaser(self, tag: str, names: str) -> str:
        link = f'<{tag}><a href="{self.new_path()}">{self.words(4)}</a></{tag}>'
        date = self.dateline() if self.rng.random() < 0.5 else ""
        return f'<div class="{names}">{link}{date}<p>{self.sentences(2)}</p></div>'

    def comments(self) -> str:
        items = "".join(
            f'<li class="comment" id="comment-{n}"><b>{self.words(2)}</b>'
            f"<p>{self.sentences(self.rng.randint(1, 4))}</p></li>"
            for n in range(self.rng.randint(0, 5))
        )
        form = "<form><textarea></textarea><input><button>OK</button></form>"
        return f'<section class="comments"><ol>{items}</ol>{form}</section>'


_Other = tuple[str, str, str]


def _about(blog: _Blog) -> _Other:
    title = blog.words(2)
    body = blog.prose(blog.rng.randint(1, 8))
    return f"/{blog.rng.choice(('about', blog.latin()))}/", _undated(blog, title, body), title


def _contact(blog: _Blog) -> _Other:
    title = blog.words(1)
    form = "<form><input><input><textarea></textarea><button>OK</button></form>"
    return "/contact/", _undated(blog, title, blog.prose(1) + form), title


def _privacy(blog: _Blog) -> _Other:
    title, (year, month, day) = blog.words(2), blog.day()
    changed = (
        f"<p>{blog.words(2)}: {year}-{month:02}-{day:02}</p>" if blog.rng.random() < 0.5 else ""
    )
    path = blog.rng.choice(("privacy", "terms", f"{blog.latin()}-{blog.latin()}"))
    return f"/{path}/", _undated(blog, title, changed + long_read(blog)), title


def _blogroll(blog: _Blog) -> _Other:
    title = blog.words(1)
    return "/links.html", _undated(blog, title, line(blog) + blog.links("", 14)), title


def _undated(blog: _Blog, title: str, body: str) -> str:
    return blog.entry(title, body, dated=False)


def _home(blog: _Blog) -> _Other:
    path = blog.rng.choice(("/blog/", "/page/2/", "/index.html?page=3", "/posts/"))
    count = blog.rng.randint(1, 8)
    return path, "".join(blog.teaser("h2", "post") for _ in range(count)), blog.name


def _whole_posts(blog: _Blog) -> _Other:
    entries = (blog.entry(_linked(blog), note(blog)) for _ in range(blog.rng.randint(2, 6)))
    return f"/page/{blog.rng.randint(2, 9)}/", "".join(entries), blog.name


def _linked(blog: _Blog) -> str:
    return f'<a href="{blog.new_path()}">{blog.words(4)}</a>'


def _tag(blog: _Blog) -> _Other:
    title = blog.words(1)
    teasers = (blog.teaser("h3", "entry") for _ in range(blog.rng.randint(1, 6)))
    return f"/tag/{blog.latin()}/", f"<h1>{title}</h1>{''.join(teasers)}", title


def _archive(blog: _Blog) -> _Other:
    title = blog.words(1)
    items = "".join(f"<li>{blog.dateline()} {_linked(blog)}</li>" for _ in range(30))
    return (
        f"/{blog.rng.choice(('archive', 'archives', blog.latin()))}/",
        (f"<h1>{title}</h1><ul>{items}</ul>"),
        title,
    )


def _tags(blog: _Blog) -> _Other:
    title = blog.words(1)
    return "/tags/", f"<h1>{title}</h1>{blog.links('tags', 25)}", title


_OTHERS = (
    _about, _about, _contact, _privacy, _blogroll, _home, _whole_posts, _tag, _archive, _tags,
)  # fmt: skip
