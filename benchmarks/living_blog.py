"""A blog that lives for a year: what it publishes, edits, deletes and is told, and when.

Everything follows from a seed, so that each policy of crawling meets the same year.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)
POST_COUNT = 300
_NEW_SHARE = 0.27  # of the posts: those that appear in this year
_HOLIDAY = (datetime(2025, 7, 28, tzinfo=UTC), datetime(2025, 8, 20, tzinfo=UTC))
_POSTING_DAYS = frozenset({1, 4})  # Tuesday and Friday, more or less
_EDITED_SHARE = 0.5  # of the new posts, soon after publication
_LATE_EDITS = 25
_DELETIONS = 10
_RETURNS = 4  # of these, after some weeks
_COMMENTS_EACH = 2.5  # of a new post, on average
_LATE_COMMENTS = 40
_TEMPLATE_CHANGE = datetime(2025, 9, 16, 10, tzinfo=UTC)

_WHO = ("the ferryman", "my neighbour", "an old keeper", "the baker's son", "our teacher")
_DID = ("mended", "carried", "found", "counted", "painted", "forgot", "sold", "borrowed", "drew")
_WHAT = (
    "the blue boat", "seven lanterns", "a map of the bay", "the rope", "two letters", "the kettle",
    "a broken oar", "the last tickets", "a basket of apples", "the tide table",
)  # fmt: skip
_WHEN = (
    "before the storm", "on the first morning", "while it rained", "after supper", "at low tide",
    "in silence", "without a word", "twice that week", "as the bells rang", "near the old pier",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment of a reader."""

    date: datetime
    author: str
    text: str


@dataclass(slots=True)
class Post:
    """A post, with all that will ever happen to it."""

    number: int
    title: str
    published: datetime
    paragraphs: tuple[str, ...]
    edits: list[datetime] = field(default_factory=list)  # each adds a sentence
    remarks: list[Remark] = field(default_factory=list)
    absences: list[tuple[datetime, datetime]] = field(default_factory=list)  # from, until

    @property
    def path(self) -> str:
        """Its address."""
        slug = "-".join(self.title.lower().replace("'", "").split()[-3:])
        return f"/{self.published:%Y/%m}/{slug}-{self.number}/"

    def version(self, now: datetime) -> int:
        """Count its edits."""
        return sum(edited <= now for edited in self.edits)

    def is_there(self, now: datetime) -> bool:
        """Tell whether it is published, and not taken away."""
        is_absent = any(since <= now < until for since, until in self.absences)
        return self.published <= now and not is_absent

    def text(self, now: datetime) -> list[str]:
        """Give its paragraphs as they are."""
        edits = [f"Correction {number + 1}: {_sentence(random.Random(f'{self.number}/{number}'))}"
                 for number in range(self.version(now))]  # fmt: skip
        return [*self.paragraphs, *edits]

    def heard(self, now: datetime) -> list[Remark]:
        """Give the comments that it has."""
        return [remark for remark in self.remarks if remark.date <= now]

    def modified(self, now: datetime) -> datetime:
        """Give when its text was last changed."""
        return max([self.published, *(edited for edited in self.edits if edited <= now)])


class LivingBlog:
    """The posts of a blog and what happens to them in a year.

    Args:
        seed: of all that is random.
    """

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self.posts = list(self._write_posts())
        self._edit()
        self._comment()
        self._delete()
        self.template_change = _TEMPLATE_CHANGE

    def live(self, now: datetime) -> list[Post]:
        """Give the posts that are there, the latest first."""
        return [post for post in reversed(self.posts) if post.is_there(now)]

    @property
    def new_posts(self) -> list[Post]:
        """The posts that appear in this year."""
        return [post for post in self.posts if post.published >= START]

    def _write_posts(self) -> Iterator[Post]:
        new = round(POST_COUNT * _NEW_SHARE)
        old_dates = (START - timedelta(days=self._rng.uniform(1, 2500)) for _ in range(POST_COUNT))
        dates = sorted(old_dates)[new:] + self._posting_dates(new)
        for number, date in enumerate(dates):
            paragraphs = tuple(
                " ".join(_sentence(self._rng) for _ in range(self._rng.randint(2, 5)))
                for _ in range(self._rng.randint(2, 7))
            )
            title = _sentence(self._rng).rstrip(".")
            yield Post(number, title, date.replace(microsecond=0), paragraphs)

    def _posting_dates(self, count: int) -> list[datetime]:
        """Choose days: mostly the usual ones, none in the holiday, each at an hour of its own."""
        days = [START + timedelta(days=day) for day in range(365)]
        free = [day for day in days if not _HOLIDAY[0] <= day < _HOLIDAY[1]]
        usual = [day for day in free if day.weekday() in _POSTING_DAYS]
        chosen = self._rng.sample(usual, round(count * 0.85))
        chosen += self._rng.sample([day for day in free if day not in chosen], count - len(chosen))
        return sorted(day + timedelta(hours=self._rng.uniform(6, 23)) for day in chosen)

    def _edit(self) -> None:
        for post in self.new_posts:
            while self._rng.random() < _EDITED_SHARE:
                hours = self._rng.expovariate(1 / 36)
                post.edits.append(post.published + timedelta(hours=hours))
        for post in self._rng.choices(self.posts, k=_LATE_EDITS):
            post.edits.append(self._some_time(post))
        for post in self.posts:
            post.edits = sorted(edited for edited in post.edits if edited < END)

    def _comment(self) -> None:
        for post in self.new_posts:
            for _ in range(round(self._rng.expovariate(1 / _COMMENTS_EACH))):
                days = self._rng.expovariate(1 / 4)
                self._add_remark(post, post.published + timedelta(days=days))
        for post in self._rng.choices(self.posts, k=_LATE_COMMENTS):
            self._add_remark(post, self._some_time(post))
        for post in self.posts:
            post.remarks.sort(key=lambda remark: remark.date)

    def _add_remark(self, post: Post, date: datetime) -> None:
        author = self._rng.choice(("Ada", "Bram", "Chidi", "Dora", "Emre", "Fei"))
        if date < END:
            post.remarks.append(Remark(date, author, _sentence(self._rng)))

    def _delete(self) -> None:
        for number, post in enumerate(self._rng.sample(self.posts, _DELETIONS)):
            since = self._some_time(post)
            until = since + timedelta(days=self._rng.uniform(20, 60)) if number < _RETURNS else END
            post.absences.append((since, until))

    def _some_time(self, post: Post) -> datetime:
        """Choose an instant of the year after a post was published."""
        first = max(post.published, START) + timedelta(hours=1)
        return first + (END - first) * self._rng.random()


def _sentence(rng: random.Random) -> str:
    who, did, what, when = map(rng.choice, (_WHO, _DID, _WHAT, _WHEN))
    return f"{who.capitalize()} {did} {what} {when}, {rng.randint(2, 99)} years ago."
