"""Answers of Scrapy as the plan reads them."""

from __future__ import annotations

from scrapy.http import Response

from scraper.discovery import Answer

ARCHIVED = "archived"
"""The flag of an answer that was taken from the archive: the server itself has said nothing."""


def to_answer(response: Response) -> Answer:
    """Give an answer as the plan takes it."""
    return Answer(
        url=response.url,
        status=response.status,
        headers=header_fields(response),
        body=response.body,
        is_cut="dataloss" in response.flags,
    )


def header_fields(response: Response) -> dict[str, str]:
    """Give the header fields of an answer, their names in lower case (RFC 9110 §5.1)."""
    return {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
