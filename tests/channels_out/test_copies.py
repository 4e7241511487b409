"""One mail goes to several, once, and what is heard of a copy says nothing of the one it is for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from email import message_from_bytes

import pytest
from werkzeug import Response

from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.errors import BadAddress, Deferred
from channels_out.models import StatusEvent, Suppression
from channels_out.outbox import StatusOutcome, StatusReport, drain, record_status, retry
from channels_out.outbox.unmatched import match_events
from channels_out.outgoing import Rendered
from channels_out.signals import (
    address_bounced,
    address_unwanted,
    copy_failed,
    deliveries_changed,
)
from channels_out.state import State
from channels_out.suppression import EMAIL_SCOPE, suppress, suppressed
from tests.channels_out.test_mail import RENDERED, outgoing, received, send, smtp

__all__ = ["smtp"]  # a fixture

CUSTOMER, TOM, EVE = "customer@example.org", "tom@partner.example", "eve@partner.example"
COPIED = replace(RENDERED, cc=(TOM, EVE))

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """What was told of copies: the address and the word."""
    heard = []

    def hear(sender, delivery, address, reason, **_):
        heard.append((address, reason))

    copy_failed.connect(hear, weak=False)
    yield heard
    copy_failed.disconnect(hear)


@pytest.fixture
def sent(memory, mail):
    """A mail with two copies that a provider has taken."""
    delivery = mail(rendered=COPIED)
    drain()
    return delivery


def report(delivery, word, recipient, **changes):
    attempt = delivery.tries.get()
    usual = {"provider": "memory", "provider_id": attempt.provider_id}
    return record_status(
        StatusReport(**{**usual, "provider_status": word, "recipient": recipient, **changes})
    )


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


def refuse(smtp, *addresses, words="550 5.1.1 No such user"):
    async def answer(server, session, envelope, address, options):
        if address in addresses:
            return words
        envelope.rcpt_tos.append(address)
        return "250 OK"

    smtp.handler.handle_RCPT = answer


def test_copies_survive_the_queue():
    assert Rendered.from_payload(json.loads(json.dumps(COPIED.to_payload()))) == COPIED


def test_it_is_one_mail_with_a_cc_that_all_can_see(smtp):
    send(outgoing(COPIED))
    envelope, mail = received(smtp)
    assert envelope.rcpt_tos == [CUSTOMER, TOM, EVE]
    assert (mail["To"], mail["Cc"]) == (CUSTOMER, f"{TOM}, {EVE}")


def test_where_the_server_takes_no_mail_for_whom_it_is_for_no_copy_goes_out_alone(smtp):
    refuse(smtp, CUSTOMER)
    with pytest.raises(BadAddress):
        send(outgoing(COPIED))
    refuse(smtp, CUSTOMER, words="451 4.7.1 Greylisted")
    with pytest.raises(Deferred):
        send(outgoing(COPIED))
    assert smtp.handler.mails == []


@pytest.mark.parametrize(
    ("words", "word"), [("550 5.1.1 No such user", "rejected"), ("451 4.7.1 Later", "failed")]
)
def test_a_copy_that_the_server_refuses_is_told_and_the_mail_goes_out(smtp, words, word):
    refuse(smtp, TOM, words=words)
    assert send(outgoing(COPIED)).refused == ((TOM, word),)
    envelope, _ = received(smtp)
    assert envelope.rcpt_tos == [CUSTOMER, EVE]


def test_an_own_id_for_each_recipient_is_kept_for_whom_it_is_for(httpserver, settings):
    settings.EMAIL_BACKEND = "anymail.backends.mandrill.EmailBackend"
    settings.CHANNEL_ADAPTERS = {}
    settings.ANYMAIL = {"MANDRILL_API_KEY": "k", "MANDRILL_API_URL": httpserver.url_for("/")}
    answers = [
        {"email": TOM, "status": "sent", "_id": "2"},
        {"email": CUSTOMER, "status": "sent", "_id": "1"},
        {"email": EVE, "status": "rejected", "_id": "3"},
    ]
    taken = Response(json.dumps(answers), content_type="application/json")
    httpserver.expect_request("/messages/send.json").respond_with_response(taken)
    given = send(outgoing(COPIED))
    assert (given.provider_id, given.status) == ("1", State.SENT)
    assert given.refused == ((EVE, "rejected"),)
    answers[1]["status"] = "rejected"
    httpserver.clear()
    refused = Response(json.dumps(answers), content_type="application/json")
    httpserver.expect_request("/messages/send.json").respond_with_response(refused)
    given = send(outgoing(COPIED))
    assert (given.status, type(given.error)) == (State.FAILED, BadAddress)


@pytest.mark.parametrize("word", ["bounced", "rejected", "failed"])
def test_a_copy_that_fails_leaves_the_mail_as_it_is(sent, told, word):
    assert report(sent, word, "Tom@Partner.example") == StatusOutcome.RECORDED
    assert state_of(sent) == State.SENT
    assert told == [(TOM, word)]
    assert report(sent, "bounced", CUSTOMER) == StatusOutcome.RECORDED
    assert state_of(sent) == State.FAILED


def test_an_opened_copy_is_not_read_by_whom_it_is_for(sent, told):
    assert report(sent, "opened", TOM) == StatusOutcome.NOTHING_NEW
    assert (state_of(sent), told) == (State.SENT, [])
    report(sent, "opened", CUSTOMER)
    assert state_of(sent) == State.READ


def test_who_calls_a_copy_spam_gets_no_more_and_nobody_else_is_stopped(sent, told):
    unwanted = []

    def hear(sender, address, **_):
        unwanted.append(address)

    address_unwanted.connect(hear)
    report(sent, "complained", TOM)
    keys = {(str(Channel.EMAIL), EMAIL_SCOPE, each) for each in (CUSTOMER, TOM, EVE)}
    assert {address for _, _, address in suppressed(keys)} == {TOM}
    assert (told, unwanted) == ([(TOM, "complained")], [])


def test_a_report_with_the_id_of_one_copy_finds_its_mail_by_ours(sent, told):
    attempt = sent.tries.get()
    report(sent, "bounced", TOM, provider_id="of-tom-alone", attempt_id=attempt.pk)
    assert told == [(TOM, "bounced")]
    attempt.refresh_from_db()
    assert attempt.provider_id != "of-tom-alone"


def test_what_was_heard_of_a_copy_before_our_commit_is_told_afterwards(sent, told):
    attempt = sent.tries.get()
    provider_id, attempt.provider_id = attempt.provider_id, ""
    attempt.save()
    outcome = report(sent, "bounced", TOM, provider_id=provider_id)
    assert (outcome, told) == (StatusOutcome.UNMATCHED, [])
    attempt.provider_id = provider_id
    attempt.save()
    match_events()
    assert (told, state_of(sent)) == ([(TOM, "bounced")], State.SENT)
    assert not StatusEvent.objects.exists()


def test_no_copy_goes_to_who_wants_no_mail(memory, mail, told):
    suppress(Channel.EMAIL, EMAIL_SCOPE, TOM, reason="complained")
    delivery = mail(rendered=COPIED)
    drain()
    assert state_of(delivery) == State.SENT
    [(message, _)] = memory.accepted
    assert message.rendered.cc == (EVE,)
    assert told == [(TOM, "left_out")]


def test_what_is_kept_of_that_stays_where_somebody_breaks_off_on_hearing_of_another_mail(
    memory, mail
):
    suppress(Channel.EMAIL, EMAIL_SCOPE, TOM, reason="complained")
    stopped, delivery = mail(to_address=TOM), mail(rendered=COPIED)

    def hear(changes, **_):
        if any(change.delivery_id == stopped.pk for change in changes):
            raise LookupError("a fault of ours")

    def keep(delivery, address, reason, **_):
        suppress("kept", str(delivery.pk), address, reason=reason)

    deliveries_changed.connect(hear)
    copy_failed.connect(keep)
    try:
        drain()
    finally:
        deliveries_changed.disconnect(hear)
        copy_failed.disconnect(keep)
    assert (state_of(stopped), state_of(delivery)) == (State.QUEUED, State.SENT)
    kept = Suppression.objects.get(channel="kept")
    assert (kept.scope, kept.address, kept.reason) == (str(delivery.pk), TOM, "left_out")


def test_what_is_sent_again_after_it_came_back_goes_to_nobody_who_has_it(sent, memory):
    report(sent, "bounced", CUSTOMER)
    retry(sent)
    drain()
    assert [message.rendered.cc for message, _ in memory.accepted] == [(TOM, EVE), ()]


def test_what_never_went_out_is_sent_again_to_all(memory, mail):
    memory.answers.append(BadAddress())
    delivery = mail(rendered=COPIED)
    drain()
    retry(delivery)
    drain()
    assert [message.rendered.cc for message, _ in memory.accepted] == [(TOM, EVE)]


def test_the_signal_of_a_bounce_is_for_whom_it_is_for_alone(sent):
    heard = []

    def hear(sender, address, **_):
        heard.append(address)

    address_bounced.connect(hear)
    report(sent, "bounced", TOM)
    report(sent, "bounced", CUSTOMER)
    assert heard == [CUSTOMER]


def test_a_connection_is_used_again_after_it_was_asked(smtp):
    for _ in range(2):
        send(outgoing(COPIED))
    assert len(smtp.handler.mails) == 2
    assert message_from_bytes(smtp.handler.mails[1].content)["Cc"]
    asyncio.run(adapter_for(Channel.EMAIL).close())
