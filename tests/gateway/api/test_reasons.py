"""What an owner reads, and what else follows, when Twilio says why a text did not arrive."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from channels_out.adapters.twilio_codes import BY_CODE
from channels_out.adapters.twilio_meanings import MEANINGS
from channels_out.models import Sender, Suppression
from channels_out.outbox import StatusReport, drain, record_status
from channels_out.outbox.claim import claim
from gateway.outbound.after_failure import follow_up
from gateway.outbound.failures import RECEIPT_MAY_COME
from tests.channels_out.twilio_kinds import KIND_OF, KINDS, STOPPED
from tests.factories import make_reply, make_sender, make_text
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, text_of
from tests.gateway.post import PHONE, notifications, sent_to_customer

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

# What the owner reads of each code, one a line: the code, why, what to do. It stands apart from the product's table:
# a code that moves there, or other words, are seen here.
SENTENCES = Path(__file__).with_name("sentences.txt").read_text().splitlines()
READ = {code: (why, step) for code, why, step in (line.split(" | ") for line in SENTENCES)}
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
        return [reply for reply in replies if reply["delivery"]]

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
    assert (set(READ), len(SENTENCES)) == (set(BY_CODE), len(BY_CODE))


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_tells_the_owner_why_and_sends_nothing_again(ann, message, shown, kind):
    codes = KINDS[kind].split()
    for code in codes:
        begin_anew()
        make_reply(message, ann, f"Answer ({code})")
        delivery = report(message, code)
        assert (code, delivery.error_name, delivery.error_code) == (code, kind, code)
        assert (code, drain()) == (code, 0)
        assert (code, Suppression.objects.exists()) == (code, kind in STOPPED)
        paused = Sender.objects.exclude(paused_at=None).exists()
        assert (code, paused) == (code, kind == "credentials_refused")
    page = read(client_of(ann).get(f"/conversations/{message.pk}/"))
    mails = _mails_on_failures(message)
    for code, reply in zip(codes, shown(), strict=True):
        told = reply["delivery"]
        assert (code, told["state"]) == (code, "failed")
        _fits(code, kind, told["reason"], told["next_step"])
        both = f"{told['reason']} {told['next_step']}"
        assert both in text_of(page, f"#m-{reply['id']}"), code
        assert [both in mail for mail in mails if f"Answer ({code})" in mail] == [True], code


def _mails_on_failures(message):
    """What the writer of answers that did not arrive gets by mail."""
    with time_machine.travel(timezone.now() + RECEIPT_MAY_COME, tick=False):
        while follow_up():
            pass
    return [each.rendered.text for each in notifications(message)]


def _fits(code, kind, reason, next_step):
    assert (code, reason, next_step) == (code, *READ[code])
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
    told = shown()[0]["delivery"]
    assert (told["reason"], told["next_step"]) == GENERAL
