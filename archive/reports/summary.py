"""The report of a crawl in words: the few lines that stand on the terminal when it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from archive.counting import counted

if TYPE_CHECKING:
    from rich.text import Text

_WORTH_SAYING_BYTES = 1_000  # a revisit of a tiny answer takes more room than that answer
_NAMED_LISTS = 3
_REQUISITE_ENDS = {
    "failed": "failed",
    "over_page_limit": "over the limit of a page",
    "over_crawl_limit": "over the limit of the crawl",
    "not_reached": "not reached",
}


def format_size(size_bytes: int) -> str:
    """Write a number of bytes for a reader, in decimal units.

    >>> format_size(512), format_size(4_230_000)
    ('512 B', '4.2 MB')
    """
    if size_bytes < 1_000:
        return f"{size_bytes} B"
    size = float(size_bytes)
    for unit in ("kB", "MB", "GB"):
        size /= 1_000
        if size < 1_000:
            return f"{size:.1f} {unit}"
    return f"{size / 1_000:.1f} TB"


def requisites_line(figures: Mapping[str, int]) -> str:
    """Write what became of page requisites.

    >>> requisites_line({"captured": 312, "revisits": 14, "failed": 3, "over_page_limit": 2})
    '312 captured (14 revisits), 3 failed, 2 over the limit of a page'
    """
    revisits = figures.get("revisits", 0)
    line = f"{figures.get('captured', 0):,} captured"
    line += f" ({revisits:,} revisits)" if revisits else ""
    for name, words in _REQUISITE_ENDS.items():
        if number := figures.get(name, 0):
            line += f", {number:,} {words}"
    return line


def unread_lists_line(lists: Sequence[Mapping[str, str]]) -> str:
    """Write which known lists could not be read, and why.

    >>> unread_lists_line([{"url": "https://example.org/feed", "error": "HTTP 404"}])
    '1 that had named posts could not be read: https://example.org/feed (HTTP 404)'
    """
    named = ", ".join(f"{each['url']} ({each['error']})" for each in lists[:_NAMED_LISTS])
    more = f" and {len(lists) - _NAMED_LISTS:,} more" if len(lists) > _NAMED_LISTS else ""
    return f"{len(lists):,} that had named posts could not be read: {named}{more}"


def summary_lines(report: Mapping[str, Any]) -> list[Text]:
    """Write the report in the few lines that a person reads when a crawl ends."""
    from rich.text import Text  # only a terminal needs it

    lines = [Text(_headline(report), style="bold")]
    for label, text in _summary(report):
        lines.append(Text.assemble((f"  {label:<12}", "cyan"), text))
    return lines


def _summary(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    methods = {method: found for method, (found, _) in report["found_by"].items()}
    per_post = report["requests_per_post"]
    apart = ", requisites apart" if report["requisites"] else ""
    rate = f" ({per_post:g} for each post{apart})" if per_post else ""
    rows = [
        ("found", _with_parts(report["found"], methods, "page")),
        *(_summary_of_known(report) if comes_again(report) else _summary_of_first(report)),
        ("not posts", _with_parts(sum(report["not_posts"].values()), report["not_posts"])),
        ("skipped", _with_parts(sum(report["skipped"].values()), report["skipped"])),
        ("failed", _with_parts(sum(report["failed"].values()), report["failed"])),
    ]
    if report["unread"]:
        rows.append(("not read", f"{report['unread']:,} (captured; `archive rebuild` reads them)"))
    if report["earlier"]:
        words = f"{report['earlier']:,} (done before the crawl was interrupted)"
        rows.append(("earlier", words))
    if report["not_reached"]:
        rows.append(("not reached", f"{report['not_reached']:,} (the crawl was stopped before)"))
    if report["not_due"]:
        rows.append(("not due", f"{counted(report['not_due'], 'known page')}, besides"))
    if report["unread_lists"]:
        rows.append(("lists", unread_lists_line(report["unread_lists"])))
    for source, number in report["declared"].items():
        rows.append(("site says", f"{counted(number, 'post')} ({source})"))
    if report["revisits"]:
        rows.append(("revisits", _revisits(report)))
    if report["requisites"]:
        rows.append(("requisites", requisites_line(report["requisites"])))
    rows += [
        ("requests", f"{report['requests']:,}{rate}, {format_size(report['size_bytes'])} as WARC"),
        ("files", f"{report['directories']['warc']}  {report['directories']['articles']}"),
        ("report", f"{report['directories']['reports']}/{report['crawl']['crawl_id']}.html"),
        ("next", report["next_command"]),
    ]
    return rows


def _summary_of_first(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [("archived", _with_parts(report["archived"], {}, "post"))]


def _summary_of_known(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    rare = [
        ("commented", report["commented"], "post", ", with new comments only"),
        ("still gone", report["still_gone"], "page", ""),
        ("back again", report["back"], "page", ", of those above"),
    ]
    commented, *after_gone = (
        [(label, counted(number, noun) + words)] if number else []
        for label, number, noun, words in rare
    )
    return [
        ("new", _with_parts(report["new"], {}, "post")),
        ("changed", _with_parts(report["changed"], {}, "post")),
        *commented,
        ("unchanged", _with_parts(report["unchanged"], {}, "page")),
        ("gone", _with_parts(sum(report["gone"].values()), report["gone"])),
        *chain.from_iterable(after_gone),
    ]


def _headline(report: Mapping[str, Any]) -> str:
    crawl = report["crawl"]
    duration = report["duration_s"]
    time = "" if duration is None else f" in {duration:,.0f} s"
    ending = "" if crawl["reason"] in (None, "finished") else f", stopped: {crawl['reason']}"
    posts = f"{counted(report['archived'], 'post')} archived"
    if comes_again(report):
        gone = sum(report["gone"].values())
        new = counted(report["new"], "new post")
        posts = f"{new}, {report['changed']:,} changed, {gone:,} gone"
    return f"{posts} from {', '.join(crawl['seeds'])}{time}{ending}"


def comes_again(report: Mapping[str, Any]) -> bool:
    """Tell whether a crawl met pages that were known before it."""
    return any(
        report[name]
        for name in ("changed", "commented", "unchanged", "gone", "still_gone", "back", "not_due")
    )


def _revisits(report: Mapping[str, Any]) -> str:
    saved = report["saved_bytes"]
    saving = f", which saves {format_size(saved)}" if saved >= _WORTH_SAYING_BYTES else ""
    unsent = report["not_modified"]
    known = f" ({unsent:,} not sent again: not modified)" if unsent else ""
    answers = counted(report["revisits"], "answer")
    return f"{answers} whose payload was archived already{known}{saving}"


def _with_parts(total: int, parts: Mapping[str, int], unit: str = "") -> str:
    listed = ", ".join(f"{name} {number:,}" for name, number in parts.items())
    return f"{counted(total, unit) if unit else f'{total:,}'}{f': {listed}' if listed else ''}"
