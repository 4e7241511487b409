"""What a mail provider knows of mails of ours and never reported is recorded as its webhook would have been."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from werkzeug import Response

from channels_out.models import Delivery, DeliveryAttempt, StatusEvent, Suppression
from channels_out.outbox import drain, enqueue
from channels_out.outgoing import Rendered
from channels_out.state import State
from tests.mail_apis import TO, Mailgun, Postmark
from webhooks.esp.events import take_in
from webhooks.models import Errand, InboundEvent, Kind, Round
from webhooks.outcome import Outcome
from webhooks.processing import process_due
from webhooks.reconcile.errands import run_due

pytestmark = pytest.mark.django_db

APIS = {"mailgun": Mailgun, "postmark": Postmark}
PARTNER = "partner@elsewhere.example"


@pytest.fixture(params=APIS)
def api(request, httpserver, settings):
    return APIS[request.param](httpserver, settings)


@pytest.fixture
def sent(api):
    """Sends a mail that the provider takes; nobody reports on it."""
    run_due()

    def send(**more) -> Delivery:
        rendered = Rendered("Yes, it is.", from_header="ann@mail.gateway.test", **more)
        delivery = enqueue(channel="email", to_address=TO, rendered=rendered)
        drain()
        delivery.refresh_from_db()
        assert delivery.state == State.SENT
        return delivery

    return send


def later(hours=0.5):
    """The rounds go on some hours later."""
    with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=False):
        while run_due():
            pass
        process_due()


def rungs():
    return Round.objects.filter(errand=Errand.STANDING, name__startswith="standing:mail:")


def test_f18_a_delivery_that_was_never_reported_is_recorded_and_marked_as_recovered(api, sent):
    delivery = sent()
    api.happened(api.taken[0], "delivered")
    later()
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
    assert delivery.delivered_at < timezone.now() + timedelta(minutes=1)
    event = InboundEvent.objects.get()
    assert (event.kind, event.provider) == (Kind.EMAIL_TRACKING, api.name)
    assert event.outcome == Outcome.STATUS_RECORDED
    assert event.recovered_at


def test_its_late_webhook_changes_nothing(api, sent):
    sent()
    api.happened(api.taken[0], "delivered")
    later()
    repeat(api, "delivered")
    assert StatusEvent.objects.count() == 1


def test_what_was_reported_is_not_asked_for(api, sent):
    delivery = sent()
    api.happened(api.taken[0], "delivered")
    repeat(api, "delivered")
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
    later()
    assert not api.asked


def test_it_only_moves_forward(api, sent):
    """It came back after a server had taken it."""
    delivery = sent()
    api.happened(api.taken[0], "bounced")
    api.happened(api.taken[0], "delivered")
    later()
    delivery.refresh_from_db()
    assert delivery.state == State.FAILED


@pytest.mark.parametrize(
    ("word", "error"), [("bounced", "bad_address"), ("full", "failed")], ids=["gone", "full"]
)
def test_a_bounce_says_whether_the_address_may_be_right(api, sent, word, error):
    delivery = sent()
    api.happened(api.taken[0], word)
    later()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_name) == (State.FAILED, error)


def test_what_became_of_a_copy_moves_nothing(api, sent):
    delivery = sent(cc=(PARTNER,))
    api.happened(api.taken[0], "bounced", to=PARTNER)
    later()
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert not Suppression.objects.exists()


def test_each_is_asked_about_a_few_times_and_then_left(api, sent):
    delivery = sent()
    for hours in (0.5, 2, 13, 14):
        later(hours)
    assert len(api.asked) == 3
    assert {each.reached for each in rungs()} == {delivery.sent_at}


def test_a_mail_that_the_provider_has_no_longer_is_left(api, sent):
    delivery = sent()
    api.shows = False
    later()
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert not rungs().exclude(failing_since=None).exists()


@pytest.mark.parametrize("status", [429, 503])
def test_a_provider_that_does_not_answer_is_seen_and_asked_again(api, sent, status):
    delivery = sent()
    api.happened(api.taken[0], "delivered")
    api.instead = Response("No", status)
    later()
    assert rungs().exclude(failing_since=None).exists()
    assert not Round.objects.exclude(name__in=rungs().values("name")).exclude(failing_since=None)
    api.instead = None
    later(hours=1)
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
    assert not rungs().exclude(failing_since=None).exists()


def test_a_key_that_may_only_send_leaves_mail_to_its_webhooks(api, sent):
    sent()
    api.instead = Response("Forbidden", 401)
    later()
    assert api.asked
    assert not rungs().exclude(failing_since=None).exists()


def test_mail_that_went_another_way_is_not_asked_about(api, sent):
    sent()
    for rows in (Delivery, DeliveryAttempt):
        rows.objects.update(provider="smtp", provider_id="")
    later()
    assert not api.asked


def repeat(api, word):
    """The provider's own webhook comes."""
    [taken] = api.taken
    event = InboundEvent(
        kind=Kind.EMAIL_TRACKING,
        provider=api.name,
        path=f"/webhooks/email/{api.name}/tracking/",
        content_type="application/json",
        body=json.dumps(api.posted(taken, word)).encode(),
    )
    take_in(event)
