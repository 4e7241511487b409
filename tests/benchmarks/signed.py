"""What Twilio posts: texts of customers, each with a MessageSid of its own and Twilio's signature."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from tests.benchmarks.businesses import number_of
from tests.benchmarks.installation import ACCOUNT, AUTH_TOKEN, PUBLIC_URL
from tests.benchmarks.size import BUSINESSES

PATH = "/webhooks/twilio/inbound/"
WORDS = (
    "Hello, is the blue bike still there? I could come by on Saturday at about ten. Thanks, Maya"
)
_numbers = itertools.count(1)
_strangers = itertools.count(1_000_000)


def strangers(count: int) -> Iterator[bytes]:
    """Texts of as many customers who never wrote before."""
    return texts(itertools.islice(_strangers, count))


def texts(customers: Iterable[int]) -> Iterator[bytes]:
    """One text of each of these customers, as whole HTTP requests; who comes twice writes two texts.

    Customers are dealt out to the businesses in turn.
    """
    validator = RequestValidator(AUTH_TOKEN)
    for number, customer in zip(_numbers, customers, strict=False):
        fields = _fields(number, customer)
        signature = validator.compute_signature(PUBLIC_URL + PATH, fields)
        yield _request(urlencode(fields).encode(), signature)


def _fields(number: int, customer: int) -> dict[str, str]:
    """The parameters of one SMS: https://www.twilio.com/docs/messaging/guides/webhook-request"""
    sid = f"SM{number:032x}"
    return {
        "ToCountry": "US",
        "ToState": "CA",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "SAN FRANCISCO",
        "FromZip": "94107",
        "SmsSid": sid,
        "FromState": "CA",
        "SmsStatus": "received",
        "FromCity": "SAN FRANCISCO",
        "Body": f"{WORDS} {number}",
        "FromCountry": "US",
        "To": number_of(customer % BUSINESSES + 1),
        "ToZip": "94107",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": f"+1628{customer:07}",
        "ApiVersion": "2010-04-01",
    }


def _request(body: bytes, signature: str) -> bytes:
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: bench.example\r\nX-Twilio-Signature: {signature}\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
        f"Content-Length: {len(body)}\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n\r\n"
    )
    return head.encode() + body
