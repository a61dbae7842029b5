"""Finds the posts of a blog: from a seed and the answers to the plan's requests to Discoveries.

Pure code: nothing here opens a connection. The spider asks what `SitePlan` wants asked and hands
the answers back.
"""

from scraper.discovery.fetches import Fetch
from scraper.discovery.plan import SitePlan
from scraper.discovery.reading import Answer

__all__ = ["Answer", "Fetch", "SitePlan"]
