"""How a request ends that brings no page: it points elsewhere, or it fails."""

from __future__ import annotations

import re

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import HtmlResponse, Response
from scrapy.utils.response import get_meta_refresh

from archive.records import Stage
from scraper.addresses import resolve
from scraper.collection_keeper import ArchivingRefused, WriteFailed
from scraper.network_guard import PrivateAddressRefused
from scraper.politeness import RobotsForbidden

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFRESH = re.compile(rb"""http-equiv\s*=\s*["']?\s*refresh""", re.I)
_REFRESH_MAX_DELAY_S = 5  # a page that sends on later than this is one to read


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
    match error:
        case RobotsForbidden():
            return stage, "robots.txt"
        case PrivateAddressRefused():
            return stage, "private address"
        case ArchivingRefused():
            return "capture", "noarchive"
        case WriteFailed():
            return "store", "cannot write"
        case DownloadTimeoutError():
            return stage, "timeout"
        case DownloadCancelledError():
            return stage, "too large"
        case CannotResolveHostError():
            return stage, "DNS"
        case IgnoreRequest() if "DOWNLOAD_MAXSIZE" in str(error):  # by HttpCompressionMiddleware
            return stage, "too large"
        case IgnoreRequest():
            return stage, "ignored"
        case _:
            return stage, type(error).__name__
