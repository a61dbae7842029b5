"""How a request ends that brings no page: it points elsewhere, or it fails."""

from __future__ import annotations

import re

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import HtmlResponse, Response
from scrapy.utils.response import get_meta_refresh

from archive.records import Stage
from scraper.addresses import resolve
from scraper.collection_keeper import ArchivingRefused, WriteFailed
from scraper.failed_answers import AnswerCutOffError, NoAnswerError, TlsError, UnreadableHeadError
from scraper.network_guard import PrivateAddressRefused
from scraper.politeness import RobotsForbidden, RobotsUnanswered

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFRESH = re.compile(rb"""http-equiv\s*=\s*["']?\s*refresh""", re.I)
_REFRESH_MAX_DELAY_S = 5  # a page that sends on later than this is one to read

# The first that fits counts: what is told apart stands before what it is a kind of.
_ERRORS: tuple[tuple[type[Exception], Stage | None, str], ...] = (
    (RobotsUnanswered, None, "robots.txt unanswered"),
    (RobotsForbidden, None, "robots.txt"),
    (PrivateAddressRefused, None, "private address"),
    (ArchivingRefused, "capture", "noarchive"),
    (WriteFailed, "store", "cannot write"),
    (DownloadTimeoutError, None, "timeout"),
    (DownloadCancelledError, None, "too large"),
    (CannotResolveHostError, None, "DNS"),
    (DownloadConnectionRefusedError, None, "connection refused"),
    (NoAnswerError, None, "no answer"),
    (AnswerCutOffError, None, "cut off"),
    (UnreadableHeadError, None, "unreadable head"),
    (TlsError, None, "TLS"),
    (IgnoreRequest, None, "ignored"),
)


def redirect_target(response: Response) -> str | None:
    """Find where an answer sends its reader: by Location (RFC 9110 §15.4) or by meta refresh."""
    if response.status in _REDIRECTS:
        location = response.headers.get("Location")
        return resolve(response.url, location.decode("utf-8", "replace")) if location else None
    if (
        response.status == 200
        and isinstance(response, HtmlResponse)
        and _REFRESH.search(response.body)
    ):
        try:
            delay_s, url = get_meta_refresh(response)
        except ValueError:  # of urllib, for addresses such as "http://["
            return None
        if url and delay_s is not None and delay_s <= _REFRESH_MAX_DELAY_S:
            target = resolve(response.url, url)
            return target if target != response.url else None
    return None


def name_refusal(response: Response) -> tuple[str, str]:
    """Give the short name and the message of an answer that brings no page."""
    if response.status not in _REDIRECTS:
        return f"HTTP {response.status}", response.url
    location = response.headers.get("Location")
    target = location.decode("utf-8", "replace") if location else "nowhere"
    return "bad redirect", f"HTTP {response.status} to {target}"


def name_error(error: BaseException, stage: Stage) -> tuple[Stage, str]:
    """Give the stage in which a request failed, and the short name of what went wrong."""
    if isinstance(error, IgnoreRequest) and "DOWNLOAD_MAXSIZE" in str(error):
        return stage, "too large"  # by HttpCompressionMiddleware
    for kind, other_stage, name in _ERRORS:
        if isinstance(error, kind):
            return other_stage or stage, name
    return stage, type(error).__name__
