"""Articles on a terminal: a list, and one to be read; no page's text can steer the terminal."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from archive.catalogue import ArticleRow
from archive.catalogue.rows import OtherPageRow
from archive.records import Article, Comment

# C0 and C1 controls (escape sequences), line and paragraph separators, bidirectional overrides,
# and what stands for bytes of a file name that are no UTF-8: no terminal takes it
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_MAX_READING_WIDTH = 100  # in columns
_UNBROKEN_WIDTH = 10**9
_LABEL_WIDTH = 11
_MIN_TITLE_WIDTH, _MAX_TITLE_WIDTH = 20, 60
_MAX_REPLY_INDENT = 8


def printable(text: str) -> str:
    """Take out of a text what could steer a terminal; lines and tabs stay.

    >>> printable("red \\x1b[31m alert")
    'red \\ufffd[31m alert'
    """
    return _UNSAFE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Take out of a text what could steer a terminal, tabs and ends of lines included.

    >>> one_line("finished: a\\nfailed: b")
    'finished: a\ufffdfailed: b'
    """
    return re.sub(r"[\t\n]", "\ufffd", printable(text))


def list_lines(articles: Iterator[ArticleRow], pages: Iterator[OtherPageRow]) -> Iterator[str]:
    """Yield the lines of a list: articles, then pages that are none; nothing is held back.

    Columns are date, number of words (or page type), title, address, and where there is anything
    to say, how many versions there are, and since when the page is gone. On a terminal a title is
    cut so that the columns stand; in a pipe it is whole.
    """
    width = _title_width()
    yield _line("date", "words", "title", "address", "", width=width)
    for article in articles:
        date = "" if article.published is None else f"{article.published:%Y-%m-%d}"
        words, title = f"{article.word_count:,}", article.title or ""
        versions = f"{article.version:,} versions" if article.version > 1 else ""
        remarks = ", ".join(filter(None, (versions, _loss(article))))
        yield _line(date, words, title, article.url, remarks, width=width)
    for page in pages:
        date = f"{page.date:%Y-%m-%d}"
        kind = str(page.page_type)
        yield _line(date, kind, "", page.target_uri, _loss(page), width=width)


def _loss(page: ArticleRow | OtherPageRow) -> str:
    return f"gone since {page.gone:%Y-%m-%d}" if page.gone else ""


def print_article(article: Article, row: ArticleRow, *, version_count: int) -> None:
    """Print an article to be read: title, metadata, whether it is still there, text, comments.

    On a terminal lines are broken between words; in a pipe a paragraph stays one line.
    """
    print_parts(_parts(article, [*_metadata_rows(article, version_count), *_presence_rows(row)]))


def print_parts(parts: Iterable[tuple[Text, int]]) -> None:
    """Print texts, each with its indentation in columns, as `print_article` does."""
    console = Console(highlight=False)
    width = min(console.width, _MAX_READING_WIDTH) if console.is_terminal else _UNBROKEN_WIDTH
    for text, indent in parts:
        for line in text.wrap(console, width - indent, tab_size=4) or [text]:
            console.print(Text(" " * indent).append_text(line), soft_wrap=True)


def _title_width() -> int | None:
    if not sys.stdout.isatty():
        return None
    half = shutil.get_terminal_size().columns // 2
    return max(_MIN_TITLE_WIDTH, min(half, _MAX_TITLE_WIDTH))


def _line(*columns: str, width: int | None) -> str:
    date, words, title, url, remarks = columns
    title = printable(" ".join(title.split()))
    if width is None:
        return f"{date}\t{words}\t{title}\t{printable(url)}\t{remarks}".removesuffix("\t")
    if cell_len(title) > width:
        title = set_cell_size(title, width - 1) + "…"
    title = set_cell_size(title, width)
    return f"{date:<10}  {words:>9}  {title}  {printable(url)}  {remarks}".rstrip()


def labelled(label: str, value: str | Text) -> Text:
    """Write a line of metadata."""
    line = printable(" ".join(value.split())) if isinstance(value, str) else value
    return Text.assemble((f"{label:<{_LABEL_WIDTH}}", "cyan"), line)


def comment_head(comment: Comment) -> Text:
    """Write who wrote a comment, and when."""
    head = ", ".join(filter(None, (comment.author or "(no name)", stated_date(comment.published))))
    return Text(printable(" ".join(head.split())), style="cyan")


def _parts(article: Article, rows: Iterable[tuple[str, str]]) -> Iterator[tuple[Text, int]]:
    """Yield the parts of an article, each with its indentation in columns."""
    yield Text(printable(article.title or "(no title)"), style="bold"), 0
    for label, value in rows:
        if value:
            yield labelled(label, value), 0
    yield Text(), 0
    yield Text(printable(article.main_text)), 0
    if article.comments:
        yield Text(), 0
        yield Text(f"{len(article.comments)} comments", style="bold"), 0
    for comment in article.comments:
        indent = 2 * _depth(comment, article.comments)
        yield Text(), 0
        yield comment_head(comment), indent
        yield Text(printable(comment.text)), indent


def _metadata_rows(article: Article, version_count: int) -> Iterator[tuple[str, str]]:
    yield "address", article.url
    yield "authors", ", ".join(article.authors)
    yield "published", stated_date(article.published)
    yield "modified", stated_date(article.modified)
    yield "language", article.language or ""
    yield "site", article.site_name or ""
    yield "tags", ", ".join(article.tags)
    yield "licence", article.license or ""
    yield "rights", ", ".join(article.rights)
    yield "version", f"{article.version:,} of {version_count:,}"
    yield (
        "captured",
        f"{stated_date(article.captured)}, found by {', '.join(article.discovered_via)}",
    )
    yield "bytes", f"{article.warc_file} at offset {article.warc_offset}"


def _presence_rows(row: ArticleRow) -> Iterator[tuple[str, str]]:
    """Say since when the page is gone, or there again."""
    if row.gone:
        yield "gone", f"since {row.gone:%Y-%m-%d} ({row.gone_reason})"
    elif row.back:
        yield "back", f"since {row.back:%Y-%m-%d}"


def _depth(comment: Comment, comments: tuple[Comment, ...]) -> int:
    """Count the comments that this one hangs below; a reply answers an earlier comment."""
    depth = 0
    while comment.parent is not None and depth < _MAX_REPLY_INDENT:
        if not 0 <= comment.parent < len(comments):
            break
        comment = comments[comment.parent]
        depth += 1
    return depth


def stated_date(date: object) -> str:
    """Write a date with its offset from UTC: the day that the page states stays its day."""
    if not isinstance(date, datetime):
        return ""
    offset = date.isoformat()[-6:] if date.utcoffset() else "UTC"
    return f"{date:%Y-%m-%d %H:%M} {offset}"
