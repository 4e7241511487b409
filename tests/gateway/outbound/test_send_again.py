"""A failed answer is sent again by its writer's word, but not to whom has stopped it."""

from __future__ import annotations

import pytest

from channels_out.errors import BadAddress
from channels_out.models import Delivery
from channels_out.outbox import drain
from channels_out.state import State
from channels_out.suppression import EMAIL_SCOPE, suppress
from gateway.outbound.another_way import send_another_way
from gateway.outbound.by_hand import send_again
from gateway.outbound.ways import NotReachable
from tests.factories import make_message, make_reply, make_text
from tests.gateway.post import MAYA, PHONE, sent_to_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed(ann, ann_number, memory):
    """An answer by text that the provider refused for good, to a customer who gave an address as well."""
    message = make_message(ann, sender_email=MAYA, sender_phone=PHONE, reply_by="sms")
    reply = make_reply(message, ann, "Come by at five.")
    Delivery.objects.filter(purpose="notification").update(state=State.SENT, due_at=None)
    memory.answers.append(BadAddress())
    drain()
    return reply


def states(reply):
    return [each.state for each in sent_to_customer(reply.message)]


def test_what_the_customer_stopped_is_not_tried_again_until_he_allows_it(failed, ann_number):
    make_text(ann_number, PHONE, "STOP")
    with pytest.raises(NotReachable, match="opted out") as refused:
        send_again(failed)
    assert refused.value.usable == ["email"]
    assert states(failed) == [State.FAILED]
    make_text(ann_number, PHONE, "START")
    send_again(failed)
    assert states(failed) == [State.QUEUED]


def test_a_mail_that_its_reader_wants_no_more_is_not_tried_again(failed):
    send_another_way(failed, "email")
    suppress("email", EMAIL_SCOPE, MAYA, reason="complaint")
    drain()
    with pytest.raises(NotReachable, match=f"{MAYA} does not want our mail any more."):
        send_again(failed)
