"""Blog pages made up for the benchmarks: random words that occur as often as words do, in mark-up.

How fast and how small a page can be written depends on how much of it is prose: prose repeats
little, mark-up repeats much. So there are two kinds, both the same for the same seed:

- a *long read* is nearly all prose, and deflates to 0.38 of its size;
- a *themed page* has what a theme puts around a short post (inline styles, menus, cards of other
  posts, comments), and deflates to 0.23. 257 real pages of 40 to 80 kB came to 0.21,
  and the mere text of 20 long ones to 0.28.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from archive.records import Exchange

HOST = "https://blog.example.org"

_ONSETS = (
    "b", "c", "d", "f", "g", "h", "j", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "ch",
    "cl", "cr", "dr", "fl", "gr", "pl", "pr", "qu", "sh", "sp", "st", "str", "th", "tr",
)  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "ea", "ai", "ou", "io", "ee")
_CODAS = ("", "n", "r", "s", "t", "l", "d", "m", "ck", "nd", "ng", "nt", "rd", "st", "th")
_WORD_COUNT = 12_000
_PHRASE_SHARE = 0.75
_PROPERTIES = (
    "color",
    "margin",
    "padding",
    "font-size",
    "line-height",
    "display",
    "border",
    "width",
)
_VALUES = ("0", "auto", "1px", "2px", "4px", "8px", "1rem", "50%", "100%", "none", "block", "flex")
_SIZES = (300, 768, 1024, 1536)
_MENU_ENTRY = (
    '<li id="menu-item-{number}" class="menu-item menu-item-type-taxonomy menu-item-{number}">'
    '<a href="{address}">{label}</a></li>'
)
_CARD = """\
<article id="post-{number}" class="post-{number} post type-post status-publish hentry {category}">
<img width="768" height="512" src="{image}.jpg" class="attachment-large size-large wp-post-image"
 loading="lazy" decoding="async" srcset="{sources}" sizes="(max-width: 768px) 100vw, 768px">
<h3 class="entry-title"><a href="{address}" rel="bookmark">{title}</a></h3>
<div class="entry-summary"><p>{summary}</p></div>
</article>
"""
_COMMENT = """\
<li id="comment-{number}" class="comment even thread-even depth-1 parent">
<div class="comment-meta commentmetadata"><b class="fn">{author}</b> <a href="#comment-{number}">
<time datetime="2024-03-{day}T10:00:00+00:00">{day} March 2024 at 10:00</time></a></div>
<div class="comment-content"><p>{text}</p></div>
<a rel="nofollow" class="comment-reply-link" href="?replytocom={number}#respond"
 data-commentid="{number}" data-belowelement="div-comment-{number}">Reply</a>
</li>
"""


class PageMaker:
    """Makes the pages of one made-up blog.

    Args:
        seed: another one, another blog.
    """

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._words = sorted({self._new_word() for _ in range(_WORD_COUNT)}, key=len)
        # Zipf's law as Mandelbrot put it: the n-th most frequent word, 1 / (n + 2.7).
        self._weights = list(accumulate(1 / (n + 2.7) for n in range(len(self._words))))
        self._liked: dict[str, list[str]] = {}
        self._theme = self._make_theme()

    def long_read(self, size: int) -> bytes:
        """Make a page of about that many bytes that is nearly all prose."""
        return self._page([self._menu()], size)

    def themed_page(self, size: int) -> bytes:
        """Make a page of about that many bytes, of which a fifth is prose."""
        prose = "\n".join(self._prose(size // 5))
        parts = [self._theme, self._menu(), f'<div class="entry-content">{prose}</div>']
        length = sum(map(len, parts))
        while length < size:
            parts.append(self._comment() if len(parts) % 3 else self._card())
            length += len(parts[-1])
        return self._page(parts, 0)

    def _page(self, parts: list[str], prose_size: int) -> bytes:
        title = self._some(6).capitalize()
        head = f'<head>\n<meta charset="utf-8">\n<title>{title}</title>\n</head>'
        body = "\n".join((*parts, *self._prose(prose_size - sum(map(len, parts)))))
        return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n<body>\n{body}\n</body></html>'.encode()

    def _new_word(self) -> str:
        syllables = self._random.choices((1, 2, 3, 4), (3, 5, 3, 1))[0]
        choice = self._random.choice
        return "".join(choice(_ONSETS) + choice(_VOWELS) for _ in range(syllables)) + choice(_CODAS)

    def _some(self, count: int, joint: str = " ") -> str:
        """Some words in a row: each is, half of the time, one that likes to follow the last."""
        words = self._random.choices(self._words, cum_weights=self._weights, k=count)
        for place in range(1, count):
            if self._random.random() < _PHRASE_SHARE:
                words[place] = self._random.choice(self._followers(words[place - 1]))
        return joint.join(words)

    def _followers(self, word: str) -> list[str]:
        if word not in self._liked:
            self._liked[word] = self._random.choices(self._words, cum_weights=self._weights, k=3)
        return self._liked[word]

    def _prose(self, size: int) -> Iterator[str]:
        while size > 0:
            sentences = [self._sentence() for _ in range(self._random.randint(2, 7))]
            paragraph = f"<p>{' '.join(sentences)}</p>"
            size -= len(paragraph)
            yield paragraph

    def _sentence(self) -> str:
        parts = [self._some(self._random.randint(3, 9)) for _ in range(self._random.randint(1, 3))]
        if self._random.random() < 0.15:
            parts.append(f'<a href="{self._address()}">{self._some(3)}</a>')
        return ", ".join(parts).capitalize() + "."

    def _address(self) -> str:
        year, month = self._random.randint(2009, 2025), self._random.randint(1, 12)
        return f"{HOST}/{year}/{month:02}/{self._some(4, '-')}/"

    def _make_theme(self) -> str:
        rules = []
        for _ in range(220):
            values = (
                f"{self._random.choice(_PROPERTIES)}:{self._random.choice(_VALUES)}"
                for _ in range(self._random.randint(1, 5))
            )
            rules.append(f".wp-block-{self._some(2, '-')}{{{';'.join(values)}}}")
        return "<style>\n" + "\n".join(rules) + "\n</style>"

    def _menu(self) -> str:
        entries = (
            _MENU_ENTRY.format(number=number, address=self._address(), label=self._some(2).title())
            for number in self._random.sample(range(100, 9999), 12)
        )
        return '<nav class="main-navigation"><ul>\n' + "\n".join(entries) + "\n</ul></nav>"

    def _card(self) -> str:
        image = f"{HOST}/wp-content/uploads/{self._some(3, '-')}"
        return _CARD.format(
            number=self._random.randint(100, 9999),
            category=self._some(1),
            image=image,
            sources=", ".join(f"{image}-{width}x{width * 2 // 3}.jpg {width}w" for width in _SIZES),
            address=self._address(),
            title=self._some(6).capitalize(),
            summary=self._sentence(),
        )

    def _comment(self) -> str:
        return _COMMENT.format(
            number=self._random.randint(1000, 99999),
            day=self._random.randint(10, 28),
            author=self._some(2).title(),
            text=self._sentence(),
        )


def exchanges(pages: Iterable[bytes], *headers: str) -> list[Exchange]:
    """Make the exchange of each page, with the heads of an ordinary crawl.

    Args:
        pages: the bodies.
        headers: further ones of the answer.
    """
    start = datetime(2024, 2, 29, 12, tzinfo=UTC)
    return [
        _exchange(f"/2024/02/post-{number}/", page, headers, start + timedelta(seconds=number))
        for number, page in enumerate(pages)
    ]


def _exchange(path: str, body: bytes, headers: tuple[str, ...], date: datetime) -> Exchange:
    head = (
        "HTTP/1.1 200 OK", "Date: Thu, 29 Feb 2024 12:00:00 GMT", "Server: nginx",
        "Content-Type: text/html; charset=UTF-8", f"Content-Length: {len(body)}", *headers,
        f'Link: <{HOST}/wp-json/>; rel="https://api.w.org/"', "Vary: Accept-Encoding", "", "",
    )  # fmt: skip
    asked = (
        f"GET {path} HTTP/1.1", "Host: blog.example.org", "Accept: text/html,*/*;q=0.8",
        "Accept-Encoding: gzip, deflate", "Accept-Language: en",
        "User-Agent: blog-archiver/0.1 (+https://example.org/)", "", "",
    )  # fmt: skip
    return Exchange(
        target_uri=f"{HOST}{path}",
        date=date,
        request="\r\n".join(asked).encode(),
        response="\r\n".join(head).encode() + body,
        ip_address="192.0.2.1",
    )
