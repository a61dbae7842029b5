from __future__ import annotations

import base64
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils

from archive.errors import PackageError
from archive.wacz.checking import iter_faults, read_signature
from archive.wacz.packaging import PackageOrder, package
from archive.wacz.reader import WaczReader
from archive.wacz.signing import load_key, sign, verify_signature
from tests.archive.wacz.sample_collections import make_collection

_DIGEST = "sha256:" + "0a" * 32


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    return _write_key(tmp_path / "key.pem", ec.generate_private_key(ec.SECP384R1()))


@pytest.fixture
def signed(tmp_path: Path, key_path: Path) -> Path:
    path = tmp_path / "signed.wacz"
    package(make_collection(tmp_path), path, PackageOrder(key=load_key(key_path)))
    return path


def _write_key(path: Path, key: Any, password: bytes | None = None) -> Path:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    path.write_bytes(pem)
    return path


def _rewrite(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Write the zip file anew, with files changed."""
    with zipfile.ZipFile(path) as opened:
        files = [(entry, opened.read(entry)) for entry in opened.infolist()]
    with zipfile.ZipFile(path, "w") as opened:
        for entry, data in files:
            opened.writestr(entry, change(entry.filename, data))


def test_what_is_signed_verifies_as_the_web_crypto_api_does_it(signed: Path) -> None:
    with zipfile.ZipFile(signed) as opened:
        digest = json.loads(opened.read("datapackage-digest.json"))
        created = json.loads(opened.read("datapackage.json"))["created"]
    data = digest["signedData"]
    assert data["hash"] == digest["hash"]
    assert data["created"] == created
    assert (data["software"], bool(data["version"])) == ("blog-archiver", True)
    key = serialization.load_der_public_key(base64.b64decode(data["publicKey"]))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP384R1)
    raw = base64.b64decode(data["signature"])
    assert len(raw) == 96  # IEEE P1363: two numbers of 48 bytes
    r, s = (int.from_bytes(part, "big") for part in (raw[:48], raw[48:]))
    der = utils.encode_dss_signature(r, s)
    key.verify(der, digest["hash"].encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(der, digest["hash"].encode() + b"0", ec.ECDSA(hashes.SHA256()))


def test_a_signed_package_has_no_fault_and_names_its_key(signed: Path, key_path: Path) -> None:
    with WaczReader(signed) as reader:
        assert list(iter_faults(reader)) == []
        signature = read_signature(reader)
    assert signature
    assert signature.is_valid
    assert (signature.domain, (signature.software or "")[:14]) == (None, "blog-archiver ")
    key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert base64.b64decode(signature.public_key) == public


def test_an_unsigned_package_says_so(tmp_path: Path) -> None:
    path = tmp_path / "plain.wacz"
    assert package(make_collection(tmp_path), path).public_key is None
    with WaczReader(path) as reader:
        assert read_signature(reader) is None


def test_a_changed_datapackage_is_found_by_digest_and_signature(signed: Path) -> None:
    _rewrite(
        signed,
        lambda name, data: (
            data.replace(b"winter", b"summer") if name == "datapackage.json" else data
        ),
    )
    with WaczReader(signed) as reader:
        assert [fault.kind for fault in iter_faults(reader)] == ["digest", "signature"]


def test_a_changed_datapackage_with_a_new_digest_is_found_by_the_signature(signed: Path) -> None:
    with WaczReader(signed) as reader:
        old = (reader.read_digest() or {})["hash"]
    new = "sha256:" + "f" * 64
    _rewrite(signed, lambda _, data: data.replace(old.encode(), new.encode()))
    with WaczReader(signed) as reader:
        signature = read_signature(reader)
    assert signature
    assert not signature.is_valid


def test_a_page_that_was_changed_is_found_by_its_digest(signed: Path) -> None:
    _rewrite(signed, lambda _, data: data.replace(b"seven", b"eight"))
    with WaczReader(signed) as reader:
        faults = [(fault.kind, fault.name) for fault in iter_faults(reader)]
    assert faults == [("digest", "pages/pages.jsonl")]


def test_signatures_of_other_programs_verify() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    algorithm = ec.ECDSA(hashes.SHA256())
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    values = {
        "hash": _DIGEST,
        "signature": base64.b64encode(key.sign(_DIGEST.encode(), algorithm)).decode(),
        "publicKey": base64.b64encode(public).decode(),
    }
    assert verify_signature(values, _DIGEST).is_valid
    assert not verify_signature(values, _DIGEST[:-1] + "b").is_valid


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "*"},
        {"signature": None},
        {"publicKey": "AAAA"},
        {"publicKey": None},
        {"publicKey": None, "domainCert": "no certificate"},
    ],
)
def test_a_signature_that_cannot_be_read_is_an_error(change: dict[str, object]) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    values = sign(_DIGEST, key, created="2026-01-02T03:04:05Z", software="test 1")
    with pytest.raises(PackageError, match="cannot be read"):
        verify_signature(values | change, _DIGEST)


def test_a_key_made_by_the_documented_command_signs(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    with pytest.raises(PackageError) as refusal:
        load_key(path)
    command = str(refusal.value).partition("`")[2].partition("`")[0]
    subprocess.run(command.split(), check=True, capture_output=True)
    assert load_key(path).key_size == 384


def test_the_command_that_makes_a_key_never_names_a_file_that_is_there(tmp_path: Path) -> None:
    other, key = tmp_path / "my rsa.pem", tmp_path / "key.pem"
    _write_key(other, rsa.generate_private_key(65537, 2048))
    with pytest.raises(PackageError, match=f"-out '?{key}'?`"):
        load_key(other)
    key.write_text("precious")
    (tmp_path / "key-2.pem").symlink_to("nowhere")
    for path in (other, key):
        with pytest.raises(PackageError, match=f"-out '?{tmp_path / 'key-3.pem'}'?`"):
            load_key(path)
    with pytest.raises(PackageError) as refusal:
        load_key(tmp_path)
    assert str(refusal.value) == f"the key {tmp_path} cannot be read: Is a directory"


def test_keys_that_cannot_sign_are_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    _write_key(path, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(PackageError, match=r"not of the curve P-384; make one with `openssl"):
        load_key(path)
    _write_key(path, rsa.generate_private_key(65537, 2048))
    with pytest.raises(PackageError, match="not of the curve P-384"):
        load_key(path)
    _write_key(path, ec.generate_private_key(ec.SECP384R1()), b"secret")
    with pytest.raises(PackageError, match="has a passphrase"):
        load_key(path)
    path.write_text("no key")
    with pytest.raises(PackageError, match="no private key in PEM form"):
        load_key(path)
