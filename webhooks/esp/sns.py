"""Whether a request comes from Amazon SNS, which Anymail leaves unchecked.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import Certificate, load_pem_x509_certificate
from django.utils import timezone

from webhooks.refusal import Refusal

NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
HASHES: dict[str, type[hashes.SHA1 | hashes.SHA256]] = {"1": hashes.SHA1, "2": hashes.SHA256}
# The host names of SNS in all partitions, as the AWS libraries check them.
HOST = re.compile(r"sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?")
FETCH_WITHIN = 5  # seconds; SNS waits 15 for the whole answer
LARGEST_CERTIFICATE = 64 * 1024  # bytes


def require_sns_signature(body: bytes) -> None:
    """Raises Refusal: 400 for what is no SNS message, 403 for a wrong signature, 503 without its certificate."""
    message = _message(body)
    try:
        if _is_signed(message):
            return
    except (ValueError, TypeError, KeyError, binascii.Error, InvalidSignature) as error:
        raise Refusal(403, "The signature of Amazon SNS does not fit.") from error
    raise Refusal(403, "The signature of Amazon SNS does not fit.")


def _message(body: bytes) -> Mapping[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "The body is not JSON.") from error
    if not isinstance(message, dict):
        raise Refusal(400, "The body is JSON, but no message of Amazon SNS.")
    return message


def _is_signed(message: Mapping[str, Any]) -> bool:
    url, version = message["SigningCertURL"], message["SignatureVersion"]
    if version not in HASHES or not _is_of_amazon(url):
        return False
    certificate = fetch_certificate(url)
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or not _is_valid_now(certificate):
        return False
    signature = b64decode(message["Signature"], validate=True)
    key.verify(signature, _signed_text(message), padding.PKCS1v15(), HASHES[version]())
    return True


def _is_of_amazon(url: str) -> bool:
    parts = urlsplit(url)
    return bool(
        parts.scheme == "https" and HOST.fullmatch(parts.netloc) and parts.path.endswith(".pem")
    )


@lru_cache(maxsize=16)
def fetch_certificate(url: str) -> Certificate:
    """The certificate at one of Amazon's own addresses; kept, for SNS changes it about once a year."""
    try:
        answer = requests.get(url, timeout=FETCH_WITHIN, allow_redirects=False, stream=True)
        answer.raise_for_status()
        pem = answer.raw.read(LARGEST_CERTIFICATE)
    except requests.RequestException as error:
        raise Refusal(503, "The certificate of Amazon SNS cannot be fetched; try later.") from error
    return load_pem_x509_certificate(pem)


def _is_valid_now(certificate: Certificate) -> bool:
    return certificate.not_valid_before_utc <= timezone.now() <= certificate.not_valid_after_utc


def _signed_text(message: Mapping[str, Any]) -> bytes:
    names = NOTIFICATION if message["Type"] == "Notification" else CONFIRMATION
    present = (name for name in names if message.get(name) is not None)
    return "".join(f"{name}\n{message[name]}\n" for name in present).encode()
