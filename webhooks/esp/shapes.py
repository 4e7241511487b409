"""What the requests of each provider look like from outside: what is none of them is told so at the door.

A body is only read as JSON or as a form here, once. What is odd deeper inside shows when it is read for good.
Where reading it asks the provider for the mail, what the question needs is looked at here as well: a later error
may be of the answer, and is worth another try.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from webhooks.esp.providers import ProviderRoute
from webhooks.esp.replay import ReplayedRequest
from webhooks.refusal import Refusal

# What SNS sends beside JSON, once a topic is set up.
SNS_GREETING = "Successfully validated SNS topic for Amazon SES event publishing."


Judge = Callable[[ReplayedRequest], bool]


@dataclass(frozen=True)
class Shape:
    """In words for whoever set the provider up; whether a request has it, and whether reading it asks outside."""

    words: str
    fits: Judge
    asks: Judge = lambda request: False


def require_shape(route: ProviderRoute, request: ReplayedRequest) -> None:
    """Raises Refusal 400 for what this provider never sends to this route.

    Mailgun and Unisender Go sign within the body: their own check has refused what has no shape.
    """
    shape = _shape_of(route)
    if shape is not None and not _fits(shape, request):
        raise Refusal(400, f"The body is not what {route.provider} sends here: {shape.words}.")


def asks_outside(route: ProviderRoute, request: ReplayedRequest) -> bool:
    """Whether reading this request calls its provider; one of another shape is never read so far."""
    shape = _shape_of(route)
    return shape is not None and _fits(shape, request) and shape.asks(request)


def _shape_of(route: ProviderRoute) -> Shape | None:
    return SHAPES.get(route.path.replace("sendinblue/", "brevo/"))  # Brevo's old name


def _fits(shape: Shape, request: ReplayedRequest) -> bool:
    try:
        return shape.fits(request)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return False


def _is_object(request: ReplayedRequest) -> bool:
    return isinstance(request.json, dict)


def _are_objects(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(each, dict) for each in found)


def _is_sns(request: ReplayedRequest) -> bool:
    """The mail or the status is text in the envelope of SNS."""
    return isinstance(_in_sns(request), dict)


def _in_sns(request: ReplayedRequest) -> Any:
    """What the envelope holds; nothing where SNS itself speaks."""
    envelope = request.json
    if envelope["Type"] != "Notification" or envelope["Message"] == SNS_GREETING:
        return {}
    return json.loads(envelope["Message"])


def _is_ses_mail(request: ReplayedRequest) -> bool:
    """What is no mail is a status, and is told so when it is read."""
    event = _in_sns(request)
    is_mail = event.get("notificationType") == "Received"
    return not is_mail or all(isinstance(one, str) for one in _in_s3(event))


def _is_in_s3(request: ReplayedRequest) -> bool:
    return bool(_in_s3(_in_sns(request)))


def _in_s3(event: dict[str, Any]) -> tuple[Any, ...]:
    """The bucket and the key of a mail that SES put there."""
    action = event.get("receipt", {}).get("action", {})
    return (action["bucketName"], action["objectKey"]) if action.get("type") == "S3" else ()


def _are_brevo_mails(request: ReplayedRequest) -> bool:
    return all(_is_id(file["DownloadToken"]) for file in _brevo_files(request))


def _brevo_files(request: ReplayedRequest) -> list[Any]:
    """What has to be fetched. What has no items is a status, and is told so when it is read."""
    return [file for mail in request.json.get("items", ()) for file in mail.get("Attachments", ())]


def _are_mailtrap_mails(request: ReplayedRequest) -> bool:
    news = request.json.get("events", [])
    return _are_objects(news) and all(
        isinstance(one["event"], str)
        and _is_id(one.get("message_id", ""))
        and _is_id(str(one.get("inbox_id", "")))
        for one in news
    )


def _is_resend_mail(request: ReplayedRequest) -> bool:
    data, created = request.json.get("data", {}), request.json.get("created_at", "")
    return _is_id(data.get("email_id", "")) and isinstance(created, str)


def _is_id(value: Any) -> bool:
    """Whether it can stand in the address that is asked."""
    return isinstance(value, str) and value.isascii()


OBJECT = Shape("one JSON object", _is_object)
OBJECTS = Shape("a JSON list of objects", lambda request: _are_objects(request.json))
MANDRILL = Shape(
    "a form with a JSON list of objects in mandrill_events",
    lambda request: _are_objects(json.loads(request.POST["mandrill_events"])),
)
SHAPES = {
    "amazon_ses/inbound/": Shape(
        "a notification of Amazon SNS with a mail of SES", _is_ses_mail, _is_in_s3
    ),
    "amazon_ses/tracking/": Shape("a notification of Amazon SNS with an event of SES", _is_sns),
    "brevo/inbound/": Shape(
        "a JSON object with a list of items",
        _are_brevo_mails,
        lambda request: bool(_brevo_files(request)),
    ),
    "brevo/tracking/": OBJECT,
    "mailersend/inbound/": OBJECT,
    "mailersend/tracking/": OBJECT,
    "mailjet/inbound/": OBJECT,
    "mailjet/tracking/": Shape(
        "a JSON object, or a list of them",
        lambda request: _is_object(request) or _are_objects(request.json),
    ),
    "mailtrap/inbound/": Shape(
        "a JSON object with a list of events", _are_mailtrap_mails, lambda request: True
    ),
    "mailtrap/tracking/": OBJECT,
    "mandrill/": MANDRILL,
    "mandrill/tracking/": MANDRILL,
    "postal/inbound/": OBJECT,
    "postal/tracking/": OBJECT,
    "postmark/inbound/": OBJECT,
    "postmark/tracking/": OBJECT,
    "resend/inbound/": Shape(
        "a JSON object with the id of a mail in data", _is_resend_mail, lambda request: True
    ),
    "resend/tracking/": OBJECT,
    "sendgrid/inbound/": Shape(
        "a form with the field email or headers",
        lambda request: "email" in request.POST or "headers" in request.POST,
    ),
    "sendgrid/tracking/": OBJECTS,
    "sparkpost/inbound/": OBJECTS,
    "sparkpost/tracking/": OBJECTS,
}
