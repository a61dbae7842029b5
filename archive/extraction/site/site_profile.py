"""What the pages of a site have in common, as it bears on the text of each of them.

A profile holds only what changes something on a page that it was learned from, so that it stays the
same while a site grows. It judges a page by its sketch alone: whether it has a say in a page is
known without reading the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from archive.digests import text_digest
from archive.extraction.site.judgement import Judgement, PostForm, Ruling
from archive.extraction.site.places import Vocabulary, is_single, name_steps
from archive.extraction.site.sketches import Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteProfile:
    """What was learned from all pages of a site."""

    digest: str  # "sha256:…" of all that follows
    vocabulary: Vocabulary
    forms: tuple[PostForm, ...]  # those of more posts first

    def judge(self, sketch: Sketch) -> Ruling | None:
        """Say what the site knows better of a page than the page alone; None: nothing."""
        names = name_steps(sketch.steps, self.vocabulary)
        for form in self.forms:
            if is_single(form.text, sketch, names):
                ruling = Judgement(form, sketch, names).rule()
                return ruling or None
        return None

    def concerns(self, sketch: Sketch) -> bool:
        """Tell whether the profile has a say in a page."""
        return self.judge(sketch) is not None

    def to_json(self) -> dict[str, Any]:
        """Write the profile as `read_profile` reads it, without its digest."""
        names = {f"{position:016x}": sorted(tokens) for position, tokens in self.vocabulary.items()}
        return {"names": dict(sorted(names.items())), "forms": [_form(form) for form in self.forms]}


def digest_of_profile(values: Mapping[str, Any]) -> str:
    """Give the digest of a profile as JSON."""
    return text_digest(json.dumps(values, sort_keys=True))


def read_profile(digest: str, values: Mapping[str, Any]) -> SiteProfile:
    """Read a profile from JSON.

    Raises:
        ValueError: it is none.
    """
    try:
        vocabulary = {int(name, 16): frozenset(held) for name, held in values["names"].items()}
        forms = tuple(
            PostForm(**{name: _field(name, value) for name, value in form.items()})
            for form in values["forms"]
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no site profile: {error}") from error
    return SiteProfile(digest=digest, vocabulary=vocabulary, forms=forms)


def _form(form: PostForm) -> dict[str, Any]:
    """A form as JSON, empty fields left out."""
    values = {each.name: getattr(form, each.name) for each in fields(form)}
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in values.items()
        if value
    }


def _field(name: str, value: Any) -> Any:
    if name == "closings":
        return frozenset((int(place), int(words)) for place, words in value)
    if name in {"restores", "is_pure"}:
        return bool(value)
    return frozenset(map(int, value)) if isinstance(value, list) else int(value)
