"""Checks: asked for by a person, made for real by a worker, and told in words that say what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from twilio.request_validator import RequestValidator
from werkzeug import Response

from channels_out.errors import BadAddress
from channels_out.models import Delivery
from channels_out.outbox import drain
from gateway.checks import making
from gateway.checks.outcomes import OUTCOMES
from gateway.checks.runs import ask, run_due
from gateway.models import Check, CheckName, MemberAddress, Pulse
from gateway.pulse import beat
from tests.factories import make_sender


def found(user, name):
    """What comes of a check that is asked for now."""
    ask(user, name)
    run_due()
    check = Check.objects.get(user=user, name=name)
    assert check.outcome in OUTCOMES or check.finished_at is None
    return check.outcome, check.detail


@pytest.fixture
def here(settings, httpserver):
    """The public address, at which a server of this test answers."""
    settings.PUBLIC_URL = httpserver.url_for("").rstrip("/")
    return settings.PUBLIC_URL


def test_a_check_is_asked_for_once_until_it_is_over(ann, ben):
    assert ask(ann.user, CheckName.WORKER)
    assert not ask(ann.user, CheckName.WORKER)
    assert ask(ben.user, CheckName.WORKER)
    assert run_due() == 2
    assert run_due() == 0
    assert ask(ann.user, CheckName.WORKER)


def test_what_no_worker_took_up_can_be_asked_for_again(ann):
    ask(ann.user, CheckName.WORKER)
    Check.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    assert ask(ann.user, CheckName.WORKER)


def test_the_worker_knows_whether_its_clock_goes(ann):
    Pulse.objects.all().delete()
    assert found(ann.user, CheckName.WORKER) == ("clock_stands", "")
    beat()
    assert found(ann.user, CheckName.WORKER) == ("works", "")


@pytest.mark.parametrize(
    ("url", "outcome"),
    [("http://127.0.0.1:8000", "loopback"), ("http://shop.example", "no_https")],
)
def test_an_address_that_nobody_outside_can_use_is_named(ann, settings, url, outcome):
    settings.PUBLIC_URL = url
    assert found(ann.user, CheckName.PUBLIC_URL) == (outcome, url)


@pytest.mark.parametrize(("status", "outcome"), [(401, "reached"), (200, "somebody_else")])
def test_the_public_address_is_asked_whether_it_is_us(
    ann, httpserver, here, monkeypatch, status, outcome
):
    httpserver.expect_request("/changes/").respond_with_data(status=status)
    # A certificate that is trusted is nothing a test has.
    monkeypatch.setattr(making, "is_loopback", lambda url: False)
    monkeypatch.setattr(making, "public_url", lambda: "https://gateway.test")
    assert found(ann.user, CheckName.PUBLIC_URL) == (outcome, "https://gateway.test")


def test_an_address_at_which_nothing_answers_is_named(ann, settings):
    settings.PUBLIC_URL = "https://127.0.0.1:9"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(making, "is_loopback", lambda url: False)
        outcome, detail = found(ann.user, CheckName.PUBLIC_URL)
    assert outcome == "not_reached"
    assert "https://127.0.0.1:9/changes/" in detail


def test_a_mail_goes_to_whoever_asked_by_the_way_of_all_mails(ann, memory):
    assert found(ann.user, CheckName.MAIL) == ("", "")
    (sent,) = Delivery.objects.filter(purpose="check")
    assert sent.to_address == ann.user.email
    assert "/checks/" in sent.rendered.text
    drain()
    later()
    assert run_due() == 1
    assert result() == ("mail_sent", ann.user.email)
    assert not ask(ann.user, CheckName.MAIL), "nobody's mailbox is filled by a button"


def test_a_mail_that_is_refused_says_why(ann, memory):
    found(ann.user, CheckName.MAIL)
    memory.answers.append(BadAddress())
    drain()
    later()
    run_due()
    assert result() == ("mail_failed", BadAddress().reason)


def test_who_has_no_verified_address_gets_no_mail(ann):
    MemberAddress.objects.all().delete()
    assert found(ann.user, CheckName.MAIL) == ("no_address", "")
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(404, "account_accepted"), (401, "account_refused"), (500, "no_answer")],
)
def test_twilio_is_asked_whether_it_knows_the_account(ann, settings, httpserver, status, outcome):
    settings.TWILIO_API_URL = httpserver.url_for("").rstrip("/")
    httpserver.expect_request(
        f"/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}/Messages/{making.NO_MESSAGE}.json"
    ).respond_with_json({"code": 20003 if status == 401 else 20404, "message": "No"}, status)
    assert found(ann.user, CheckName.TWILIO)[0] == outcome


def test_without_an_account_there_is_nothing_to_ask(ann, settings):
    settings.TWILIO_ACCOUNT_SID = ""
    assert found(ann.user, CheckName.TWILIO) == ("no_account", "")
    assert found(ann.user, CheckName.WEBHOOK) == ("no_account", "")


@pytest.mark.django_db(transaction=True)
def test_a_signed_request_goes_the_whole_way_and_a_forged_one_does_not(ann, settings, live_server):
    settings.PUBLIC_URL = live_server.url
    outcome, detail = found(ann.user, CheckName.WEBHOOK)
    assert (outcome, detail.startswith(live_server.url)) == ("signed_taken", True)


@pytest.mark.parametrize(
    ("signed", "forged", "outcome"), [(403, 403, "signed_refused"), (200, 200, "unsigned_taken")]
)
def test_a_way_that_takes_what_it_must_not_or_refuses_what_it_must_take_is_named(
    ann, settings, httpserver, here, signed, forged, outcome
):
    validator = RequestValidator(settings.TWILIO_AUTH_TOKENS[0])

    def answer(request):
        is_signed = validator.validate(
            request.url, request.form, request.headers["X-Twilio-Signature"]
        )
        return Response("Answered", signed if is_signed else forged)

    httpserver.expect_request(f"/webhooks/twilio/status/{making.NO_ATTEMPT}/").respond_with_handler(
        answer
    )
    assert found(ann.user, CheckName.WEBHOOK)[0] == outcome


def test_a_simulated_customer_texts_to_the_number_of_the_business(
    ann, ann_number, settings, httpserver
):
    settings.SIMULATOR_URL = httpserver.url_for("").rstrip("/")
    httpserver.expect_request("/simulator/api/phone/send", "POST").respond_with_json({"sid": "SM1"})
    assert found(ann.user, CheckName.TEXT) == ("text_came", ann_number.address)
    sent = httpserver.log[0][0].get_json()
    assert (sent["channel"], sent["to"]) == ("sms", ann_number.address)


def test_a_simulator_that_is_away_and_a_business_without_a_number_are_named(ann, ben, settings):
    settings.SIMULATOR_URL = "http://127.0.0.1:9"
    make_sender(ben.business)
    assert found(ann.user, CheckName.TEXT) == ("no_number", "")
    assert found(ben.user, CheckName.TEXT)[0] == "no_simulator"


def later():
    """The worker looks again at what was not over."""
    Check.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def result():
    check = Check.objects.get()
    return check.outcome, check.detail
