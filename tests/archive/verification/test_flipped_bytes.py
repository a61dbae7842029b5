"""In a file of this program no byte of any record can change unnoticed."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

from archive.verification.ledger import Ledger
from archive.verification.verifying import verify_warc
from archive.verification.warc_checks import WarcSource, scan
from tests.archive.sample_exchanges import write_samples

_FLIPS = 400


def _found_kinds(path: Path, ledger: Ledger, number: int) -> list[str]:
    scan(WarcSource(number=number, target=number, path=path, label="x", name="x"), ledger)
    return [finding.kind.value for finding in ledger.findings(number)]


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path, _ = write_samples(tmp_path)
    assert verify_warc(path) == []
    content = path.read_bytes()
    chosen = random.Random(7)
    places = {*range(60), *(chosen.randrange(len(content)) for _ in range(_FLIPS))}
    unnoticed = []
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for number, place in enumerate(sorted(places), 1):
            flipped = bytearray(content)
            flipped[place] ^= 1 << chosen.randrange(8)
            path.write_bytes(flipped)
            if not _found_kinds(path, ledger, number):
                # a bit that fills up the last byte of the compressed data says nothing
                assert gzip.decompress(flipped) == gzip.decompress(content), place
                unnoticed.append(place)
    assert len(unnoticed) < len(places) / 100


def test_every_cut_is_noticed_but_one_between_exchanges(tmp_path: Path) -> None:
    path, captures = write_samples(tmp_path)
    content = path.read_bytes()
    last = captures[-1]
    for place in range(last.offset + 1, last.offset + last.length, 11):
        path.write_bytes(content[:place])
        assert "cut-tail" in {finding.kind for finding in verify_warc(path)}, place
    path.write_bytes(content[: last.offset + last.length])
    assert [finding.kind for finding in verify_warc(path)] == ["exchange-torn"]
    path.write_bytes(content[: last.offset])
    assert [finding.kind for finding in verify_warc(path)] == ["exchange-torn"]
