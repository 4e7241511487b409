"""A provider says that a mail came back: whether the address is closed depends on why."""

from __future__ import annotations

from typing import Any

import pytest

from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.models import Delivery, DeliveryAttempt, StatusEvent
from channels_out.outbox import drain
from channels_out.state import State
from channels_out.statuses import MAY_BE_RIGHT, REJECTED, SOFT_BOUNCE
from gateway.models import ContactAddress, Copy, MemberAddress
from tests.factories import make_member, make_message, make_reply
from tests.webhooks import test_esp_corpus as corpus
from tests.webhooks.providers import configure, send
from webhooks.models import InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

pytestmark = pytest.mark.django_db

MAYA = "maya@home.example"
UNKNOWN = "smtp; 550 5.1.1 user unknown"
FULL = "552 5.2.2 The mailbox is full"


def ses(kind: str, said: str = UNKNOWN, to: str = MAYA) -> Any:
    bounced = [{"emailAddress": to, "diagnosticCode": said}]
    bounce = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": bounced}
    return {"eventType": "Bounce", "mail": {"messageId": "m1", "destination": [to]}} | {
        "bounce": bounce
    }


def brevo(word: str) -> Any:
    return {"event": word, "email": MAYA, "message-id": "m1"}


def mailersend(word: str) -> Any:
    email = {"message": {"id": "m1"}, "recipient": {"email": MAYA}}
    return {"type": f"activity.{word}", "data": {"id": "d1", "type": word, "email": email}}


def mailgun(code: Any, message: str = "", reason: str = "bounce", **status: str) -> Any:
    status = {"code": code, "message": message} | {
        name.replace("_", "-"): each for name, each in status.items()
    }
    event = {"event": "failed", "severity": "permanent", "reason": reason, "timestamp": 1}
    message_of = {"headers": {"message-id": "m1"}}
    return {
        "event-data": event | {"recipient": MAYA, "message": message_of, "delivery-status": status}
    }


def mailjet(error: str, *, hard: bool, event: str = "bounce") -> Any:
    told = {"event": event, "time": 1, "MessageID": "m1", "email": MAYA}
    return [told | {"error": error, "hard_bounce": hard}]


def mailtrap(code: int, said: str) -> Any:
    told = {"event": "bounce", "timestamp": 1, "message_id": "m1", "email": MAYA}
    return {"events": [told | {"response_code": code, "response": said}]}


def mandrill(word: str, said: str = "") -> Any:
    return [{"event": word, "_id": "m1", "ts": 1, "msg": {"email": MAYA, "diag": said}}]


def postal() -> Any:
    bounce = {"original_message": {"id": "m1", "to": MAYA}, "bounce": {"id": 2}}
    return {"event": "MessageBounced", "timestamp": 1.5, "payload": bounce}


def postmark(kind: str, said: str = "") -> Any:
    return {"RecordType": "Bounce", "Type": kind, "MessageID": "m1", "Email": MAYA, "Details": said}


def resend(kind: str) -> Any:
    bounce = {"type": kind, "message": "The recipient's provider sent a bounce message."}
    return {"type": "email.bounced", "created_at": "2026-01-05T10:00:00Z"} | {
        "data": {"email_id": "m1", "to": [MAYA], "bounce": bounce}
    }


def sendgrid(kind: str, status: str, said: str = "") -> Any:
    told = {"event": "bounce", "timestamp": 1, "smtp-id": "m1", "email": MAYA}
    return [told | {"type": kind, "status": status, "reason": said}]


def sparkpost(bounce_class: str, said: str = "") -> Any:
    told = {"type": "bounce", "transmission_id": "m1", "raw_rcpt_to": MAYA, "raw_reason": said}
    return [{"msys": {"message_event": told | {"bounce_class": bounce_class}}}]


def unisender(word: str) -> Any:
    data = {"status": "hard_bounced", "email": MAYA, "job_id": "m1"} | {
        "event_time": "2026-01-05 10:00:00",
        "delivery_info": {"delivery_status": word},
    }
    event = {"event_name": "transactional_email_status", "event_data": data}
    return {"events_by_user": [{"events": [event]}]}


SOFT = [
    ("amazon_ses", ses("Transient", "smtp; 552 mailbox full")),
    ("amazon_ses", ses("Undetermined")),
    ("amazon_ses", ses("Permanent", "smtp; 550 5.7.1 refused by policy")),
    ("brevo", brevo("soft_bounce")),
    ("mailersend", mailersend("soft_bounced")),
    ("mailgun", mailgun(550, bounce_type="soft")),
    ("mailgun", mailgun(602, reason="old")),
    ("mailgun", mailgun(552, FULL)),
    ("mailgun", mailgun(550, enhanced_code="5.7.1")),
    ("mailjet", mailjet("quota exceeded", hard=True)),
    ("mailjet", mailjet("relay/access denied", hard=False)),
    ("mailjet", mailjet("content blocked", hard=True, event="blocked")),
    ("mailtrap", mailtrap(452, "452 4.2.2 The mailbox is full")),
    ("mandrill", mandrill("soft_bounce")),
    ("mandrill", mandrill("hard_bounce", FULL)),
    ("postal", postal()),
    ("postmark", postmark("SoftBounce")),
    ("postmark", postmark("VirusNotification")),
    ("postmark", postmark("DMARCPolicy")),
    ("postmark", postmark("HardBounce", "smtp;550 5.7.509 refused by a policy")),
    ("resend", resend("Transient")),
    ("sendgrid", sendgrid("blocked", "5.0.0")),
    ("sendgrid", sendgrid("bounce", "4.3.0", "maildir over quota")),
    *(("sparkpost", sparkpost(each)) for each in ("20", "22", "24", "50", "52", "70")),
    ("sparkpost", sparkpost("40", "454 4.4.4 [internal] no MX")),
    ("unisender_go", unisender("err_mailbox_full")),
]
HARD = [
    ("amazon_ses", ses("Permanent")),
    ("brevo", brevo("hard_bounce")),
    ("mailersend", mailersend("hard_bounced")),
    ("mailgun", mailgun(550, UNKNOWN, bounce_type="hard")),
    ("mailjet", mailjet("user unknown", hard=True)),
    ("mailtrap", mailtrap(550, "550 5.1.1 No such user, asked by 45.7.1.2")),
    ("mandrill", mandrill("hard_bounce", "smtp;550 5.1.1 unknown, see x-5.7.1.example")),
    ("postmark", postmark("HardBounce", UNKNOWN)),
    ("resend", resend("Permanent")),
    ("sendgrid", sendgrid("bounce", "5.1.1", UNKNOWN)),
    ("sparkpost", sparkpost("10", "550 5.4.1 Recipient address rejected: Access denied")),
    ("unisender_go", unisender("err_user_unknown")),
]


@pytest.fixture(autouse=True)
def providers(settings: Any, tmp_path: Any) -> Any:
    """Every provider may report; what is sent goes to nobody."""
    configure(settings)
    settings.MEDIA_ROOT = tmp_path
    settings.CHANNEL_ADAPTERS = {Channel.EMAIL: "channels_out.adapters.memory.Memory"}
    adapter_for(Channel.EMAIL).clear()
    yield
    adapter_for(Channel.EMAIL).clear()


@pytest.fixture
def conversation() -> Any:
    """Maya asked, and Ann answered."""
    ann = make_member()
    message = make_message(ann)
    make_reply(message, ann)
    drain()
    return message


def sent_by(provider: str, purpose: str = "reply") -> Delivery:
    """The answer, or Ann's notification, as if this provider had taken it."""
    delivery = Delivery.objects.get(purpose=purpose)
    # Mailgun's ids stand in brackets.
    provider_id = "<m1>" if provider == "mailgun" else "m1"
    DeliveryAttempt.objects.filter(delivery=delivery).update(
        provider=provider, provider_id=provider_id
    )
    return delivery


def told(mail_provider: Any, provider: str, event: Any) -> InboundEvent:
    assert send(mail_provider, f"{provider}/tracking/", event).status_code == 200
    process_due()
    return InboundEvent.objects.latest("received_at")


def address() -> ContactAddress:
    return ContactAddress.objects.get(channel=Channel.EMAIL)


@pytest.mark.parametrize(("provider", "event"), SOFT)
def test_f67_a_soft_bounce_fails_the_answer_and_leaves_the_address_open(
    conversation, mail_provider, provider, event
):
    answer = sent_by(provider)
    end = told(mail_provider, provider, event)
    assert (end.outcome, end.detail) == (Outcome.STATUS_RECORDED, f"{SOFT_BOUNCE}: recorded")
    answer.refresh_from_db()
    assert (answer.state, answer.error_name) == (State.FAILED, "failed")
    assert (answer.reason, answer.next_step) == (
        MAY_BE_RIGHT,
        "Try again later, or use another channel.",
    )
    assert address().bounced_at is None


@pytest.mark.parametrize(("provider", "event"), HARD)
def test_f67_a_hard_bounce_closes_the_address(conversation, mail_provider, provider, event):
    answer = sent_by(provider)
    assert told(mail_provider, provider, event).detail == "bounced: recorded"
    answer.refresh_from_db()
    assert (answer.state, answer.error_name) == (State.FAILED, "bad_address")
    assert address().bounced_at


def test_f67_the_hard_bounce_that_follows_a_soft_one_is_told(conversation, mail_provider):
    answer = sent_by("postmark")
    told(mail_provider, "postmark", postmark("SoftBounce"))
    told(mail_provider, "postmark", postmark("HardBounce", UNKNOWN))
    told(mail_provider, "postmark", postmark("SoftBounce"))
    answer.refresh_from_db()
    assert (answer.state, answer.error_name) == (State.FAILED, "bad_address")
    assert address().bounced_at


@pytest.mark.parametrize(("kind", "is_marked"), [("Transient", False), ("Permanent", True)])
def test_f67_a_members_own_mailbox_is_marked_by_a_hard_bounce_alone(
    conversation, mail_provider, kind, is_marked
):
    notice = sent_by("amazon_ses", "notification")
    told(mail_provider, "amazon_ses", ses(kind, to=notice.to_address))
    notice.refresh_from_db()
    assert notice.state == State.FAILED
    assert (MemberAddress.objects.get().bounced_at is not None) == is_marked


def test_f67_a_soft_bounce_of_a_copy_keeps_its_reader_on_copy(conversation, mail_provider):
    tom = "tom@workshop.example"
    Copy.objects.create(message=conversation, address=tom)
    reply = make_reply(conversation, conversation.business.memberships.get())
    drain()
    sent = Delivery.objects.get(dispatch__reply=reply)
    sent.tries.update(provider="amazon_ses", provider_id="m1")
    told(mail_provider, "amazon_ses", ses("Transient", to=tom))
    assert reply.copied.get().problem == SOFT_BOUNCE
    assert Copy.objects.get().bounced_at is None


def test_a_refusal_for_what_came_back_before_is_told_as_that(conversation, mail_provider):
    answer = sent_by("brevo")
    told(mail_provider, "brevo", brevo("blocked"))
    answer.refresh_from_db()
    assert (answer.error_name, answer.reason) == ("bad_address", REJECTED)
    assert address().bounced_at is None


BOUNCED = [row for row in corpus.ROWS if "bounce" in row["test"]]


@pytest.mark.skipif(not BOUNCED, reason="The folder shared/corpora is not beside the checkout")
@pytest.mark.parametrize("row", BOUNCED, ids=lambda row: row["test"].split(".", 1)[1])
def test_no_recorded_hard_bounce_is_taken_for_a_soft_one(row, settings):
    corpus.configure(settings, row)
    with corpus.at_the_time_of(row):
        corpus.send(row)
        process_due()
    assert StatusEvent.objects.exists()
    assert not StatusEvent.objects.filter(provider_status=SOFT_BOUNCE).exists()
