"""Learns the profile of a site from what the catalogue holds of its pages, and keeps it there."""

from __future__ import annotations

from archive.catalogue import Catalogue
from archive.catalogue.sites import iter_sketches, iter_titles
from archive.extraction.site.site_learning import MAX_PAGES, LearnedPage, learn
from archive.extraction.site.site_profile import SiteProfile
from archive.extraction.site.sketches import unpack_sketches

_MAX_OTHERS = MAX_PAGES // 4  # pages that are no posts, to be compared with those that are


def learn_site(catalogue: Catalogue, site: str) -> SiteProfile | None:
    """Learn the profile of a site; None where it has none.

    Of more than `MAX_PAGES` posts those with the lowest hash of their address are taken: a sample
    that depends on no order, and that a new post hardly changes.
    """
    posts = list(iter_sketches(catalogue, site, is_post=True, limit=MAX_PAGES))
    others = list(iter_sketches(catalogue, site, is_post=False, limit=_MAX_OTHERS))
    pages = [
        LearnedPage(row.address, sketch)
        for row in (*posts, *others)
        for sketch in unpack_sketches(row.sketch)[:1]
    ]
    profile = learn(pages, frozenset(iter_titles(catalogue, site)))
    if profile is not None:
        latest = max(
            (catalogue.get_capture(row.record_id) for row in posts),
            key=lambda capture: (capture.date, capture.record_id),
        )
        catalogue.add_site_profile(
            digest=profile.digest, site=site, latest=latest, profile=profile.to_json()
        )
    return profile
