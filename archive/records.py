"""The data types that pass between the parts: frozen values, no input or output.

Every field is defined in `docs/reference/records.md`. Dates are aware UTC datetimes; digests are
strings of the form ``sha256:<base32>``; sequences are tuples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal


class PageType(StrEnum):
    """What a captured page is. Only `ARTICLE` goes into the article store."""

    ARTICLE = "article"  # one post
    LISTING = "listing"  # home page, tag, category, author, date archive, search results
    PAGE = "page"  # About, Contact, Privacy: stands alone, belongs to no stream of posts
    PROTECTED = "protected"  # asks for a password or a login before it shows the post
    DUPLICATE = "duplicate"  # another address of an article that is already there
    NOT_HTML = "not-html"  # an image, a PDF, a feed
    EMPTY = "empty"  # no text and no picture of its own


Method = Literal[
    "seed", "sitemap", "feed", "link", "listing", "list",
    "wordpress", "blogger", "ghost", "substack", "tumblr", "squarespace", "medium", "requisite",
]  # fmt: skip
Truncation = Literal["length", "time", "disconnect", "unspecified"]
Role = Literal["page", "continuation", "source", "requisite"]
RecordType = Literal["response", "revisit", "resource", "metadata"]
Stage = Literal["discover", "fetch", "capture", "extract", "store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the place where a URL was found says about the page. None or empty: it does not say."""

    kind: Literal["post", "page", "listing"] | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    fingerprint: str | None = None  # digest of all that a list shows of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """A URL, and every way in which it was found."""

    url: str
    methods: tuple[Method, ...]
    via: str | None = None  # URL of the document that named it first; None for a seed
    hops_from_seed: int = 0
    lastmod: datetime | None = None
    hints: Hints = field(default_factory=Hints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """What was negotiated on the connection, as OpenSSL names it."""

    version: str  # "TLSv1.3"
    cipher: str  # "TLS_AES_256_GCM_SHA384"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One HTTP request and its answer, as the bytes that crossed the wire above TLS.

    `response` holds all that was received for this request, interim (1xx) answers included; it is
    empty where the server sent nothing.
    """

    target_uri: str
    date: datetime  # the instant the request was begun
    request: bytes
    response: bytes
    ip_address: str | None = None  # None behind a proxy
    tls: Tls | None = None
    truncated: Truncation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """Where an exchange lies: one line of the CDXJ index."""

    record_id: str  # "urn:uuid:…" without angle brackets
    record_type: RecordType  # the last two only in WARC files of other programs
    target_uri: str
    urlkey: str
    date: datetime
    status: int | None  # None: no readable status line, or a revisit whose original stands for all
    mime: str | None
    payload_digest: str
    filename: str  # of the WARC file, without directory and without ".open"
    offset: int  # of the record's gzip member, in bytes
    length: int  # of the record's gzip member, in bytes
    refers_to: str | None = None  # record_id of the original, for a revisit, as these two
    refers_to_target_uri: str | None = None
    refers_to_date: datetime | None = None
    truncated: Truncation | None = None  # why the answer is not whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a capture came about: the warc-fields of its `metadata` record."""

    role: Role
    discovery: Discovery


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One reader's comment."""

    author: str | None
    published: datetime | None
    text: str
    parent: int | None = None  # index, in the article's comments, of the one it answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the value of a field was found on the page, and how sure it is."""

    field: str  # of an `Extraction`: "title", "published", "main_text", …
    name: str  # "json-ld", "open-graph", "meta", "markup", "url", "feed", "site-profile", …
    confidence: float  # 0 to 1
    inferred: bool = False  # the page does not say so itself: told by its URL or a neighbour


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What a page says."""

    page_type: PageType
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None  # BCP 47
    site_name: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    image: str | None = None
    license: str | None = None
    main_text: str = ""  # paragraphs parted by a blank line; no title, no comments
    comments: tuple[Comment, ...] = ()
    canonical_url: str | None = None
    rights: tuple[str, ...] = ()  # robots and TDM directives that the page sent, as sent
    confidence: float = 0.0  # of page_type, 0 to 1
    sources: tuple[Source, ...] = ()  # one for each field that was found
    site_profile: str | None = None  # digest of the site profile that had a say in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One row of the article store: an `Extraction` with its origin."""

    url: str
    title: str | None
    authors: tuple[str, ...]
    published: datetime | None
    modified: datetime | None
    language: str | None
    site_name: str | None
    tags: tuple[str, ...]
    description: str | None
    image: str | None
    license: str | None
    main_text: str
    comments: tuple[Comment, ...]
    canonical_url: str | None
    page_type: PageType
    confidence: float
    rights: tuple[str, ...]
    sources: tuple[Source, ...]
    site_profile: str | None
    capture_id: str  # record_id of the WARC record
    captured: datetime
    warc_file: str
    warc_offset: int
    payload_digest: str
    text_digest: str
    continuation_ids: tuple[str, ...]  # record_ids of the further pages of a split post
    extractor: str
    discovered_via: tuple[Method, ...]
    crawl_id: str
    version: int  # of the article: 1, 2, …; another title or text makes another
    former: str | None  # capture_id of the row before it, of the same article; None: the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What did not work, where, and why."""

    url: str
    stage: Stage
    error: str  # short name: "HTTP 404", "TimeoutError", "robots.txt"
    message: str
    date: datetime
    crawl_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedList:
    """A document that was asked for because it may name pages, and what it gave."""

    url: str
    taken_for: str  # "robots.txt", or the method that reads it: "sitemap", "feed", "wordpress", …
    announced: bool  # the site itself names its address; else it was guessed
    named: int = 0  # URLs
    dated: int = 0  # of these, those that it gives a date that can be read
    kind: Literal["post", "page", "listing", "comments"] | None = None  # what it is known to hold
    depth: int = 0  # how many indexes lie above it
    error: str | None = None  # short name: "not a sitemap", "too large", "HTTP 404"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """One run of a spider over one collection."""

    crawl_id: str
    spider: str
    seeds: tuple[str, ...]
    started: datetime
    finished: datetime | None = None
    reason: str | None = None  # Scrapy's finish reason: "finished", "shutdown", …
    versions: tuple[str, ...] = ()  # "scrapy 2.19.0", …
    settings_digest: str = ""
    stats: tuple[tuple[str, int], ...] = ()
