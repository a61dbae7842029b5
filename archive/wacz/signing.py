"""Signatures on WACZ files: ECDSA over the hash of ``datapackage.json`` (wacz-auth 0.1.0).

What is signed is the text ``sha256:<hexadecimal>``, with SHA-256 inside ECDSA. An anonymous
signature carries its public key (base64 of its SubjectPublicKeyInfo) and the two numbers of the
signature one after the other (IEEE P1363): the form of the Web Crypto API. ReplayWeb.page verifies
it with P-384 alone, so keys to sign with are of that curve. A signature in the name of a domain
(authsign) carries a certificate, and the numbers as DER.
"""

from __future__ import annotations

import base64
import binascii
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from archive.errors import PackageError

_HOW_TO_MAKE = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out"
_MAX_KEY_BYTES = 1 << 16
_ALGORITHM = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a signature says, and whether the mathematics agree.

    That `is_valid` is true says that who holds the private key signed this package; whose key it is
    must be known from elsewhere. The chain of a domain's certificate is not judged here.
    """

    is_valid: bool
    public_key: str  # base64 of its SubjectPublicKeyInfo
    domain: str | None = None  # None: anonymous
    created: str | None = None
    software: str | None = None


def load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read a private key from a PEM file without passphrase.

    Raises:
        PackageError: it is not there, or is no key on the curve P-384.
    """
    try:
        with path.open("rb") as file:
            pem = file.read(_MAX_KEY_BYTES)
        key = serialization.load_pem_private_key(pem, password=None)
    except FileNotFoundError as error:
        raise PackageError(f"there is no key {path}; {_how_to_make(path)}") from error
    except OSError as error:
        raise PackageError(f"the key {path} cannot be read: {error.strerror}") from error
    except TypeError as error:
        raise PackageError(f"the key {path} has a passphrase; it must have none") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PackageError(f"{path} is no private key in PEM form; {_how_to_make(path)}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP384R1):
        raise PackageError(f"the key {path} is not of the curve P-384; {_how_to_make(path)}")
    return key


def _how_to_make(path: Path) -> str:
    """Say how a key is made, under a name that is free: the command replaces what is there."""
    numbered = (path.with_name(f"key-{number}.pem") for number in count(2))
    names = chain([path, path.with_name("key.pem")], numbered)
    free = next(name for name in names if not os.path.lexists(name))
    return f"make one with `{_HOW_TO_MAKE} {shlex.quote(str(free))}`"


def sign(
    digest: str, key: ec.EllipticCurvePrivateKey, *, created: str, software: str
) -> dict[str, str]:
    """Make the ``signedData`` of a ``datapackage-digest.json``.

    Args:
        digest: of ``datapackage.json``, with ``sha256:`` before it.
        key: of `load_key`.
        created: as ``datapackage.json`` has it.
        software: that signs, and its version after the last space.
    """
    size = (key.key_size + 7) // 8
    r, s = utils.decode_dss_signature(key.sign(digest.encode(), _ALGORITHM))
    name, _, version = software.rpartition(" ")
    return {
        "hash": digest,
        "signature": _base64(r.to_bytes(size, "big") + s.to_bytes(size, "big")),
        "publicKey": public_key_text(key.public_key()),
        "created": created,
        "software": name,
        "version": version,
    }


def verify_signature(signed: Mapping[str, Any], digest: str) -> Signature:
    """Verify ``signedData`` against the digest that was computed of ``datapackage.json``.

    Raises:
        PackageError: it has neither key nor certificate that can be read, or no signature.
    """
    values = {name: value for name, value in signed.items() if isinstance(value, str)}
    domain = values.get("domain")
    try:
        if "publicKey" in values:
            key = serialization.load_der_public_key(_bytes(values["publicKey"]))
        else:
            certificate = x509.load_pem_x509_certificate(values["domainCert"].encode())
            key = certificate.public_key()
        signature = _bytes(values["signature"])
    except (KeyError, ValueError, UnsupportedAlgorithm) as error:
        raise PackageError(f"the signature cannot be read: {error!r}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise PackageError("the signature is not of an ECDSA key")
    return Signature(
        is_valid=values.get("hash") == digest and _agrees(key, signature, digest),
        public_key=public_key_text(key),
        domain=domain,
        created=values.get("created"),
        software=" ".join(values[name] for name in ("software", "version") if values.get(name)),
    )


def public_key_text(key: ec.EllipticCurvePublicKey) -> str:
    """Write a public key as packages carry it, and as it can be published."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _base64(key.public_bytes(serialization.Encoding.DER, form))


def format_created(date: datetime) -> str:
    """Write the instant of packaging, to the second, as py-wacz compares it.

    >>> from datetime import UTC
    >>> format_created(datetime(2024, 2, 29, 12, 0, 0, 500, tzinfo=UTC))
    '2024-02-29T12:00:00Z'
    """
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")


def _agrees(key: ec.EllipticCurvePublicKey, signature: bytes, digest: str) -> bool:
    """Try the signature as P1363 where its length is that, else as DER."""
    size = (key.key_size + 7) // 8
    if len(signature) == 2 * size:
        r, s = (int.from_bytes(part, "big") for part in (signature[:size], signature[size:]))
        signature = utils.encode_dss_signature(r, s)
    try:
        key.verify(signature, digest.encode(), _ALGORITHM)
    except (InvalidSignature, ValueError):
        return False
    return True


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"no base64: {error}") from error
