"""Who is crawling: the User-Agent, with somebody to write to."""

from __future__ import annotations

import logging
from importlib.metadata import version

from scrapy.settings import BaseSettings

from archive import __version__

logger = logging.getLogger(__name__)

SOFTWARE = f"blog-archiver/{__version__}"
_NAMED_LIBRARIES = ("scrapy", "twisted", "trafilatura", "lxml")


class Identity:
    """A Scrapy add-on that builds USER_AGENT from the setting CONTACT.

    A USER_AGENT that somebody set on the command line is left as it is. While CONTACT is empty,
    each crawl warns once: a site's owner must be able to reach whoever runs the crawler
    (RFC 9110 §10.1.5 asks the same of the From field).
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Set USER_AGENT, or warn that nobody can be reached."""
        contact = str(settings.get("CONTACT") or "").strip()
        if not contact:
            logger.warning(
                "CONTACT is not set: sites cannot reach you. "
                "Say -s CONTACT=mailto:you@example.org (or set it in scraper/settings.py)."
            )
        agent = f"{SOFTWARE} (+{contact})" if contact else SOFTWARE
        settings.set("USER_AGENT", agent, priority="addon")


def name_versions() -> tuple[str, ...]:
    """Name the versions of this program and of the libraries that its results depend on."""
    libraries = (f"{name} {version(name)}" for name in _NAMED_LIBRARIES)
    return (f"blog-archiver {__version__}", *libraries)
