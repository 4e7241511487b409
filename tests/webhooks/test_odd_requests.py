"""Requests with the right password and signature that are not what their provider sends."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from django.urls import get_resolver

from tests.webhooks.providers import RAW, SAMPLES, SIGNS_WITHIN, configure, send, with_oddities
from webhooks.esp import events
from webhooks.models import EventState, InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

NO_JSON = [b"{", b"\xff", b"null", b"7", b'"text"', b"[[]]", b"[1]", b"[" * 100_000, b'"\\ud800"']
ODD = (7, [1], "\0\ud800")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bikes")]


@pytest.fixture(autouse=True)
def providers(settings: Any) -> None:
    configure(settings)


def ends() -> set[tuple[str, str]]:
    """How everything that was stored ended."""
    while process_due():
        pass
    return set(InboundEvent.objects.values_list("state", "outcome"))


def test_there_is_a_sample_of_every_route():
    known = {str(each.pattern) for each in get_resolver("anymail.urls").url_patterns}
    known -= {"sendinblue/inbound/", "sendinblue/tracking/", "^mailgun/inbound(_mime)?/$"}
    assert known <= set(SAMPLES)


@pytest.mark.parametrize("route", SAMPLES)
def test_a_sample_is_taken(mail_provider, route):
    answer = send(mail_provider, route, SAMPLES[route])
    assert answer.status_code == 200, answer.content
    (end,) = ends()
    assert end[0] == EventState.DONE
    assert end[1] not in {Outcome.REFUSED, Outcome.FAILED}


@pytest.mark.parametrize("route", SAMPLES)
def test_f42_what_is_no_request_of_this_provider_is_told_so_and_not_stored(mail_provider, route):
    refused = {400, 403} if route.startswith(SIGNS_WITHIN) else {400}
    for body in NO_JSON:
        answer = send(mail_provider, route, body)
        assert answer.status_code in refused, (body[:20], answer.content)
        assert answer.content.strip()
    assert not InboundEvent.objects.exists()


@pytest.fixture
def mailtrap(monkeypatch: Any) -> None:
    """Answers whoever asks for a mail: the whole of it, as bytes behind another address."""
    answer = mock.MagicMock()
    answer.json.return_value = {"raw_message_url": "https://mailtrap.test/1"}
    answer.__enter__.return_value.iter_content.return_value = [RAW.encode()]
    monkeypatch.setattr("anymail.webhooks.mailtrap.requests.get", lambda *_, **__: answer)


@pytest.mark.usefixtures("mailtrap")
@pytest.mark.parametrize("route", SAMPLES)
def test_f42_an_odd_field_never_makes_an_event_that_is_tried_again(mail_provider, route):
    for odd in with_oddities(SAMPLES[route], ODD):
        answer = send(mail_provider, route, odd)
        assert answer.status_code in {200, 400, 403}, (odd, answer.content)
    assert {state for state, _ in ends()} == {EventState.DONE}


def test_what_can_never_be_read_is_refused_in_words_and_kept_raw(mail_provider):
    assert send(mail_provider, "sendgrid/tracking/", [{"x": 1}]).status_code == 200
    assert ends() == {(EventState.DONE, Outcome.REFUSED)}
    event = InboundEvent.objects.get()
    assert event.detail == "It is not what SendGrid sends: 'event' is missing."
    assert event.read_body() == b'[{"x": 1}]'


def test_a_fault_of_ours_over_a_good_request_is_tried_again(mail_provider, monkeypatch):
    def fail(*args: Any) -> None:
        raise LookupError("a fault of ours")

    monkeypatch.setattr(events, "record_status", fail)
    send(mail_provider, "postmark/tracking/", SAMPLES["postmark/tracking/"])
    assert ends() == {(EventState.FAILED, Outcome.FAILED)}


def test_an_answer_of_the_provider_that_cannot_be_read_is_asked_for_again(
    mail_provider, monkeypatch
):
    def answered(*args: Any, **kwargs: Any) -> Any:
        raise KeyError("an answer without its fields")

    monkeypatch.setattr("anymail.webhooks.resend.requests.get", answered)
    mail = {"type": "email.received", "data": {"email_id": "m1"}}
    assert send(mail_provider, "resend/inbound/", mail).status_code == 200
    assert ends() == {(EventState.FAILED, Outcome.FAILED)}
