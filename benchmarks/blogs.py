"""Crawl whole blogs whose truth is known, and print how much of them was found and how well.

    benchmarks/blogs.py --score SCORER.py hugo=http://127.0.0.1:8000/ ...

`score.py` is the scorer that comes with the blogs: called as ``score.py --json SITE RECORDS`` it
compares records with the truth of that site. Printed, as a Markdown table: posts found, records
that are no post, duplicates, requests for each post, text F1 (mean and lowest), boilerplate strings
leaked, the shares of exact titles, authors and dates, posts whose comments were all found; beside
it the F1 and the leaks of trafilatura with its defaults over the very same captures.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

from archive.articles.store import ArticleStore
from archive.collection import Collection
from archive.http_message import decoded_body
from archive.records import Article
from archive.warc.reader import read_block

POLITENESS_OFF = {
    "ALLOW_PRIVATE_NETWORKS": "True",
    "AUTOTHROTTLE_ENABLED": "False",
    "DOWNLOAD_DELAY": "0",
}
_COLUMNS = (
    "site", "posts", "extra", "dup", "req/post", "F1", "min F1", "leaks", "title", "author",
    "date", "comments", "F1 trafilatura", "leaks trafilatura",
)  # fmt: skip


def crawl(url: str, collection: Path, settings: dict[str, str]) -> dict[str, Any]:
    """Crawl one blog as its user would; returns the crawl's report."""
    command = [str(Path(sys.executable).with_name("scrapy")), "crawl", "blog"]
    command += ["-a", f"url={url}", "-a", f"collection={collection}"]
    command += ["-L", "ERROR"]
    for name, value in settings.items():
        command += ["-s", f"{name}={value}"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    report: dict[str, Any] = json.loads(next((collection / "reports").glob("*.json")).read_text())
    return report


def records_of(collection: Collection) -> Iterator[dict[str, Any]]:
    """Write the articles of a collection in the form that the scorer reads."""
    for article in ArticleStore(collection.articles_dir).iter_articles():
        published = article.published
        yield {
            "url": article.url,
            "canonical_url": article.canonical_url,
            "title": article.title,
            "author": list(article.authors),
            "date": published.isoformat() if published else None,
            "text": article.main_text,
            "n_comments": len(article.comments),
        }


def plain_records_of(collection: Collection) -> Iterator[dict[str, Any]]:
    """Extract the first page of each article with trafilatura's defaults."""
    articles = ArticleStore(collection.articles_dir).iter_articles()
    with ProcessPoolExecutor() as pool:
        yield from pool.map(_plain_record, ((collection.warc_dir, row) for row in articles))


def _plain_record(job: tuple[Path, Article]) -> dict[str, Any]:
    import trafilatura

    warc_dir, article = job
    block = read_block(warc_dir / article.warc_file, article.warc_offset)
    html = decoded_body(block, max_size_bytes=1 << 26)
    text = trafilatura.extract(html, url=article.url, include_comments=False)
    return {"url": article.url, "canonical_url": article.canonical_url, "text": text or ""}


def score(scorer: Path, site: str, records: Iterator[dict[str, Any]], path: Path) -> dict[str, Any]:
    """Have the scorer compare records with the truth of a site."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    command = [sys.executable, str(scorer), "--json", site, str(path)]
    result: dict[str, Any] = json.loads(subprocess.check_output(command))
    return result


def row(site: str, report: dict[str, Any], ours: dict[str, Any], plain: dict[str, Any]) -> str:
    """Write one line of the table."""
    cells = (
        site, f"{ours['found']}/{ours['total']}", ours["extra"], ours["dup"],
        report["requests_per_post"], f"{ours['f1']:.3f}", f"{ours['f1_min']:.2f}", ours["leaks"],
        *(_share(ours[name]) for name in ("title", "author", "date")),
        f"{ours['comments_ok']}/{ours['posts_with_comments']}",
        f"{plain['f1']:.3f}", plain["leaks"],
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def main() -> None:
    """Crawl and score the sites of the command line, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sites", nargs="+", metavar="NAME=URL")
    parser.add_argument("--score", type=Path, required=True, help="the scorer of the sites")
    parser.add_argument("--keep", type=Path, help="keep collections and records in this directory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = options.keep or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        print(f"| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}")
        for site, _, url in (word.partition("=") for word in options.sites):
            report = crawl(url, place / site, POLITENESS_OFF)
            collection = Collection.open(place / site)
            ours = score(options.score, site, records_of(collection), place / f"{site}.jsonl")
            plain = score(
                options.score, site, plain_records_of(collection), place / f"{site}.plain.jsonl"
            )
            print(row(site, report, ours, plain), flush=True)
            for label in ("missing", "extra_urls", "leak_strings", "worst"):
                print(f"{site} {label}: {ours[label]}", file=sys.stderr)


if __name__ == "__main__":
    main()
