"""One business wrote on the shared number, and the customer may mean another one that never did."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from gateway.codes import code_of
from gateway.held import settle_file
from gateway.inbound.messages import Outcome
from gateway.inbound.remarks import LIKELY
from gateway.models import HeldItem, Status
from gateway.states import change, set_status
from tests.factories import (
    make_listing,
    make_message,
    make_reply,
    make_sender,
    make_text,
    make_user,
)
from tests.gateway.asking.pair import PHONE, all_goes_out, answered_on, questions, waiting
from tests.gateway.post import written

pytestmark = pytest.mark.django_db

AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


def later(time):
    return time_machine.travel(timezone.now() + time, tick=False)


def form_to(member, phone=PHONE):
    """A form with this phone, which its business has not answered."""
    return make_message(member, sender_email="", sender_phone=phone, subject="The flat")


@pytest.fixture
def answered(shared_number, bike):
    """Ann just wrote to him; nobody else ever did."""
    return bike


@pytest.fixture
def pool(shared_number):
    """A second shared number, so that none has to serve everybody."""
    return make_sender(None)


@pytest.mark.usefixtures("pool")
class TestNothingSpeaksForAnother:
    """A number of a pool was chosen because no other business uses it with him."""

    def test_an_answer_is_filed_without_a_question_or_a_doubt(self, shared_number, answered):
        for time in (timedelta(minutes=3), timedelta(hours=20)):
            with later(time):
                reply = make_text(shared_number, PHONE, "Yes please").reply
            assert (reply.message, reply.filed_note == LIKELY) == (answered, False)
        assert questions() == []

    def test_after_a_day_it_is_filed_and_said_to_be_likely(self, shared_number, answered):
        with later(A_DAY * 2):
            reply = make_text(shared_number, PHONE, "Yes please").reply
        assert (reply.message, reply.filed_by, reply.filed_note) == (answered, "recent", LIKELY)

    def test_after_days_the_number_still_names_the_business(self, shared_number, answered):
        with later(A_DAY * 13):
            reply = make_text(shared_number, PHONE, "Yes please").reply
        assert (reply.message, reply.filed_by, reply.filed_note) == (answered, "pair", LIKELY)
        assert questions() == []

    def test_after_weeks_he_is_asked(self, shared_number, answered):
        with later(A_DAY * 15):
            assert make_text(shared_number, PHONE, "Yes please").outcome == Outcome.HELD
        assert "something new with Ann's Bikes" in questions()[-1]

    def test_of_several_of_its_conversations_it_is_the_newest_and_he_is_told_so(
        self, ann, shared_number, answered
    ):
        newest = answered_on(ann, "Red bike")
        reply = make_text(shared_number, PHONE, "Yes please").reply
        assert (reply.message, reply.filed_by) == (newest, "pair")
        assert "2 conversations" in reply.filed_note

    def test_what_names_another_business_is_asked_about_all_the_same(
        self, ben, shared_number, answered
    ):
        with later(A_DAY * 10):
            text = f"For {ben.business.public_address}"
            assert make_text(shared_number, PHONE, text).outcome == Outcome.HELD

    def test_a_business_that_deals_with_him_on_another_number_is_not_meant(
        self, ann, ben, answered, shared_number, pool
    ):
        his = form_to(ben)
        make_reply(his, ben)  # from the number that no other business uses with him
        assert his.routes.get().sender == pool
        with later(A_DAY / 2):
            received = make_text(shared_number, PHONE, "Yes please")
        assert (received.message, received.reply.filed_note) == (answered, "")

    def test_nor_one_with_a_number_of_its_own(self, ben, answered, shared_number):
        make_sender(ben.business)
        form_to(ben)
        assert make_text(shared_number, PHONE, "Yes please").reply.filed_note == ""

    def test_nor_one_whose_conversation_is_closed(self, ben, answered, shared_number):
        with change(form_to(ben).pk) as locked:
            set_status(locked, Status.ARCHIVED)
        assert make_text(shared_number, PHONE, "Yes please").reply.filed_note == ""

    def test_nor_one_that_somebody_else_wrote_to(self, ben, answered, shared_number):
        form_to(ben, "+12125550199")
        assert make_text(shared_number, PHONE, "Yes please").reply.filed_note == ""


class TestTheOneNumberOfAll:
    """Whoever knows it may write to any business there."""

    def test_an_answer_at_once_is_filed(self, ben, shared_number, answered):
        with later(timedelta(minutes=4)):
            assert make_text(shared_number, PHONE, "Yes please").message == answered
        assert questions() == []

    def test_what_follows_at_once_is_filed(self, ben, shared_number, answered):
        for minutes in (4, 8, 12):
            with later(timedelta(minutes=minutes)):
                assert make_text(shared_number, PHONE, "And more").message == answered
        assert questions() == []

    def test_minutes_after_an_answer_he_is_asked(self, ben, shared_number, answered):
        with later(timedelta(minutes=6)):
            assert make_text(shared_number, PHONE, "Yes please").outcome == Outcome.HELD

    def test_minutes_after_his_own_text_he_is_asked(self, ben, shared_number, answered):
        make_text(shared_number, PHONE, "Yes please")
        with later(timedelta(minutes=6)):
            assert make_text(shared_number, PHONE, "Is it free?").outcome == Outcome.HELD

    def test_not_where_there_is_no_other_business_that_writes_from_it(
        self, ben, shared_number, answered
    ):
        make_sender(ben.business)
        for time in (timedelta(minutes=40), AN_HOUR * 2):
            with later(time):
                assert make_text(shared_number, PHONE, "Yes please").message == answered


class TestAFormToAnother:
    """He sent the form of a business that never wrote to this phone."""

    def test_since_we_wrote_he_is_asked_and_neither_reads_it(
        self, ann, ben, shared_number, answered
    ):
        his = form_to(ben)
        received = make_text(shared_number, PHONE, "How many rooms?")
        assert (received.outcome, received.held.business) == (Outcome.HELD, None)
        assert "How many rooms?" not in written(answered) + written(his)
        all_goes_out()
        assert "Ben" not in questions()[0]  # anybody may have sent that form
        assert make_text(shared_number, PHONE, "1").message == answered

    def test_what_he_answers_at_once_is_filed_and_said_to_be_likely(
        self, ann, ben, shared_number, answered
    ):
        form_to(ben)
        make_reply(answered, ann, "At five?")
        all_goes_out()
        with later(timedelta(minutes=4)):
            reply = make_text(shared_number, PHONE, "Yes").reply
        assert (reply.message, reply.filed_note) == (answered, LIKELY)

    def test_on_a_number_of_a_pool_at_once_is_an_hour(
        self, ann, ben, shared_number, pool, answered
    ):
        form_to(ben)
        make_reply(answered, ann, "At five?")
        all_goes_out()
        with later(timedelta(minutes=40)):
            reply = make_text(shared_number, PHONE, "Yes").reply
        assert (reply.message, reply.filed_note) == (answered, LIKELY)

    def test_later_he_is_asked(self, ann, ben, shared_number, pool, answered):
        form_to(ben)
        make_reply(answered, ann, "At five?")
        all_goes_out()
        with later(AN_HOUR * 2):
            assert make_text(shared_number, PHONE, "Yes").outcome == Outcome.HELD

    def test_of_days_ago_too(self, ann, ben, shared_number, answered):
        """The shop may have called him meanwhile: what is open is evidence, whatever its age."""
        make_sender(None)
        form_to(ben)
        with later(A_DAY * 5):
            make_reply(answered, ann, "At five?")
            all_goes_out()
        with later(A_DAY * 5 + AN_HOUR * 2):
            assert make_text(shared_number, PHONE, "Yes").outcome == Outcome.HELD

    def test_what_he_chose_holds_until_he_writes_to_another(
        self, ann, ben, shared_number, answered
    ):
        make_text(shared_number, PHONE, "Yes")
        form_to(ben)
        assert make_text(shared_number, PHONE, "How many rooms?").outcome == Outcome.HELD
        all_goes_out()
        make_text(shared_number, PHONE, "1")
        assert make_text(shared_number, PHONE, "At five?").message == answered
        assert waiting() == []


class TestHeIsAskedAlready:
    """What he wrote waits for the name of a business, and meanwhile one writes from the same number."""

    @pytest.fixture
    def form(self, ann):
        return form_to(ann)

    def write_and_ask(self, number):
        assert make_text(number, PHONE, "Is the flat free?").outcome == Outcome.HELD
        all_goes_out()

    def test_what_follows_waits_with_it(self, ann, ben, shared_number, form):
        self.write_and_ask(shared_number)
        make_reply(form, ann)
        all_goes_out()
        assert make_text(shared_number, PHONE, "For two and a dog").outcome == Outcome.HELD
        assert waiting() == ["Is the flat free?", "For two and a dog"]
        with later(A_DAY * 4):  # nobody waits for ever
            make_reply(form, ann)
            all_goes_out()
            assert make_text(shared_number, PHONE, "At five").message == form

    def test_once_somebody_said_whose_it_is_nothing_waits(self, ann, ben, shared_number, form):
        self.write_and_ask(shared_number)
        staff = make_user(is_staff=True)
        settle_file(HeldItem.objects.get(), staff, ben.business, None)
        make_reply(form, ann)
        assert form.routes.get().sender == shared_number
        assert waiting() == []

    def test_of_a_pool_the_business_writes_from_another_number(
        self, ann, shared_number, pool, form
    ):
        self.write_and_ask(shared_number)
        make_reply(form, ann)
        assert form.routes.get().sender == pool
        assert make_text(pool, PHONE, "At five").message == form

    def test_of_a_pool_that_is_used_up_what_follows_waits_with_it(
        self, ann, ben, shared_number, pool, form
    ):
        for number in (shared_number, pool):
            self.write_and_ask(number)
        make_reply(form, ann)
        all_goes_out()
        used = form.routes.get().sender
        assert make_text(used, PHONE, "For two and a dog").outcome == Outcome.HELD


class TestATextThatNamesAnother:
    """What it names is evidence against the business that wrote last."""

    def test_by_codes_of_two(self, ann, ben, shared_number, answered):
        codes = " or ".join(f"#{code_of(make_listing(each.business))}" for each in (ann, ben))
        assert make_text(shared_number, PHONE, codes).outcome == Outcome.HELD

    def test_by_its_public_address(self, ann, ben, shared_number, answered):
        text = f"This is for {ben.business.public_address.upper()}, not for you"
        assert make_text(shared_number, PHONE, text).outcome == Outcome.HELD

    def test_by_its_own_public_address_it_is_no_other(self, ann, shared_number, answered):
        text = f"Is {ann.business.public_address} still right?"
        assert make_text(shared_number, PHONE, text).message == answered


def test_f53_a_conversation_that_was_closed_lately_is_counted_too(ann_number, ann):
    for subject in ("Red", "Blue", "Green"):
        answered_on(ann, subject)
    closed = ann.business.messages.order_by("created_at").first()
    with change(closed.pk) as locked:
        set_status(locked, Status.ARCHIVED)
    note = make_text(ann_number, PHONE, "Which one?").reply.filed_note
    assert note.startswith("3 conversations went on with this number lately, 2 of them open")
    with later(timedelta(weeks=4)):
        note = make_text(ann_number, PHONE, "Which one?").reply.filed_note
    assert note.startswith("2 conversations are open with this number")
