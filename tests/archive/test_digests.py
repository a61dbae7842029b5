"""Digests are those that other tools compute."""

import subprocess

from archive.digests import block_digest, digest_of, payload_digest, text_digest


def test_is_sha256_in_base32() -> None:
    # RFC 4648 base32 of the SHA-256 of "abc" (FIPS 180-4, appendix B.1)
    expected = "sha256:XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ===="
    assert payload_digest(b"abc") == block_digest(b"abc") == expected
    assert text_digest("abc") == expected
    hexadecimal = subprocess.run(["sha256sum"], input=b"abc", capture_output=True, check=True)
    assert hexadecimal.stdout.startswith(b"ba7816bf8f01cfea414140de5dae2223")


def test_parts_count_as_one_run_of_bytes() -> None:
    block = b"0123456789"
    view = memoryview(block)
    assert digest_of([view[:3], b"", view[3:]]) == block_digest(block)


def test_text_counts_in_utf_8() -> None:
    assert text_digest("ä") == block_digest("ä".encode())
    assert text_digest("\ud800") == text_digest("\ufffd")
