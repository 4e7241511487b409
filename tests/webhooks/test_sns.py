"""Amazon SNS is believed by its signature, made with a certificate of Amazon's own."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from webhooks.esp import sns
from webhooks.models import InboundEvent

KEY = rsa.generate_private_key(65537, 2048)
URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"

pytestmark = pytest.mark.django_db


def certificate(begins: timedelta = timedelta(days=-1)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), x509.random_serial_number())
    signed = builder.not_valid_before(now + begins).not_valid_after(
        now + begins + timedelta(days=2)
    )
    return signed.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(autouse=True)
def amazon() -> Any:
    """Amazon's server of certificates; every test gets them afresh."""
    sns.fetch_certificate.cache_clear()
    answer = mock.Mock(**{"raw.read.return_value": certificate()})
    with mock.patch("webhooks.esp.sns.requests.get", return_value=answer) as get:
        yield get


def notification(version: str = "1", **changes: Any) -> dict[str, Any]:
    message = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": "arn:aws:sns:eu-west-1:1:topic",
        "Subject": "Über",
        "Message": "{}",
        "Timestamp": "2026-01-01T00:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": URL,
    }
    return signed(message, sns.NOTIFICATION) | changes


def signed(message: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    digest = hashes.SHA1() if message["SignatureVersion"] == "1" else hashes.SHA256()  # noqa: S303
    made = KEY.sign(text.encode(), padding.PKCS1v15(), digest)
    return message | {"Signature": b64encode(made).decode()}


def post(mail_provider: Any, message: dict[str, Any]) -> int:
    headers = {
        "X-Amz-Sns-Message-Type": message["Type"],
        "X-Amz-Sns-Message-Id": message["MessageId"],
    }
    route = "amazon_ses/tracking/"
    return mail_provider.post(route, json.dumps(message), "text/plain", **headers).status_code


@pytest.mark.parametrize("version", ["1", "2"])
def test_what_amazon_signed_is_taken(mail_provider, version):
    assert post(mail_provider, notification(version)) == 200


def test_a_notification_without_a_subject_is_signed_without_it(mail_provider):
    plain = {k: v for k, v in notification().items() if k != "Subject"}
    assert post(mail_provider, signed(plain, sns.NOTIFICATION)) == 200


def test_a_confirmation_is_signed_over_its_own_fields(mail_provider):
    message = notification(Type="SubscriptionConfirmation", Token="t", SubscribeURL="https://x")
    assert post(mail_provider, signed(message, sns.CONFIRMATION)) == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"Message": '{"forged": true}'},
        {"Signature": "EXAMPLE=="},
        {"Signature": "no base64"},
        {"Signature": None},
        {"SignatureVersion": "2"},
        {"SignatureVersion": "3"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.test/a.pem"},
        {"SigningCertURL": "https://evil.test/sns.eu-west-1.amazonaws.com/a.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com@evil.test/a.pem"},
        {"SigningCertURL": "https://bucket.s3.amazonaws.com/a.pem"},
        {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/a.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/a.txt"},
        {"SigningCertURL": None},
    ],
)
def test_what_amazon_did_not_sign_is_refused(mail_provider, amazon, changes):
    assert post(mail_provider, notification(**changes)) == 403
    assert not InboundEvent.objects.exists()
    if "SigningCertURL" in changes:
        amazon.assert_not_called()


def test_an_expired_certificate_is_refused(mail_provider, amazon):
    amazon.return_value.raw.read.return_value = certificate(timedelta(days=-9))
    assert post(mail_provider, notification()) == 403


def test_a_certificate_that_cannot_be_fetched_asks_amazon_to_come_again(mail_provider, amazon):
    amazon.side_effect = requests.ConnectionError
    assert post(mail_provider, notification()) == 503
    amazon.side_effect = None
    assert post(mail_provider, notification()) == 200


def test_a_certificate_is_fetched_once(mail_provider, amazon):
    for number in range(3):
        message = notification(MessageId=f"m-{number}")
        assert post(mail_provider, signed(message, sns.NOTIFICATION)) == 200
    assert amazon.call_count == 1
