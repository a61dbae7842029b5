"""Learns from the sketches of a site's posts what they have in common.

Repeats are evidence, weighed with place, length and links. What a post says by itself is told
first: blocks whose words stand on no other page, and that are no date, name, tag or link to another
page. What nearly all posts have around that is the site's; what stands between is the post's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from archive.extraction.site.form_pages import MAX_WEIGHT, FormPage
from archive.extraction.site.judgement import Judgement, PostForm
from archive.extraction.site.places import PlaceNames, is_single
from archive.extraction.site.post_forms import learn_form
from archive.extraction.site.site_profile import SiteProfile, digest_of_profile
from archive.extraction.site.sketches import Sketch, Trait, hash_tag
from archive.records import PageType

MAX_PAGES = 1_000
"""Pages that are learned from: what nearly all posts have, so many show as well as all."""

LEAST_PAGES = 5
"""A site with fewer posts of one form has no profile: two or three are alike by chance."""

_NEARLY_ALL = 0.9
_LEAST_SHARE = 0.15  # of the posts of a site must have a form, where there are several
_PURE = 0.95
_HOLDS_TEXT = 0.9  # of a page's text stands in what holds its text
_PARAGRAPHS = frozenset(
    map(hash_tag, ("p", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "td"))
)


@dataclass(frozen=True, slots=True)
class LearnedPage:
    """A page of a site, to be learned from."""

    address: int  # hash of its address: several captures of one page are no repeats
    sketch: Sketch


def learn(pages: Iterable[LearnedPage], titles: Set[int]) -> SiteProfile | None:
    """Learn the profile of a site; the order of the pages does not matter.

    Args:
        pages: posts, and pages that were taken for something else; more than `MAX_PAGES` cost
            memory and bring nothing.
        titles: hashes of the titles of the site's posts.

    Returns:
        The profile; None where the pages are too few, or where all are read as well without.
    """
    ordered = sorted(pages, key=lambda page: (page.address, repr(page.sketch)))
    names = PlaceNames([page.sketch.steps for page in ordered])
    every = [FormPage(page.address, page.sketch, names.names[n]) for n, page in enumerate(ordered)]
    posts = [page for page in every if page.sketch.kind is PageType.ARTICLE]
    shared = _count_texts(posts)
    learned: list[PostForm] = []
    for place in _find_text_places(posts, names, shared):
        same = [page for page in every if is_single(place, page.sketch, page.names)]
        ours = [page for page in same if page.sketch.kind is PageType.ARTICLE]
        if len(ours) < LEAST_PAGES:
            continue
        form = _prune(learn_form(place, ours, names.parents, shared, titles), same)
        if form is not None:
            learned.append(form)
    return _make_profile(learned, names) if learned else None


def _count_texts(posts: Sequence[FormPage]) -> Counter[int]:
    """Count the pages on which each text stands."""
    held: set[tuple[int, int]] = set()
    for page in posts:
        held.update((page.address, block.text) for block in page.sketch.blocks)
    return Counter(text for _, text in held)


def _find_text_places(
    posts: Sequence[FormPage], names: PlaceNames, shared: Counter[int]
) -> list[int]:
    """Find the places that hold the text of the posts, that of most posts first."""
    holders = [_find_holders(page, shared) for page in posts]
    inner: dict[int, list[int]] = {}
    for place, parent in names.parents.items():
        if names.tags[place] not in _PARAGRAPHS:
            inner.setdefault(parent, []).append(place)
    least = max(LEAST_PAGES, _LEAST_SHARE * len(posts))
    found: list[tuple[int, int]] = []
    waiting = [(0, [page for page in holders if page.places])]
    while waiting:
        place, voters = waiting.pop()
        votes = {p: [v for v in voters if p in v.places] for p in sorted(inner.get(place, ()))}
        most = max(votes.values(), key=len, default=[])
        strong = {p: held for p, held in votes.items() if len(held) >= least}
        if len(most) >= _NEARLY_ALL * len(voters) and len(most) >= least:
            waiting += [(p, held) for p, held in votes.items() if held is most]
        elif len(strong) > 1 and sum(map(len, strong.values())) >= _NEARLY_ALL * len(voters):
            waiting += strong.items()
        elif heavy := _find_heavy(inner.get(place, ()), voters, least):
            waiting.append(heavy)
        elif place and len(voters) >= least:
            found.append((-len(voters), place))
    return [place for _, place in sorted(found)]


@dataclass(frozen=True, slots=True)
class _Voter:
    """A page, as it says where the posts have their text."""

    places: frozenset[int]  # those that hold nearly all that only this page says
    weight: int  # the more that is, the better it tells
    held: Mapping[int, int]  # place -> how much of the weight


def _find_heavy(
    places: Iterable[int], voters: Sequence[_Voter], least: float
) -> tuple[int, list[_Voter]] | None:
    """Find the place that holds nearly all that the pages together say by themselves.

    On some of them something else may say a lot, as readers do in comments.
    """
    whole = sum(voter.weight for voter in voters)
    for place in places:
        holding = [voter for voter in voters if place in voter.held]
        held = sum(voter.held[place] for voter in holding)
        if len(holding) >= least and held >= _NEARLY_ALL * whole:
            return place, holding
    return None


def _find_holders(page: FormPage, shared: Counter[int]) -> _Voter:
    """Find the places of a page that hold nearly all that only this page says."""
    own = [
        block
        for block in page.sketch.blocks
        if shared[block.text] == 1 and not block.traits & Trait.COMMENT and not block.is_furniture()
    ]
    kept = [block for block in own if block.traits & Trait.KEPT]
    weights = [0] * len(page.sketch.steps)
    for block in kept or own:
        weights[block.step] += block.length
    for number in range(len(weights) - 1, -1, -1):
        if (parent := page.sketch.steps[number].parent) >= 0:
            weights[parent] += weights[number]
    whole = sum(block.length for block in kept or own)
    held = {
        page.names[n]: weight
        for n, weight in enumerate(weights)
        if weight and page.sketch.steps[n].count == 1
    }
    places = frozenset(p for p, weight in held.items() if weight >= _HOLDS_TEXT * whole)
    weight = min(MAX_WEIGHT, whole)
    return _Voter(places, weight, {p: part * weight // whole for p, part in held.items()})


def _prune(form: PostForm, pages: Sequence[FormPage]) -> PostForm | None:
    """Leave of a form only what changes something on one of the pages."""
    form = replace(form, is_pure=_is_pure(form, pages))
    fired: set[tuple[str, object]] = set()
    weighed: set[tuple[int, int]] = set()
    for page in pages:
        judgement = Judgement(form, page.sketch, page.names)
        judgement.rule()
        fired |= judgement.fired
        weighed |= judgement.weighed
    if not fired:
        return None
    restores = ("restores", None) in fired

    def keep(name: str) -> Iterator[object]:
        return (value for each, value in sorted(fired, key=repr) if each == name)

    closings = {value for value in keep("closings") if isinstance(value, tuple)}
    return replace(
        form,
        sides=form.sides if restores else _integers(keep("sides")),
        lost=_integers(keep("lost")),
        spared=form.spared if restores else _integers(keep("spared")),
        restores=restores,
        is_pure=restores and form.is_pure,
        boxes=form.boxes if restores else _integers(keep("boxes")),
        words=form.words if restores else _integers(keep("words")),
        closings=frozenset(closings | weighed if restores else closings),
        tails=_integers(keep("tails")),
        title=form.title if any(keep("title")) else 0,
        authors=form.authors if any(keep("authors")) else 0,
        published=form.published if any(keep("published")) else 0,
        dated=form.dated if any(keep("dated")) else 0,
        undated=form.undated if any(keep("undated")) else 0,
    )


def _is_pure(form: PostForm, pages: Iterable[FormPage]) -> bool:
    """Tell whether the pages together keep nearly all that stands where they have their text.

    Long posts tell it better than short ones, up to a measure.
    """
    whole = kept = 0
    for page in pages:
        if page.sketch.kind is PageType.ARTICLE:
            there, ours = Judgement(form, page.sketch, page.names).weigh()
            weight = min(MAX_WEIGHT, there)
            whole += weight
            kept += weight * ours // max(there, 1)
    return kept >= _PURE * whole


def _integers(values: Iterable[object]) -> frozenset[int]:
    return frozenset(value for value in values if isinstance(value, int))


def _make_profile(forms: Sequence[PostForm], names: PlaceNames) -> SiteProfile:
    places = {place for form in forms for place in _places_of(form)}
    draft = SiteProfile(digest="", vocabulary=names.vocabulary_of(places), forms=tuple(forms))
    return replace(draft, digest=digest_of_profile(draft.to_json()))


def _places_of(form: PostForm) -> Iterator[int]:
    yield form.text
    for places in (form.sides, form.lost, form.spared, form.boxes, form.tails):
        yield from places
    yield from (place for place, _ in form.closings)
    single = (form.title, form.authors, form.published, form.dated, form.undated)
    yield from (place for place in single if place)
