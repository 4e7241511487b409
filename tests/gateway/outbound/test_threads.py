"""In which thread of her mail program a customer finds our mails."""

from __future__ import annotations

import email
from email import policy

import pytest
from django.core.mail import EmailMessage

from gateway.copies import partners_in, set_copies
from gateway.held import settle_file
from gateway.join import join
from gateway.models import CustomerMessage
from gateway.move import file_under, split_off
from gateway.outbound.threads import LONGEST_ID, REFERENCES_KEPT
from gateway.participants import customer_of
from gateway.states import change
from gateway.tokens import message_id
from tests.factories import make_message, make_reply
from tests.gateway.post import (
    MAYA,
    customer_token,
    header,
    last_reply,
    newest_notification,
    post,
    sent_to_customer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_at_once")]
FIRST, SECOND, THIRD = (f"<maya-{number}@home.example>" for number in (1, 2, 3))
TOM = "tom@workshop.example"


@pytest.fixture
def message(ann):
    """What Maya began by mail."""
    return post(ann.business.public_address, message_id=FIRST).message


def writes(message, mail_id, **fields):
    return post(customer_token(message), message_id=mail_id, **fields)


def answer(message, ann):
    """Ann's answer, as it leaves."""
    make_reply(CustomerMessage.objects.get(pk=message.pk), ann)
    return sent_to_customer(message)[-1]


def answers_to(delivery):
    return header(delivery.rendered, "In-Reply-To")


def references(delivery):
    return header(delivery.rendered, "References").split()


def test_an_answer_to_who_began_by_mail_stands_below_her_mail(message, ann):
    sent = answer(message, ann)
    assert answers_to(sent) == FIRST
    assert references(sent) == [FIRST, sent.message_id]


def test_her_newest_mail_is_answered_and_all_that_passed_is_named_in_order(message, ann):
    first = answer(message, ann)
    writes(message, SECOND)
    writes(message, THIRD)
    second = answer(message, ann)
    assert answers_to(second) == THIRD
    passed = [FIRST, first.message_id, SECOND, THIRD]
    assert references(second) == [*passed, second.message_id]


def test_a_second_answer_stands_below_the_same_mail(message, ann):
    first, second = answer(message, ann), answer(message, ann)
    assert answers_to(second) == FIRST
    assert references(second) == [FIRST, first.message_id, second.message_id]


def test_only_what_came_from_where_the_answer_goes_is_answered(message, ann):
    writes(message, SECOND, sender="stranger@elsewhere.example")
    assert SECOND not in references(answer(message, ann))


def test_what_a_partner_on_copy_or_a_machine_wrote_is_not_answered(message, ann):
    with change(message.pk) as locked:
        set_copies(locked, partners_in(TOM), ann)
    writes(message, SECOND, sender=TOM)
    writes(message, THIRD, automatic="An absence notice.")
    sent = answer(message, ann)
    assert answers_to(sent) == FIRST
    assert references(sent) == [FIRST, sent.message_id]


def test_upper_and_lower_case_of_an_address_are_one(message, ann):
    writes(message, SECOND, sender="Maya@Home.example")
    assert answers_to(answer(message, ann)) == SECOND


@pytest.mark.parametrize(
    "hostile",
    [
        "<a@b.example>\r\nBcc: victim@home.example",
        "<a@b.example>\n",
        "<a b@c.example>",
        "<a@b.example> <c@d.example>",
        "<<a@b.example>>",
        "a@b.example",
        "<no-domain>",
        "<@>",
        "<k\u00f6nig@home.example>",
        f"<{'a' * LONGEST_ID}@home.example>",
        "",
    ],
)
def test_f49_what_is_no_message_id_becomes_no_header(ann, hostile):
    message = post(ann.business.public_address, message_id=hostile).message
    assert message.mail_id == ""
    sent = answer(message, ann)
    assert references(sent) == [sent.message_id]
    assert answers_to(sent) == ""


def test_an_id_that_we_signed_is_nobody_elses(message, ann):
    ours = message_id(customer_of(make_message(ann)).pk, 1)
    opened = post(ann.business.public_address, message_id=ours).message
    assert (opened.is_automatic, opened.mail_id) == (True, "")


def test_a_mail_that_was_held_is_answered_in_its_thread(ann):
    nested = {"unreadable": "Nested too deep.", "sender": "eve@elsewhere.example"}
    held = post(ann.business.public_address, message_id=SECOND, **nested).held
    filed = settle_file(held, ann.user, ann.business, None)
    assert answers_to(answer(filed, ann)) == SECOND


def test_of_a_long_conversation_the_first_and_the_last_are_named(message, ann):
    for number in range(2, REFERENCES_KEPT + 6):
        writes(message, f"<maya-{number}@home.example>")
    sent = answer(message, ann)
    first, *last, own = references(sent)
    assert (first, own) == (FIRST, sent.message_id)
    assert last == [f"<maya-{number}@home.example>" for number in range(6, REFERENCES_KEPT + 6)]


def test_long_ids_stand_in_the_mail_as_they_are(message, ann):
    """In lines below 998 characters (RFC 5322 section 2.1.1), and not encoded (RFC 2047 section 5)."""
    ids = [f"<{'a' * 450}{number}@home.example>" for number in range(3)]
    for each in ids:
        writes(message, each)
    headers = dict(answer(message, ann).rendered.headers)
    raw = EmailMessage("", "", "a@b.example", [MAYA], headers=headers).message().as_bytes()
    assert max(map(len, raw.splitlines())) < 998
    read = email.message_from_bytes(raw, policy=policy.compat32)
    assert read["References"].split()[1:4] == ids
    assert read["In-Reply-To"].strip() == ids[-1]


def test_her_answer_is_found_by_our_id_beside_her_own(message, ann):
    other = post(ann.business.public_address, message_id=SECOND, subject="A boat").message
    answered = answer(message, ann)
    named = tuple(references(answered))
    again = post(
        "messages@mail.gateway.test",
        message_id=THIRD,
        in_reply_to=named[-1:],
        references=(SECOND, *named),
    )
    assert (again.message, other.replies.count()) == (message, 0)
    assert again.reply.filed_by == "reference"


def test_her_own_ids_alone_lead_nowhere(message, ann):
    answer(message, ann)
    lost = post("messages@mail.gateway.test", message_id=SECOND, in_reply_to=(FIRST,))
    assert lost.message is None


class TestWhatIsFiledAnew:
    def test_what_is_split_off_is_answered_in_its_thread(self, message, ann):
        writes(message, SECOND)
        new = split_off(last_reply(message), ann, with_later=True)
        assert answers_to(answer(new, ann)) == SECOND
        assert answers_to(answer(message, ann)) == FIRST

    def test_what_is_moved_is_answered_where_it_is_now(self, message, ann):
        boat = make_message(ann, "The boat?", sender_email=MAYA)
        writes(message, SECOND)
        file_under(last_reply(message), boat.pk, ann, with_later=False)
        assert answers_to(answer(boat, ann)) == SECOND

    def test_what_is_joined_is_answered_there(self, message, ann):
        boat = make_message(ann, "The boat?", sender_email=MAYA)
        join(message.pk, boat.pk, ann)
        assert answers_to(answer(boat, ann)) == FIRST

    def test_what_was_joined_to_a_mail_before_it_keeps_the_order(self, message, ann):
        later = post(ann.business.public_address, message_id=SECOND).message
        join(message.pk, later.pk, ann)
        sent = answer(later, ann)
        assert answers_to(sent) == SECOND
        assert references(sent) == [FIRST, SECOND, sent.message_id]


def test_a_member_is_told_in_his_own_thread(message, ann):
    writes(message, SECOND)
    told = newest_notification(message)
    assert "maya" not in header(told, "References") + header(told, "In-Reply-To")
