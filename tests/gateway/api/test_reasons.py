"""What an owner reads, and what else follows, when Twilio says why a text did not arrive."""

from __future__ import annotations

import re
from itertools import count

import pytest
from django.utils import timezone

from channels_out.adapters.twilio_codes import BY_CODE
from channels_out.adapters.twilio_meanings import MEANINGS
from channels_out.models import Sender, Suppression
from channels_out.outbox import StatusReport, drain, record_status
from channels_out.outbox.claim import claim
from tests.channels_out.twilio_kinds import KIND_OF, KINDS, STOPPED
from tests.factories import make_reply, make_sender, make_text
from tests.gateway.post import PHONE, sent_to_customer

# What the step of a kind has to say, and what it must not.
SAYS = {
    "bad_address": "another channel|Check the number|Call the customer|Use SMS or email",
    "opted_out": "START",
    "blocked": "until the customer writes",
    "window_closed": "another channel",
    "too_fast": "[Ss]end it again",
    "credentials_refused": "whoever runs this service",
    "sender_refused": "another channel",
    "content_refused": "[Ss]end|another channel|email|attach",
    "not_supported": "another channel|by email",
    "unreachable": "Try again",
    "provider_down": "Try again",
    "expired": "Send it again",
    "failed": "another channel|again",
}
NEVER_SAYS = {
    "bad_address": "again|later|tomorrow",
    "opted_out": "[Tt]ry again|send it again",
    "blocked": "again|START|STOP",
    "window_closed": "again",
    "credentials_refused": "another number",
    "sender_refused": "[Tt]ry again",
    "content_refused": "later|tomorrow",
    "not_supported": "again",
}
PROMISES = re.compile(r"by itself|waits its turn|is kept|Nothing to do|at the moment")
JARGON = re.compile(
    r"A2P|10DLC|API|HTTP|SID|URL|MMS|Twilio|Meta\b|carrier|handset|opt|campaign|param|webhook"
)

READ = {
    "21211": ("This is not a valid phone number.", "Check the number with the customer."),
    "21610": (
        "The customer has asked not to be written to here.",
        "Use another channel. Here the customer can allow it again by texting START.",
    ),
    "63014": (
        "The customer has blocked our number on WhatsApp.",
        "Use another channel, or wait until the customer writes.",
    ),
    "63016": (
        "WhatsApp allows free text only within 24 hours of the customer's last message.",
        "Use another channel or an approved template, or wait until the customer writes.",
    ),
    "63032": (
        "WhatsApp does not deliver such messages to this customer at present.",
        "Use another channel, or wait until the customer writes.",
    ),
    "30003": (
        "The phone is switched off or out of reach.",
        "Try again later, or use another channel.",
    ),
    "30006": (
        "This number cannot receive texts; it may be a landline.",
        "Call the customer, or use another channel.",
    ),
    "30007": (
        "The phone network took this message for advertising and blocked it.",
        "Say it in other words, without links, or use another channel.",
    ),
    "30034": (
        "Our number is not registered for texts to this country yet.",
        "Use another channel, and ask whoever runs this service to register the number.",
    ),
    "30410": (
        "Nobody can say whether the text reached the phone.",
        "Ask the customer whether it came before you send it again.",
    ),
    "30450": (
        "Texts to this number are held back for about half an hour, because fraud is suspected.",
        "Try again in half an hour, or use another channel.",
    ),
    "30454": (
        "Our account is a trial one and may not send this.",
        "Use another channel, and ask whoever runs this service to check the sender.",
    ),
    "30453": (
        "Texts to this number are held back for some hours, because fraud is suspected.",
        "Try again in a few hours, or use another channel.",
    ),
    "30001": (
        "More messages are waiting at our number than it can send.",
        "Wait a while and send it again, or use another channel.",
    ),
    "20003": (
        "The provider refuses our account, so this message was not sent.",
        "Ask whoever runs this service to check the account, then send it again.",
    ),
    "63041": (
        "WhatsApp has paused this template, because customers complained about it.",
        "Use another template or another channel.",
    ),
    "21623": ("There are more than 10 attachments.", "Send fewer."),
}
GENERAL = ("The message could not be sent.", "Try again, or use another channel.")
_number = count(1)


@pytest.fixture(autouse=True)
def mail_stays_here(settings):
    """Of all that is sent, only texts may leave."""
    settings.CHANNEL_ADAPTERS = {"email": "channels_out.adapters.memory.Memory"}


@pytest.fixture
def message(ann):
    """What a customer texted to Ann."""
    return make_text(make_sender(ann.business), PHONE, "Hi there").message


@pytest.fixture
def shown(api, message):
    """What REST shows of the answers in the conversation, the oldest first."""

    def show():
        replies = api.get(f"business/messages/{message.pk}/").json()["replies"]
        return [reply["delivery"] for reply in replies]

    return show


def report(message, code):
    """Twilio took the newest answer, and reports that it did not arrive."""
    claim(10)
    delivery = sent_to_customer(message)[-1]
    told = StatusReport(
        provider="twilio",
        provider_status="undelivered",
        attempt_id=delivery.tries.get().pk,
        provider_id=f"SM{next(_number)}",
        error_code=code,
    )
    record_status(told)
    delivery.refresh_from_db()
    return delivery


def begin_anew():
    """Forget what followed from an earlier code."""
    Suppression.objects.all().delete()
    Sender.objects.update(paused_at=None, next_at=timezone.now())


def test_every_code_has_one_kind_and_the_other_way_round():
    assert set(KIND_OF) == set(BY_CODE)
    assert sum(len(each.split()) for each in KINDS.values()) == len(KIND_OF)
    assert sum(len(each.codes.split()) for each in MEANINGS) == len(BY_CODE)
    assert set(READ) < set(BY_CODE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_tells_the_owner_why_and_sends_nothing_again(ann, message, shown, kind):
    codes = KINDS[kind].split()
    for code in codes:
        begin_anew()
        make_reply(message, ann)
        delivery = report(message, code)
        assert (code, delivery.error_name, delivery.error_code) == (code, kind, code)
        assert (code, drain()) == (code, 0)
        assert (code, Suppression.objects.exists()) == (code, kind in STOPPED)
        paused = Sender.objects.exclude(paused_at=None).exists()
        assert (code, paused) == (code, kind == "credentials_refused")
    for code, told in zip(codes, shown(), strict=True):
        assert (code, told["state"]) == (code, "failed")
        _fits(code, kind, told["reason"], told["next_step"])


def _fits(code, kind, reason, next_step):
    assert (code, reason, next_step) == (code, *READ.get(code, (reason, next_step)))
    assert (code, reason) != (code, GENERAL[0])
    assert re.search(SAYS[kind], next_step), (code, next_step)
    assert not re.search(NEVER_SAYS.get(kind, "$^"), next_step), (code, next_step)
    for sentence in (reason, next_step):
        assert re.fullmatch(r"[A-Z].{8,}[.]", sentence), (code, sentence)
        assert not PROMISES.search(sentence), (code, sentence)
        assert not JARGON.search(sentence), (code, sentence)


def test_what_means_something_else_is_said_in_other_words():
    sentences = [(each.error, each.reason) for each in MEANINGS]
    assert len(sentences) == len(set(sentences))


def test_a_code_that_nobody_knows_is_told_in_general(ann, message, shown):
    make_reply(message, ann)
    report(message, "30999")
    (told,) = shown()
    assert (told["reason"], told["next_step"]) == GENERAL
