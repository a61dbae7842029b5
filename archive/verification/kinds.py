"""The names of what verification finds; `docs/reference/verification.md` says what to do."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    FAULT = "fault"  # something is lost, damaged, or says what is not so
    DIFFERENCE = "difference"  # nothing is lost: done in another way, or could not be checked


class Kind(StrEnum):
    """What is wrong or different; the value is the stable name that reports use."""

    # gzip
    CUT_TAIL = "cut-tail"
    GARBAGE = "garbage"
    GZIP_HEADER = "gzip-header"
    GZIP_DATA = "gzip-data"
    GZIP_TRAILER = "gzip-trailer"
    GZIP_HEADER_DIFFERS = "gzip-header-differs"
    SEVERAL_RECORDS = "several-records"
    TOO_LARGE = "too-large"
    NOT_SEALED = "not-sealed"
    # record
    RECORD_HEADER = "record-header"
    RECORD_TYPE = "record-type"
    CONTENT_LENGTH = "content-length"
    RECORD_END = "record-end"
    TRUNCATED_REASON = "truncated-reason"
    BLOCK_DIGEST = "block-digest"
    PAYLOAD_DIGEST = "payload-digest"
    PAYLOAD_DIGEST_RULE = "payload-digest-rule"
    BLOCK_DIGEST_RULE = "block-digest-rule"
    DIGEST_MISSING = "digest-missing"
    DIGEST_UNKNOWN = "digest-unknown"
    URI_IN_BRACKETS = "uri-in-brackets"
    BODY_SHORT = "body-short"
    # between records
    RECORD_ID_TWICE = "record-id-twice"
    REQUEST_MISSING = "request-missing"
    METADATA_MISSING = "metadata-missing"
    CONCURRENT_MISSING = "concurrent-missing"
    EXCHANGE_TORN = "exchange-torn"
    CONCURRENT_DIFFERS = "concurrent-differs"
    WARCINFO_MISSING = "warcinfo-missing"
    REVISIT_ORIGINAL_MISSING = "revisit-original-missing"
    REVISIT_ORIGINAL_OTHER = "revisit-original-other"
    REVISIT_URI = "revisit-uri"
    REVISIT_DATE = "revisit-date"
    REVISIT_DIGEST = "revisit-digest"
    CRAWL_LOG_MISSING = "crawl-log-missing"
    ORIGIN_UNREADABLE = "origin-unreadable"
    # index
    WARC_FILE_MISSING = "warc-file-missing"
    INDEX_MISSING = "index-missing"
    INDEX_LINE_UNREADABLE = "index-line-unreadable"
    INDEX_NOT_SORTED = "index-not-sorted"
    INDEX_LINE_MISSING = "index-line-missing"
    INDEX_LINE_EXTRA = "index-line-extra"
    INDEX_OFFSET = "index-offset"
    INDEX_VALUE = "index-value"
    INDEX_BLOCK = "index-block"
    # catalogue
    CATALOGUE_UNREADABLE = "catalogue-unreadable"
    CATALOGUE_CAPTURE_MISSING = "catalogue-capture-missing"
    CATALOGUE_CAPTURE_EXTRA = "catalogue-capture-extra"
    CATALOGUE_CAPTURE_VALUE = "catalogue-capture-value"
    CATALOGUE_ARTICLE_MISSING = "catalogue-article-missing"
    CATALOGUE_ARTICLE_VALUE = "catalogue-article-value"
    CATALOGUE_CRAWL_MISSING = "catalogue-crawl-missing"
    CATALOGUE_CRAWL_VALUE = "catalogue-crawl-value"
    CATALOGUE_LOG_MISSING = "catalogue-log-missing"
    CATALOGUE_SEARCH = "catalogue-search"
    PAGE_UNREAD = "page-unread"
    # articles
    ARTICLE_FILE_UNREADABLE = "article-file-unreadable"
    ARTICLE_MISSING = "article-missing"
    ARTICLE_TWICE = "article-twice"
    ARTICLE_PLACE = "article-place"
    ARTICLE_VALUE = "article-value"
    ARTICLE_TEXT = "article-text"
    ARTICLE_VERSION = "article-version"
    ARTICLE_EXTRACTION = "article-extraction"
    ARTICLE_EXTRACTOR = "article-extractor"
    ARTICLE_NOT_EXTRACTED = "article-not-extracted"
    # package
    PACKAGE_UNREADABLE = "package-unreadable"
    PACKAGE_BYTES_OUTSIDE = "package-bytes-outside"
    PACKAGE_FILE_DAMAGED = "package-file-damaged"
    PACKAGE_FILE_DEFLATED = "package-file-deflated"
    PACKAGE_FILE_MISSING = "package-file-missing"
    PACKAGE_FILE_UNLISTED = "package-file-unlisted"
    PACKAGE_FILE_DIGEST = "package-file-digest"
    PACKAGE_DIGEST = "package-digest"
    PACKAGE_DIGEST_MISSING = "package-digest-missing"
    SIGNATURE = "signature"
    PAGES_MISSING = "pages-missing"
    PAGES_EMPTY = "pages-empty"
    PAGE_UNLISTED = "page-unlisted"
    PAGE_LINE = "page-line"
    PAGE_NOT_CAPTURED = "page-not-captured"
    NOT_CHECKED = "not-checked"


DIFFERENCES = frozenset(
    {
        Kind.GZIP_HEADER_DIFFERS,
        Kind.RECORD_TYPE,
        Kind.TRUNCATED_REASON,
        Kind.PAYLOAD_DIGEST_RULE,
        Kind.BLOCK_DIGEST_RULE,
        Kind.DIGEST_MISSING,
        Kind.DIGEST_UNKNOWN,
        Kind.URI_IN_BRACKETS,
        Kind.BODY_SHORT,
        Kind.EXCHANGE_TORN,
        Kind.REVISIT_ORIGINAL_OTHER,
        Kind.PAGE_UNREAD,
        Kind.ARTICLE_EXTRACTOR,
        Kind.PACKAGE_DIGEST_MISSING,
        Kind.PAGES_EMPTY,
        Kind.PAGE_UNLISTED,
        Kind.NOT_CHECKED,
    }
)
"""Kinds that are differences wherever they occur."""

LINKS = frozenset(
    {
        Kind.REQUEST_MISSING,
        Kind.CONCURRENT_MISSING,
        Kind.CONCURRENT_DIFFERS,
        Kind.WARCINFO_MISSING,
        Kind.REVISIT_ORIGINAL_MISSING,
    }
)
"""Kinds that are differences in WARC files by themselves: the other record may lie elsewhere."""
