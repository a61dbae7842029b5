"""What made-up blogs are filled with: random words in several scripts, and bodies of posts."""

from __future__ import annotations

import random
from collections.abc import Callable

_SCRIPTS = (
    ("en", "abcdefghijklmnopqrstuvwxyz", " ", "."), ("de", "aeiournstldmhgbkwäöü", " ", "."),
    ("ru", "абвгдежзиклмнопрстуы", " ", "."), ("ar", "ابتجحدرسشعفقكلمنهوي", " ", "."),
    ("zh", "天地人山水火木金土日月風雨花鳥春秋古今來去見聞", "", "。"),
    ("ko", "가나다라마바사아자차카타파하고노도로모보", " ", "."),
    ("ja", "あいうえおかきくけこさしすせそたちつてとなにの日本語文字", "", "。"),
    ("he", "אבגדהוזחטיכלמנסעפצקרשת", " ", "."), ("el", "αβγδεζηθικλμνξοπρστυφχψω", " ", "."),
)  # fmt: skip
_PICTURE = '<img src="/media/{}.jpg" width="1200" height="800" alt="">'


class Scribe:
    """Writes random words, in one of several scripts."""

    def __init__(self, rng: random.Random) -> None:
        """Choose a script."""
        self.rng = rng
        self.language, self.letters, self.space, self.stop = rng.choice(
            (*_SCRIPTS, *_SCRIPTS[:1] * 4)
        )

    def latin(self) -> str:
        """Write a word of Latin letters, as addresses have them."""
        return "".join(self.rng.choices("abcdefghilmnoprstu", k=self.rng.randint(2, 9)))

    def words(self, count: int) -> str:
        """Write that many words."""
        lengths = (self.rng.randint(2, 9) for _ in range(count))
        return self.space.join("".join(self.rng.choices(self.letters, k=n)) for n in lengths)

    def sentences(self, count: int) -> str:
        """Write that many sentences."""
        return " ".join(self.words(self.rng.randint(4, 16)) + self.stop for _ in range(count))

    def prose(self, paragraphs: int) -> str:
        """Write that many paragraphs."""
        return "".join(
            f"<p>{self.sentences(self.rng.randint(1, 6))}</p>" for _ in range(paragraphs)
        )

    def links(self, names: str, count: int) -> str:
        """Write a list of that many links within the blog."""
        items = (f'<li><a href="/{self.latin()}/">{self.words(2)}</a></li>' for _ in range(count))
        return f'<ul class="{names}">{"".join(items)}</ul>'


def note(blog: Scribe) -> str:
    """Write a post of a few sentences."""
    return blog.prose(blog.rng.randint(1, 2))


def line(blog: Scribe) -> str:
    """Write a post of a few words."""
    return f"<p>{blog.words(blog.rng.randint(3, 12))}</p>"


def _poem(blog: Scribe) -> str:
    verses = ("<br>".join(blog.words(4) for _ in range(4)) for _ in range(blog.rng.randint(1, 4)))
    return "".join(f"<p>{verse}</p>" for verse in verses)


def _picture(blog: Scribe) -> str:
    picture = _PICTURE.format(blog.latin())
    return f"<figure>{picture}<figcaption>{blog.words(6)}</figcaption></figure>"


def _pictures(blog: Scribe) -> str:
    return "".join(f"<p>{_PICTURE.format(blog.latin())}</p>" for _ in range(6)) + line(blog)


def _table(blog: Scribe) -> str:
    rows = ("".join(f"<td>{blog.words(1)}</td>" for _ in range(4)) for _ in range(8))
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _bullets(blog: Scribe) -> str:
    items = (f"<li>{blog.words(blog.rng.randint(2, 12))}</li>" for _ in range(9))
    return f"{line(blog)}<ul>{''.join(items)}</ul>"


def _nested(blog: Scribe) -> str:
    def items(depth: int) -> str:
        inner = (f"<li>{blog.words(2)}{items(depth - 1)}</li>" for _ in range(3))
        return f"<ul>{''.join(inner)}</ul>" if depth else ""

    return line(blog) + items(blog.rng.randint(2, 3))


def _links(blog: Scribe) -> str:
    """Write what the author read, or a menu: nothing but links, out of the blog and within it."""
    items = (
        f'<li><a href="https://other{n}.example/{blog.latin()}">{blog.words(4)}</a></li>'
        for n in range(blog.rng.randint(3, 12))
    )
    return f"<ul>{''.join(items)}</ul>" + blog.links("", blog.rng.randint(0, 4))


def _terms(blog: Scribe) -> str:
    pairs = (f"<dt>{blog.words(2)}</dt><dd>{blog.sentences(1)}</dd>" for _ in range(6))
    return f"<dl>{''.join(pairs)}</dl>"


def _code(blog: Scribe) -> str:
    lines = "\n".join(f"{blog.latin()} = {blog.latin()}({n})" for n in range(12))
    return f"{blog.prose(1)}<pre><code>{lines}</code></pre>{blog.prose(1)}"


def _link(blog: Scribe) -> str:
    return f'<p><a href="https://other.example/{blog.latin()}">{blog.words(5)}</a></p>{line(blog)}'


def _quotation(blog: Scribe) -> str:
    return f"<blockquote>{blog.prose(2)}</blockquote><p>{blog.words(2)}</p>"


def _film(blog: Scribe) -> str:
    return f'<iframe src="https://video.example/{blog.latin()}"></iframe>{line(blog)}'


def _short(blog: Scribe) -> str:
    return blog.prose(blog.rng.randint(3, 6))


def long_read(blog: Scribe) -> str:
    """Write a long text with headings."""
    parts = range(blog.rng.randint(2, 6))
    return "".join(f"<h2>{blog.words(3)}</h2>{blog.prose(5)}" for _ in parts)


def _recipe(blog: Scribe) -> str:
    steps = "".join(f"<li>{blog.sentences(2)}</li>" for _ in range(6))
    return f"{_picture(blog)}{_bullets(blog)}<ol>{steps}</ol>"


POSTS: tuple[Callable[[Scribe], str], ...] = (
    note, note, line, _poem, _picture, _pictures, _table, _bullets, _code, _link, _quotation,
    _film, _short, _short, long_read, long_read, _recipe, _nested, _nested, _links, _link, _table,
    _poem, _terms,
)  # fmt: skip
"""What writes the body of one post each; a kind that is frequent stands here twice."""
