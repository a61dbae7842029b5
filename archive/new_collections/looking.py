"""Has `scrapy look` look at a blog, in a process of its own: all else here works offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable

from archive.errors import CollectionError
from archive.new_collections.look import BlogLook
from archive.record_json import from_json

_TIME_LIMIT_S = (
    300.0  # the look ends by itself after three minutes, and a transfer may be under way
)
_MAX_REASON_LENGTH = 300
_BY_SETTING, _BY_OPTION = "-s ALLOW_PRIVATE_NETWORKS=True", "--allow-private-networks"


def look_at(url: str, settings: Iterable[str] = ()) -> BlogLook:
    """Look at a blog.

    Args:
        url: its address.
        settings: of Scrapy, each as ``NAME=VALUE``.

    Raises:
        CollectionError: it cannot be reached, must not be asked, or is no blog.
    """
    # -P: a directory that happens to hold a "scraper" is not to be imported from
    command = [sys.executable, "-P", "-m", "scrapy", "look", url, "--json"]
    for setting in settings:
        command += ["-s", setting]
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter and module
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIME_LIMIT_S,
            env=os.environ | {"SCRAPY_SETTINGS_MODULE": "scraper.settings"},
        )
    except subprocess.TimeoutExpired:
        raise CollectionError(f"{url}: no look at it within {_TIME_LIMIT_S:.0f} s") from None
    try:
        look = from_json(BlogLook, json.loads(ended.stdout))
    except ValueError:
        lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1] if lines else f"scrapy ended with status {ended.returncode}"
        raise CollectionError(f"{url}: {reason[:_MAX_REASON_LENGTH]}") from None
    if look.error:
        reason = look.error.replace(_BY_SETTING, _BY_OPTION).removeprefix(f"{url}: ")
        raise CollectionError(f"{url} cannot be looked at: {reason[:_MAX_REASON_LENGTH]}")
    if not look.is_blog:
        raise CollectionError(
            f"{url}: no blog found there: no feed, no list of posts, no link to a page;"
            " --no-look takes it unseen"
        )
    return look
