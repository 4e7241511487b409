"""Who wrote something that is refused is told once, where the note surely reaches him."""

from __future__ import annotations

import pytest

from channels_out.models import Delivery
from gateway.held import AlreadySettled, NotForYou, settle_refuse
from gateway.models import HeldItem, Question
from gateway.outbound.brakes import MOST_REFUSALS
from tests.factories import make_message, make_text, make_user
from tests.gateway.post import PHONE, header, owner_token, post

pytestmark = pytest.mark.django_db
ALIAS = "ann@phone.example"


@pytest.fixture
def message(ann):
    return make_message(ann)


@pytest.fixture
def staff(db):
    return make_user(is_staff=True)


def held(message, ann, **fields):
    usual = {"sender": ALIAS, "dmarc": "pass", "text": "Yes, come by."}
    return post(owner_token(message, ann), **{**usual, **fields}).held


def notes():
    return list(Delivery.objects.filter(purpose="refusal"))


def test_a_member_learns_at_his_other_address_why_and_how(message, ann):
    item = held(message, ann, message_id="<abc@phone.example>", subject="Re: The bike")
    settle_refuse(item, ann.user, tell=True, words="Please use the shop's account.")
    (note,) = notes()
    assert (note.to_address, note.rendered.subject) == (ALIAS, "Re: The bike")
    text = note.rendered.text
    assert "It came from an address that is not verified" in text
    assert "Answer from the address at which you are notified" in text
    assert "Please use the shop's account." in text
    assert header(note.rendered, "In-Reply-To") == "<abc@phone.example>"
    assert header(note.rendered, "Auto-Submitted") == "auto-generated"
    for private in (ann.user.email, "Maya", "Yes, come by.", "@reply"):
        assert private not in text


def test_he_is_told_once(message, ann):
    item = held(message, ann)
    settle_refuse(item, ann.user, tell=True)
    with pytest.raises(AlreadySettled):
        settle_refuse(item, ann.user, tell=True)
    assert len(notes()) == 1


def test_without_the_word_nobody_is_told(message, ann):
    settle_refuse(held(message, ann), ann.user)
    assert not notes()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"dmarc": "fail"}, "says that it did not send this mail"),
        ({"dmarc": ""}, "Nothing shows that it truly came from"),
        ({"sender": "nobody"}, "not come from an address of a mailbox"),
    ],
)
def test_nobody_is_told_who_may_have_written_nothing(message, ann, fields, why):
    item = held(message, ann, **fields)
    with pytest.raises(NotForYou, match=why):
        settle_refuse(item, ann.user, tell=True)
    item.refresh_from_db()
    assert (item.settlement, notes()) == ("", [])


def test_a_machine_is_never_answered(ann):
    item = post(
        ann.business.public_address, dmarc="pass", automatic="auto-replied", unreadable="Too deep."
    ).held
    with pytest.raises(NotForYou, match="machines are not answered"):
        settle_refuse(item, ann.user, tell=True)


def test_an_address_that_he_has_shown_needs_no_other_sign(ann):
    item = post(ann.business.public_address, sender=ann.user.email).held
    settle_refuse(item, ann.user, tell=True)
    (note,) = notes()
    assert "That address is for customers." in note.rendered.text


def test_after_some_notes_within_an_hour_the_brake_holds(message, ann):
    for _ in range(MOST_REFUSALS):
        settle_refuse(held(message, ann), ann.user, tell=True)
    with pytest.raises(NotForYou, match="several times within an hour"):
        settle_refuse(held(message, ann), ann.user, tell=True)
    assert len(notes()) == MOST_REFUSALS


def test_a_text_is_refused_by_text_when_its_question_is_over(staff, shared_number):
    item = make_text(shared_number, PHONE, "Hello?").held
    with pytest.raises(NotForYou, match="can still answer"):
        settle_refuse(item, staff, tell=True)
    Question.objects.update(settled_at=item.created_at)
    settle_refuse(item, staff, tell=True, words="We do not know whom you mean.")
    (note,) = notes()
    assert (note.to_address, note.sender) == (PHONE, shared_number)
    assert note.rendered.text.endswith("was not passed on. We do not know whom you mean.")


def test_who_said_stop_is_told_nothing(staff, shared_number):
    item = make_text(shared_number, PHONE, "Hello?").held
    make_text(shared_number, PHONE, "STOP")
    Question.objects.update(settled_at=item.created_at)
    item = HeldItem.objects.get(pk=item.pk)
    with pytest.raises(NotForYou, match="he said STOP"):
        settle_refuse(item, staff, tell=True)
    assert not notes()
