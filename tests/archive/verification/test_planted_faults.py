"""Each fault that is planted in a clean collection is named, with its place, and nothing else."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.collection import Collection
from archive.verification.kinds import Severity
from archive.warc.fields import IDENTICAL_PAYLOAD, NOT_MODIFIED
from tests.archive.sample_records import BLOG
from tests.archive.verification.losing import (
    cut_and_killed,
    cut_before_metadata,
    last_log_cut_off,
    logs_cut_off,
    second_file_gone,
    second_file_is_directory,
    second_file_links_nowhere,
)
from tests.archive.verification.planting import (
    ID_OF_NOBODY,
    SHORT_DATE,
    WRONG_DATE,
    WRONG_DIGEST,
    WRONG_URI,
    Plant,
    catalogue_damaged,
    change_catalogue,
    changing_index,
    changing_last_record,
    changing_records,
    changing_row,
    cut_tail,
    flipping,
    garbage,
    garbage_between,
    id_twice,
    index_gone,
    leaving_out,
    left_open,
    left_open_and_torn,
    line_too_many,
    of_revisit,
    parquet_damaged,
    replacing,
    row_gone,
    row_gone_everywhere,
    stray_index,
    swapped_offsets,
    text_and_digest,
    trailer_of_original,
    unsorted,
    without_line,
)
from tests.archive.verification.sample_archive import findings, kinds, make_archive, warc_files


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clean") / "blog"
    make_archive(path)
    return path


@pytest.fixture
def collection(clean: Path, tmp_path: Path) -> Collection:
    return Collection.open(Path(shutil.copytree(clean, tmp_path / "blog")))


def test_clean_collection_has_neither_fault_nor_difference(collection: Collection) -> None:
    assert findings(collection.path) == []
    assert findings(*warc_files(collection)) == []


@dataclass(frozen=True)
class _Planted:
    name: str
    plant: Plant  # gives the offset that must be named, if it is one
    expected: dict[str, int]


_DIGEST = rb"(WARC-Block-Digest: sha256:)\w"
_PLANTED = (
    _Planted("cut tail", cut_tail, {"cut-tail": 1}),
    _Planted("flipped byte: magic number", flipping(0), {
        "gzip-header": 1, "article-not-extracted": 1}),
    _Planted("flipped byte: flags", flipping(0.004), {
        "gzip-header": 1, "article-not-extracted": 1}),
    _Planted("flipped byte: WARC header, compressed", flipping(0.2), {
        "gzip-data": 1, "article-not-extracted": 1}),
    _Planted("flipped byte: block, compressed", flipping(0.7), {
        "gzip-data": 1, "article-not-extracted": 1}),
    _Planted("flipped byte: CRC-32", flipping(0, back=7), {
        "gzip-trailer": 1, "article-not-extracted": 1}),
    _Planted("flipped byte: ISIZE", flipping(0, back=2), {
        "gzip-trailer": 1, "article-not-extracted": 1}),
    _Planted("flipped byte: request", flipping(0.5, "request"), {"gzip-data": 1}),
    _Planted("flipped byte: metadata", flipping(0.5, "metadata"), {"gzip-data": 1}),
    _Planted("garbage at the end", garbage, {"garbage": 1}),
    _Planted("garbage between records", garbage_between, {"garbage": 1}),
    _Planted("two records in a member", changing_last_record(lambda plain: plain + plain), {
        "several-records": 1}),
    _Planted("block changed", replacing("response", b"pier had", b"pier HAD"), {
        "block-digest": 1, "payload-digest": 1}),
    _Planted("block digest changed", replacing("request", _DIGEST, rb"\g<1>0"), {
        "block-digest": 1}),
    _Planted("digest by another algorithm", replacing("request", b"sha256:", b"blake3:"), {
        "digest-unknown": 1}),
    _Planted("WARC-Type misspelt", replacing("request", b"Type: request", b"Type: requesT"), {
        "record-type": 1, "request-missing": 1}),
    _Planted("WARC-Date gone", replacing("request", rb"WARC-Date: \S+\r\n", b""), {
        "record-header": 1, "concurrent-differs": 1}),
    _Planted("WARC-Date of the request", replacing("request", rb"(Date: )\d{4}", rb"\g<1>1999"), {
        "concurrent-differs": 1}),
    _Planted("Content-Length too small", changing_last_record(
        lambda plain: re.sub(rb"(\nContent-Length: )\d+", rb"\g<1>9", plain)), {
        "content-length": 1}),
    _Planted("Content-Length too large", changing_last_record(
        lambda plain: re.sub(rb"(\nContent-Length: )\d+", rb"\g<1>99999", plain)), {
        "content-length": 1}),
    _Planted("end of the record", replacing("request", rb"\r\n\r\n\Z", b"\n\n"), {
        "record-end": 1}),
    _Planted("reason of truncation", replacing("response", b"\r\nContent-Type: app",
        b"\r\nWARC-Truncated: boredom\r\nContent-Type: app"), {"truncated-reason": 1}),
    _Planted("request gone", leaving_out("request"), {"request-missing": 1}),
    _Planted("metadata gone", leaving_out("metadata"), {"metadata-missing": 1}),
    _Planted("record id twice", changing_records(id_twice), {"record-id-twice": 4}),
    *(_Planted(f"{name} of {profile.rpartition('/')[2]}", of_revisit(profile, *change), {kind: 1})
      for profile in (IDENTICAL_PAYLOAD, NOT_MODIFIED) for name, change, kind in (
        ("Refers-To-Date", WRONG_DATE, "revisit-date"),
        ("Refers-To-Date, cut,", SHORT_DATE, "revisit-date"),
        ("Refers-To-Target-URI", WRONG_URI, "revisit-uri"),
        ("Refers-To", ID_OF_NOBODY, "revisit-original-missing"),
        ("payload digest", WRONG_DIGEST, "revisit-digest"))),
    _Planted("index line gone", changing_index(without_line), {"index-line-missing": 1}),
    _Planted("index line too many", changing_index(line_too_many), {"index-line-extra": 1}),
    _Planted("swapped offsets", changing_index(swapped_offsets), {"index-offset": 2}),
    _Planted("index not sorted", changing_index(unsorted), {"index-not-sorted": 1}),
    _Planted("index: status", changing_index(
        lambda text: text.replace(b'"status": "200"', b'"status": "404"', 1)), {"index-value": 1}),
    _Planted("index: digest", changing_index(
        lambda text: re.sub(rb'("digest": "sha256:)\w', rb"\g<1>A", text, count=1)), {
        "index-value": 1}),
    _Planted("index cut", changing_index(lambda text: text[:-9]), {
        "index-line-unreadable": 1, "index-line-missing": 1}),
    _Planted("index gone", index_gone, {"index-missing": 1}),
    _Planted("WARC file gone", second_file_gone, {
        "warc-file-missing": 1, "article-not-extracted": 1}),
    _Planted("WARC file is a dangling link", second_file_links_nowhere, {
        "warc-file-missing": 1, "article-not-extracted": 1}),
    _Planted("WARC file is a directory", second_file_is_directory, {
        "warc-file-missing": 1, "article-not-extracted": 1}),
    _Planted("crawl logs cut off", logs_cut_off, {"crawl-log-missing": 1}),
    _Planted("last log cut off", last_log_cut_off, {"crawl-log-missing": 1}),
    _Planted("cut between answer and metadata", cut_before_metadata, {
        "crawl-log-missing": 1, "metadata-missing": 1}),
    _Planted("the same of a crawl that was killed", cut_and_killed, {"exchange-torn": 1}),
    _Planted("CRC-32 of an original", trailer_of_original, {
        "gzip-trailer": 1, "article-not-extracted": 1}),
    _Planted("stray index", stray_index, {"not-checked": 1}),
    _Planted("address of the server", replacing("response", rb"WARC-Date:",
        b"WARC-IP-Address: 327.0.1.21\r\nWARC-Date:"), {"record-header": 1}),
    _Planted("catalogue: no such page type", lambda c: change_catalogue(
        c, "UPDATE captures SET page_type = 'other' WHERE page_type = 'article'"), {
        "catalogue-capture-value": 4, "article-not-extracted": 1}),
    _Planted("catalogue: article called a listing", lambda c: change_catalogue(
        c, f"UPDATE captures SET page_type = 'listing' WHERE target_uri = '{BLOG}gull/'"), {
        "catalogue-capture-value": 1}),
    _Planted("catalogue: crawls gone", lambda c: change_catalogue(c, "DELETE FROM crawls"), {
        "catalogue-crawl-missing": 2}),
    _Planted("catalogue: end of a crawl", lambda c: change_catalogue(
        c, "UPDATE crawls SET reason = 'shutdown' WHERE crawl_id = 'crawl-1'"), {
        "catalogue-crawl-value": 1}),
    _Planted("catalogue: discoveries gone", lambda c: change_catalogue(
        c, "DELETE FROM discoveries"), {"catalogue-log-missing": 2}),
    _Planted("catalogue: full-text index emptied", lambda c: change_catalogue(
        c, "INSERT INTO article_text (article_text) VALUES ('delete-all')"), {
        "catalogue-search": 1}),
    _Planted("catalogue: full-text index damaged", lambda c: change_catalogue(
        c, "DELETE FROM article_text_data WHERE id > 10"), {"catalogue-search": 1}),
    _Planted("WARC file left open", left_open, {"not-sealed": 1}),
    _Planted("WARC file left open, torn", left_open_and_torn, {"not-sealed": 1}),
    _Planted("catalogue damaged", catalogue_damaged, {"catalogue-unreadable": 1}),
    _Planted("catalogue: capture gone", lambda c: change_catalogue(
        c, "DELETE FROM captures WHERE target_uri LIKE '%robots.txt'"), {
        "catalogue-capture-missing": 1}),
    _Planted("catalogue: capture too many", lambda c: change_catalogue(
        c, "INSERT INTO captures SELECT 'urn:x', crawl_id, record_type, target_uri, urlkey, date,"
        " status, mime, payload_digest, filename, offset, length, refers_to, refers_to_target_uri,"
        " refers_to_date, truncated, 'source', NULL FROM captures LIMIT 1"), {
        "catalogue-capture-extra": 1}),
    _Planted("catalogue: status", lambda c: change_catalogue(
        c, f"UPDATE captures SET status = 500 WHERE target_uri = '{BLOG}gull/'"), {
        "catalogue-capture-value": 1}),
    _Planted("catalogue: article gone", lambda c: change_catalogue(
        c, f"DELETE FROM articles WHERE url = '{BLOG}gull/'"), {"catalogue-article-missing": 1}),
    _Planted("catalogue: title", lambda c: change_catalogue(
        c, f"UPDATE articles SET title = 'X' WHERE url = '{BLOG}gull/'"), {
        "catalogue-article-value": 1}),
    _Planted("article file damaged", parquet_damaged, {"article-file-unreadable": 1}),
    _Planted("article row gone", row_gone, {"article-missing": 1}),
    _Planted("article row gone, catalogue too", row_gone_everywhere, {"article-missing": 1}),
    _Planted("article row points elsewhere", changing_row(warc_offset=1), {
        "article-place": 1, "catalogue-article-value": 1}),
    _Planted("article text changed", changing_row(main_text="Not what it said."), {
        "article-text": 1}),
    _Planted("article text and digest changed", text_and_digest, {
        "article-extraction": 1, "catalogue-article-value": 1}),
    _Planted("article payload digest", changing_row(payload_digest="sha256:x"), {
        "article-value": 1}),
    _Planted("article tags", changing_row(rights=["noai"]), {"article-extraction": 1}),
    _Planted("article version", changing_row(version=2), {
        "article-version": 1, "catalogue-article-value": 1}),
    _Planted("article of another extractor", changing_row(extractor="older"), {
        "article-extractor": 1}),
)  # fmt: skip


@pytest.mark.parametrize("planted", _PLANTED, ids=lambda planted: planted.name)
def test_planted_fault_is_named_and_nothing_else(planted: _Planted, collection: Collection) -> None:
    offset = planted.plant(collection)
    found = findings(collection.path)
    assert kinds(found) == planted.expected, "\n".join(map(str, found))
    if offset is not None:
        assert {finding.offset for finding in found} - {None} == {offset}


def test_differences_of_the_table_are_no_faults(collection: Collection) -> None:
    changing_row(extractor="older")(collection)
    assert {finding.severity for finding in findings(collection.path)} == {Severity.DIFFERENCE}
