"""Signed and encrypted mails for the tests, made with a throw-away key as the programs in the field make them."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from tests.webhooks.mail.mails import mail

PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----\n\nhQEMA1cyphertext\n=abcd\n-----END PGP MESSAGE-----"
PGP_SIGNED = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

I come at five.
- -- a line that began with dashes
-----BEGIN PGP SIGNATURE-----

iQEzBAEBCAAdFiEE
=abcd
-----END PGP SIGNATURE-----"""


@cache
def _identity(kind: str) -> tuple[ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, x509.Certificate]:
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if kind == "ec":
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Carla")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    )
    dated = built.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return key, dated.sign(key, hashes.SHA256())


def signed_envelope(content: bytes) -> bytes:
    """S/MIME signed data with the content inside."""
    key, certificate = _identity("ec")
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    options = [pkcs7.PKCS7Options.Binary]
    return builder.add_signer(certificate, key, hashes.SHA256()).sign(
        serialization.Encoding.DER, options
    )


def sealed_envelope(content: bytes) -> bytes:
    """S/MIME enveloped data: only the key opens it."""
    _, certificate = _identity("rsa")
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(content).add_recipient(certificate)
    return builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def smime(envelope: bytes, **fields: str) -> bytes:
    """A mail that is nothing but an envelope."""
    fields = {"Content_Type": 'application/pkcs7-mime; name="smime.p7m"'} | fields
    return mail(base64.encodebytes(envelope), Content_Transfer_Encoding="base64", **fields)


def winmail(plain: str = "", html: str = "", files: dict[str, bytes] | None = None) -> bytes:
    """A winmail.dat as Outlook writes it."""
    letter = [(0x1000, plain), (0x1013, html)]
    objects = [_object(1, 0x9007, struct.pack("<II", 1252, 0))]
    objects.append(_object(1, 0x9003, _properties([(name, text) for name, text in letter if text])))
    for name, content in (files or {}).items():
        objects.append(_object(2, 0x9002, b"\0" * 14))
        objects.append(_object(2, 0x800F, content))
        objects.append(_object(2, 0x9005, _properties([(0x3707, name)])))
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(objects)


def _object(level: int, name: int, content: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(content)) + content + b"\0\0"


def _properties(texts: list[tuple[int, str]]) -> bytes:
    out = struct.pack("<I", len(texts))
    for name, text in texts:
        data = text.encode("utf-16-le") + b"\0\0"
        out += struct.pack("<HHII", 31, name, 1, len(data)) + data + b"\0" * (-len(data) % 4)
    return out
