"""What a crawl costs: CPU against wget with trafilatura, CPU of the main process, memory.

    benchmarks/cost.py against-wget http://127.0.0.1:8000/    # needs wget
    benchmarks/cost.py main-process http://127.0.0.1:8000/
    benchmarks/cost.py capture --pages 1000               # crawls a blog that it serves itself
    benchmarks/cost.py memory --pages 5000                # the same

All figures are user + system CPU seconds of whole processes, children included where it says so,
taken from the operating system after they ended; for `capture`, of the thread that the reactor runs
on, start-up included. Peers run in turns, so that a machine whose speed
drifts is fair to both; what is printed are the medians and their ratio.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

from benchmarks.made_pages import PageMaker

OFF = ("ALLOW_PRIVATE_NETWORKS=True", "AUTOTHROTTLE_ENABLED=False", "DOWNLOAD_DELAY=0")
_BIN = Path(sys.executable).parent
_MAIN_CPU = """
import resource, sys
from scrapy.cmdline import execute
try:
    execute(["scrapy", *sys.argv[1:]])
finally:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print("MAIN", usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""
_REACTOR_CPU = """
import sys, time
from scrapy.cmdline import execute
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

class WithoutCapture(HTTP11DownloadHandler):
    async def download_request(self, request):
        request.meta.update(capture=None, exchange=None)
        return await super().download_request(request)

try:
    execute(["scrapy", *sys.argv[1:]])
finally:
    print("REACTOR", time.thread_time())
"""
_TRAFILATURA = """
import sys, trafilatura
from warcio.archiveiterator import ArchiveIterator
for record in ArchiveIterator(open(sys.argv[1], "rb")):
    if record.rec_type == "response":
        if "html" in (record.http_headers.get_header("Content-Type") or ""):
            url, body = record.rec_headers["WARC-Target-URI"], record.content_stream().read()
            if body:
                trafilatura.bare_extraction(body, with_metadata=True, url=url)
"""


def cpu_seconds(*commands: list[str], cwd: str) -> float:
    """Run commands one after the other; returns the CPU seconds of all their processes."""
    total = 0.0
    for command in commands:
        process = subprocess.Popen(
            command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, _, usage = os.wait4(process.pid, 0)
        total += usage.ru_utime + usage.ru_stime
    return total


def crawl_command(url: str, collection: str, *settings: str) -> list[str]:
    """The arguments of `scrapy` for a crawl with politeness off."""
    command = ["crawl", "blog", "-a", f"url={url}", "-a", f"collection={collection}", "-L", "ERROR"]
    return command + [word for setting in (*OFF, *settings) for word in ("-s", setting)]


def against_wget(url: str, rounds: int) -> None:
    """Compare the whole job: WARC, and the text of every post."""
    ours, peers = [], []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as place:
            crawl = [str(_BIN / "scrapy"), *crawl_command(url, f"{place}/c{number}")]
            ours.append(cpu_seconds(crawl, cwd=str(Path.cwd())))
        with tempfile.TemporaryDirectory() as place:
            wget = ["wget", "--mirror", "--quiet", "--warc-file=site", "--no-verbose", url]
            read = [sys.executable, "-c", _TRAFILATURA, "site.warc.gz"]
            peers.append(cpu_seconds(wget, read, cwd=place))
    _print_ratio("blog-archiver", ours, "wget --mirror --warc-file, then trafilatura", peers)


def main_process(url: str, rounds: int) -> None:
    """Compare the main process's CPU of a crawl with extraction and of one without."""
    with_it, without = [], []
    for _ in range(rounds):
        with_it.append(_main_usage(url)[0])
        without.append(_main_usage(url, "EXTRACTION_ENABLED=False")[0])
    _print_ratio("main process, with extraction", with_it, "without", without)


def capture(pages: int, rounds: int) -> None:
    """Compare the CPU of the reactor's thread with capture and without; both only fetch."""
    uncaptured = 'DOWNLOAD_HANDLERS={"http": "__main__.WithoutCapture"}'
    with_it, without = [], []
    with _blog(pages, PageMaker().themed_page(60_000).decode()) as url:
        for _ in range(rounds):
            with_it.append(_reactor_cpu(url, "EXTRACTION_ENABLED=False"))
            without.append(_reactor_cpu(url, "EXTRACTION_ENABLED=False", uncaptured))
    _print_ratio("reactor, with capture", with_it, "without", without)


def _reactor_cpu(url: str, *settings: str) -> float:
    return float(_child_output(_REACTOR_CPU, url, *settings)[-1].split()[1])


def memory(pages: int) -> None:
    """Print the peak memory of the main process for a tenth of the pages and for all of them."""
    for count in (pages // 10, pages):
        with _blog(count) as url:
            seconds, peak_mb = _main_usage(url)
        print(f"{count:6} pages: peak {peak_mb:.0f} MB, {1000 * seconds / count:.1f} ms CPU a page")


def _main_usage(url: str, *settings: str) -> tuple[float, float]:
    _, seconds, peak_mb = _child_output(_MAIN_CPU, url, *settings)[-1].split()
    return float(seconds), float(peak_mb)


def _child_output(script: str, url: str, *settings: str) -> list[str]:
    """Crawl in a process that runs the script; returns the lines that it prints."""
    with tempfile.TemporaryDirectory() as place:
        arguments = crawl_command(url, f"{place}/c", *settings)
        return subprocess.check_output(
            [sys.executable, "-c", script, *arguments], stderr=subprocess.DEVNULL, text=True
        ).splitlines()


def _print_ratio(ours: str, our_times: list[float], peer: str, peer_times: list[float]) -> None:
    first, second = statistics.median(our_times), statistics.median(peer_times)
    print(f"{ours}: {first:.2f} s ({min(our_times):.2f}-{max(our_times):.2f})")
    print(f"{peer}: {second:.2f} s ({min(peer_times):.2f}-{max(peer_times):.2f})")
    print(f"ratio {first / second:.2f}")


class _blog:  # noqa: N801 - used as a function that makes a context
    """A blog of generated posts with a sitemap, served on loopback."""

    def __init__(self, count: int, page: str | None = None) -> None:
        page = page or "".join(_paragraphs())
        names = "".join(f"<url><loc>/posts/number-{n}/</loc></url>" for n in range(count))

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536  # one segment for head and body: two wait for each other's ACK

            def do_GET(self) -> None:
                known = self.path == "/" or self.path.startswith("/posts/")
                title = f"<h1>Post {self.path}</h1><time datetime='2024-01-02'>2 January</time>"
                body = f"<html><body><article>{title}{page}</article></body></html>"
                if self.path == "/sitemap.xml":
                    host = self.headers["Host"]
                    body = f"<urlset>{names.replace('<loc>', f'<loc>http://{host}')}</urlset>"
                    known = True
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", "text/xml" if "urlset" in body else "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _paragraphs() -> Iterator[str]:
    for number in range(40):
        yield f"<p>Paragraph {number} of a post that says little, at some length, " + "again " * 60
        yield "and ends.</p>"


def main() -> None:
    """Run the measurement that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["against-wget", "main-process", "capture", "memory"])
    parser.add_argument("url", nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=5000)
    options = parser.parse_args()
    if options.what == "memory":
        memory(options.pages)
    elif options.what == "capture":
        capture(options.pages, options.rounds)
    elif not options.url:
        parser.error("name the blog to crawl")
    elif options.what == "against-wget":
        against_wget(options.url, options.rounds)
    else:
        main_process(options.url, options.rounds)


if __name__ == "__main__":
    main()
