"""Whatever happens on a pair, in whatever order: nothing is guessed, lost or filed twice, nor asked twice."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta
from itertools import count

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from channels_out.models import Delivery
from gateway.asking.answer import choose, target_of
from gateway.asking.expire import expire
from gateway.codes import code_of
from gateway.held import settle_file
from gateway.models import CustomerMessage, HeldItem, MessageReply, Question
from tests.factories import (
    make_business,
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
    make_user,
)
from tests.gateway.asking.pair import PHONE, all_goes_out, answered_on, shown_to_him
from tests.gateway.telling import days

NAMES = ("Ann's Bikes", "Ben's Flats", "Cem's Boats")
EVIDENCE_LASTS = timedelta(days=3)
A_DAY = timedelta(days=1)


class OnePair(RuleBasedStateMachine):
    """One customer and three businesses on one number; it knows what he was told and what he named."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.clock = time_machine.travel(timezone.now(), tick=False)
        self.travel = self.clock.start()
        self.number = make_sender(None)
        self.members = [make_member(make_business(name)) for name in NAMES]
        self.staff = make_user(is_staff=True)
        self.listings = [make_listing(each.business, "Red one") for each in self.members]
        self.conversations = {}
        self.words = count(1)
        self.written = {}  # the text: to which businesses evidence or the customer points
        self.wrote_at = {}  # the business: when it last wrote on the pair
        self.form_at = {}  # the business: when he last sent its form
        self.named = None  # the business he named last
        self.words_of = defaultdict(str)

    @initialize(businesses=st.integers(1, 2), form=st.booleans())
    def some_wrote_and_he_answers(self, businesses, form):
        for which in range(businesses):
            self.a_business_writes(which)
        if form:
            self.travel.shift(timedelta(seconds=1))
            self.he_sends_a_form(2)
        self.he_writes()
        self.the_worker_sends()

    def teardown(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(which=st.integers(0, 2))
    def a_business_writes(self, which):
        member = self.members[which]
        if which in self.conversations:
            make_reply(self.conversations[which], member)
        else:
            self.conversations[which] = answered_on(member, f"Thing {which}", phone=PHONE)
        self.wrote_at[member.business] = timezone.now()

    @rule(which=st.integers(0, 2))
    def he_sends_a_form(self, which):
        member = self.members[which]
        made = make_message(member, sender_email="", sender_phone=PHONE)
        self.conversations.setdefault(which, made)
        self.form_at[member.business] = timezone.now()
        if self.named != member.business:
            self.named = None  # what he named before says nothing any more

    @rule()
    def he_writes(self):
        self._write(f"Words {next(self.words)}")

    @rule(which=st.integers(0, 2))
    def he_writes_a_code(self, which):
        text = f"#{code_of(self.listings[which])} words {next(self.words)}"
        self._write(text, self.members[which].business)
        self.named = self.members[which].business

    @rule(which=st.integers(0, 4), in_words=st.booleans())
    def he_answers(self, which, in_words):
        """It may answer only what stands last on his phone."""
        before, options = self._held(), self._options()
        number = (sorted(options) or [which])[which % max(1, len(options))]
        business = options.get(number)
        now_held = self._after(f"{number} {self.words_of[number]}" if in_words else str(number))
        for item in before:
            if item.pk not in now_held:
                assert business is not None, f"{item.text} was filed by a digit that names nobody"
                self.written[item.text] = {business}
                self.named = self._of(business)

    @rule(which=st.integers(0, 9), in_words=st.booleans())
    def an_answer_to_a_question_of_before_comes_late(self, which, in_words):
        """Or for the second time; it answers nothing."""
        now = {0, *self._options()}
        sent = Delivery.objects.filter(to_address=PHONE, purpose="question").order_by("-id")
        newest = sent.first()
        asked = sent.filter(created_at__gt=newest.created_at - A_DAY)[1:4] if newest else []
        before = [
            (number, words)
            for each in asked
            for number, words in _options_in(each.rendered.text)
            if number not in now and _business_in(words)
        ]
        if before:
            number, words = before[which % len(before)]
            held = {item.pk for item in self._held()}
            assert held <= self._after(words if in_words else str(number))

    @rule(which=st.integers(0, 3))
    def he_chooses_on_the_page(self, which):
        question = Question.objects.filter(settled_at=None).select_related("sender").first()
        option = question and question.options.filter(number=which).first()
        target = option and target_of(option)
        if target and (shown := shown_to_him()):
            choose(question, shown, target, "by the link")
            text = HeldItem.objects.get(pk=shown).text
            self.written[text] = {target.business.name}
            self.named = target.business

    @precondition(lambda self: HeldItem.objects.filter(settlement="").exists())
    @rule(which=st.integers(0, 2))
    def staff_file_one(self, which):
        item, business = self._held()[0], self.members[which].business
        if item.business_id in (None, business.pk):
            HeldItem.objects.filter(pk=item.pk).update(business=None)
            settle_file(item, self.staff, business, None)
            self.written[item.text] = {business.name}

    @rule()
    def the_worker_sends(self):
        all_goes_out()

    @rule(minutes=st.sampled_from([1, 15, 90, 60 * 25, 60 * 24 * 4]))
    def time_passes(self, minutes):
        self.travel.shift(timedelta(minutes=minutes))
        expire()
        self.travel.shift(timedelta(seconds=1))

    @invariant()
    def there_is_one_living_question_at_most(self):
        assert Question.objects.filter(settled_at=None).count() <= 1

    @invariant()
    def each_text_is_once_somewhere_and_where_it_was_named(self):
        filed = [
            *CustomerMessage.objects.filter(channel="sms").values_list("message", "business__name"),
            *MessageReply.objects.filter(direction="inbound").values_list(
                "reply", "message__business__name"
            ),
        ]
        held = [item.text for item in self._held()]
        texts = [text for text in self.written if not text.isdigit()]
        for text in texts:
            places = [business for words, business in filed if words == text]
            assert len(places) + held.count(text) == 1, text
            assert set(places) <= self.written[text], (text, places, self.written[text])

    def _write(self, text, named=None):
        """What points to a business as he writes: what he names, and who wrote to him lately.

        Not who wrote before he sent another one a form, nor anybody while he is asked about what he wrote lately.
        """
        lately = timezone.now() - EVIDENCE_LASTS
        wrote = {each: at for each, at in self.wrote_at.items() if at >= lately}
        newest = max(wrote.values(), default=lately)
        turned = any(at > newest for each, at in self.form_at.items() if each not in wrote)
        is_asked = any(item.created_at >= lately for item in self._held())
        is_clear = len(wrote) == 1 and not turned and not is_asked
        evidence = {each.name for each in wrote} if is_clear else set()
        if self.named:
            evidence |= {self.named.name}
        self.written[text] = {named.name} if named else evidence
        make_text(self.number, PHONE, text)
        self.travel.shift(timedelta(seconds=1))

    def _after(self, digit):
        make_text(self.number, PHONE, digit)
        self.travel.shift(timedelta(seconds=1))
        return {item.pk for item in self._held()}

    def _held(self):
        held = HeldItem.objects.filter(settlement="")
        return list(held.order_by("created_at", "id"))

    def _options(self):
        """The business behind each number on his phone, as a person reads it."""
        last = self._last_on_his_phone()
        options = _options_in(last.rendered.text) if last and last.purpose == "question" else []
        self.words_of = defaultdict(str, options)
        return {number: named for number, words in options if (named := _business_in(words))}

    def _of(self, name):
        return next(each.business for each in self.members if each.business.name == name)

    def _last_on_his_phone(self):
        sent = Delivery.objects.filter(to_address=PHONE).order_by("-id").first()
        return sent if sent and sent.state != "queued" else None


class OnePairOfAMember(OnePair):
    """He was told from this number of a customer of a business of his own, too: only what he names counts."""

    def __init__(self):
        super().__init__()
        member = make_member(make_business("Dora's Dogs"))
        days.verified_phone(member, PHONE)
        days.choose(member, email=[], sms=["new"])
        make_message(member)

    def _write(self, text, named=None):
        named = named or self.named
        super()._write(text)
        self.written[text] = {named.name} if named else set()


def _options_in(question):
    """Number and words of each option."""
    body = question.partition("?")[0]
    options = re.findall(r"(\d{1,2}) (.+?)(?=, \d{1,2} |$)", body)
    return [(int(number), words) for number, words in options]


def _business_in(words):
    names = [name for name in NAMES if name in words]
    return names[0] if len(names) == 1 else None


@pytest.mark.django_db
@pytest.mark.parametrize("pair", [OnePair, OnePairOfAMember])
def test_f53_nothing_is_guessed_lost_or_asked_twice_in_any_order(pair):
    # Without making a failure small: that takes minutes, and the steps are few.
    once = settings(max_examples=12, stateful_step_count=14, deadline=None, phases=[Phase.generate])
    run_state_machine_as_test(pair, settings=once)
