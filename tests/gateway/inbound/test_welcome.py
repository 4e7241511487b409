"""The welcome mail asks for an answer, which shows from where a member writes."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from channels_out.models import Delivery
from gateway.accept import CannotAccept
from gateway.held import NotForYou, settle_accept, settle_file, settle_send
from gateway.inbound.messages import Outcome
from gateway.models import CustomerMessage, HeldReason, MemberAddress, Role, Settlement
from gateway.participants import is_verified
from gateway.welcome import welcome
from tests.factories import make_member, make_message
from tests.gateway.post import header, owner_token, post

pytestmark = pytest.mark.django_db

ELSEWHERE = "ann@phone.example"


@pytest.fixture
def new(ann):
    """Somebody who just joined Ann's business and has shown no address."""
    member = make_member(ann.business, Role.MEMBER)
    MemberAddress.objects.filter(user=member.user).delete()
    return member


def welcomes():
    """The welcome mails, the oldest first."""
    return list(Delivery.objects.filter(purpose="welcome").order_by("id"))


def answer(member, sender="", **fields):
    """His answer, as his mail program writes it."""
    welcome(member)
    return post(welcomes()[-1].rendered.reply_to, sender=sender or member.user.email, **fields)


def test_it_goes_once_to_who_joined_and_no_absence_notice_answers_it(new):
    welcome(new)
    welcome(new)
    (sent,) = welcomes()
    assert sent.to_address == new.user.email
    assert header(sent.rendered, "Auto-Submitted") == "auto-generated"
    assert "answer this mail once" in sent.rendered.text


def test_his_answer_shows_the_address_that_was_invited(new):
    received = answer(new, text="Hello")
    assert (received.outcome, received.held) == (Outcome.NOTED, None)
    assert not CustomerMessage.objects.exists()
    message = make_message(new)
    assert post(owner_token(message, new), sender=new.user.email).outcome == Outcome.RELAYED


@pytest.mark.parametrize(
    ("sender", "fields"), [(ELSEWHERE, {}), ("", {"dmarc": "fail"}), (ELSEWHERE, {"dmarc": "fail"})]
)
def test_what_is_not_surely_from_there_waits_for_a_click(new, sender, fields):
    held = answer(new, sender, **fields).held
    assert (held.reason, held.membership) == (HeldReason.WELCOME, new)
    assert not is_verified(new.user_id, "email", held.from_address)
    settle_accept(held, new)
    assert is_verified(new.user_id, "email", held.from_address)
    held.refresh_from_db()
    assert held.settlement == Settlement.ACCEPTED


def test_who_got_it_forwarded_shows_nothing(new, ann):
    held = answer(new, "stranger@evil.example", text="Hello").held
    assert not MemberAddress.objects.filter(user=new.user).exists()
    with pytest.raises(CannotAccept):
        settle_accept(held, make_member(ann.business, Role.MEMBER))
    with pytest.raises(NotForYou):
        settle_send(held, ann)
    with pytest.raises(NotForYou):
        settle_file(held, ann.user, ann.business, None)


def test_a_machines_answer_shows_nothing(new):
    received = answer(new, automatic="Auto-Submitted: auto-replied")
    assert received.outcome == Outcome.AUTOMATIC
    assert not is_verified(new.user_id, "email", new.user.email)


def test_who_has_no_access_any_more_shows_nothing(new):
    new.is_active = False
    new.save()
    assert answer(new).outcome == Outcome.REFUSED
    assert not is_verified(new.user_id, "email", new.user.email)


def test_an_address_that_is_known_is_said_to_be_known(ann):
    assert answer(ann).outcome == Outcome.NOTED
    assert MemberAddress.objects.count() == 1


def test_who_has_no_mailbox_of_his_own_gets_none(new):
    for address in ("", "bikes@reply.gateway.test"):
        new.user.email = address
        welcome(new)
    assert not welcomes()


def test_seed_welcomes_an_owner_once():
    for _ in range(2):
        call_command("seed", owner="cleo@home.example", password="correct-horse")
    assert [sent.to_address for sent in welcomes()] == ["cleo@home.example"]


def test_an_invitation_in_the_admin_welcomes_who_joins(ann, admin_client):
    person = make_member().user
    admin_client.post(
        "/admin/gateway/membership/add/",
        {"user": person.pk, "business": ann.business.pk, "role": "member", "is_active": "on"},
    )
    assert [sent.to_address for sent in welcomes()] == [person.email]
