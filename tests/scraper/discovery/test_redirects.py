"""What redirects: the page has one entry, and the account of it adds up."""

from __future__ import annotations

import pytest

from scraper.discovery import Answer, Fetch, SitePlan
from tests.scraper.discovery.fake_site import HTML, ORIGIN, html


@pytest.mark.parametrize("home", [f"{ORIGIN}/en/", "https://new.example/"])
def test_what_redirects_and_where_it_leads_are_one_page(home: str) -> None:
    plan = SitePlan(f"{ORIGIN}/")
    (seed,) = plan.start()
    assert plan.redirected(seed, home) == home
    links = "".join(f'<a href="{home}{path}">x</a>' for path in ("", "old/", "new/"))
    body = html(links).encode()
    answer = Answer(url=home, status=200, headers={"content-type": HTML}, body=body)
    plan.answered(seed, answer)
    assert set(plan.discoveries) == {f"{ORIGIN}/", f"{home}old/", f"{home}new/"}

    moved = Fetch(discovery=plan.discoveries[f"{home}old/"], purpose="candidate")
    assert plan.redirected(moved, f"{home}new/") == f"{home}new/"
    assert set(plan.discoveries) == {f"{ORIGIN}/", f"{home}old/"}
    assert plan.discovery(f"{home}new/").url == f"{home}old/"
