"""Whoever is told in another member's place reads it as written for himself, as things are then."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from channels_out.models import Delivery
from gateway.asking.expire import expire
from gateway.held import settle_refuse
from gateway.members import remove
from gateway.models import Brake, HeldItem, Question, Role
from gateway.outbound.after_failure import follow_up
from gateway.outbound.another_way import send_another_way
from gateway.outbound.brakes import release_due
from gateway.outbound.failures import note_failures
from gateway.participants import member_of
from gateway.remind import remind_due
from gateway.states import change
from gateway.telling.escalate import escalate_due
from gateway.tokens import signed_in
from tests.factories import make_member, make_message, make_reply, make_text
from tests.gateway.asking.pair import PHONE as CUSTOMER
from tests.gateway.asking.pair import answered_on
from tests.gateway.dashboard.pages import fields_of, read
from tests.gateway.post import MAYA, PHONE, header, post, sent_to_customer
from tests.gateway.telling.days import choose, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory")]


@pytest.fixture
def ann(ann):
    """Ann reads Spanish, and her clock is Tokyo's."""
    ann.language = "es"
    ann.save()
    choose(ann, timezone="Asia/Tokyo")
    return ann


@pytest.fixture
def bob(ann, clock):
    """A colleague who reads German, in Berlin; what he is told waits in the outbox."""
    member = make_member(ann.business, Role.MEMBER, language="de")
    choose(member, timezone="Europe/Berlin")
    return member


def newest(member) -> Delivery:
    return sent(to=member.user.email)[-1]


def said(mail) -> str:
    """All that its reader gets, with what his program does not show."""
    return "\n".join([*map(": ".join, mail.headers), mail.reply_to, mail.text, mail.html])


def signed_for(mail) -> set:
    """Whose the Message-IDs are that it names and we signed."""
    found = re.findall(r"<[^<>\s]+>", header(mail, "References") + header(mail, "In-Reply-To"))
    return {signed.participant_id for each in found if (signed := signed_in(each))}


def link_in(mail, path) -> str:
    found = re.search(rf"https://gateway\.test(/{path}/\S+)", mail.text)
    assert found is not None
    return found[1]


class TestAnAnswerThatDidNotArrive:
    @pytest.fixture
    def reply(self, ann, ann_number, bob):
        """Bob's answer by text failed, and the mail that says so waits."""
        message = make_message(ann, sender_email=MAYA, sender_phone=PHONE, reply_by="sms")
        reply = make_reply(message, bob, "Come by at five.")
        Delivery.objects.filter(dispatch__reply=reply).update(state="failed", due_at=None)
        note_failures({reply.pk: Delivery.objects.get(dispatch__reply=reply)})
        follow_up()
        return reply

    def test_it_is_in_the_readers_language_and_thread(self, ann, bob, reply):
        first = newest(bob).rendered
        assert "ist nicht angekommen" in first.text
        remove(bob.business_id, bob.pk)
        assert newest(bob).state == "cancelled"
        mail = newest(ann).rendered
        assert mail.text.startswith("Su respuesta a Maya Okafor no llegó")
        assert "angekommen" not in said(mail)
        side = member_of(reply.message, ann)
        assert newest(ann).dispatch.participant == side
        assert signed_for(mail) == {side.pk}

    def test_its_link_is_the_readers_own(self, ann, bob, reply, client):
        his = link_in(newest(bob).rendered, "another-way")
        remove(bob.business_id, bob.pk)
        mail = newest(ann).rendered
        hers = link_in(mail, "another-way")
        assert his not in said(mail)
        assert client.post(his).status_code == 404
        assert len(sent_to_customer(reply.message)) == 1
        assert client.post(hers).status_code == 200
        assert sent_to_customer(reply.message)[-1].to_address == MAYA

    def test_of_what_is_on_its_way_again_nobody_is_told(self, ann, bob, reply):
        before = len(sent(to=ann.user.email))
        send_another_way(reply, "email")
        remove(bob.business_id, bob.pk)
        assert len(sent(to=ann.user.email)) == before


class TestACustomerWhoWaits:
    @pytest.fixture
    def alarm(self, ann, bob, clock):
        """The mail that tells Bob that Maya waits, which has not gone."""
        ann.business.escalates_after = 30
        ann.business.save()
        make_message(ann, "Is it still there?")
        clock.shift(timedelta(minutes=30))
        escalate_due()
        return newest(bob)

    def test_it_is_answered_by_who_reads_it_then(self, ann, bob, alarm):
        remove(bob.business_id, bob.pk)
        escalate_due()
        mail = newest(ann).rendered
        message = newest(ann).dispatch.message
        assert mail.subject == "Maya Okafor espera respuesta"
        assert mail.text.startswith("Su respuesta sale por correo electrónico")
        assert mail.reply_to not in ("", alarm.rendered.reply_to)
        assert alarm.rendered.reply_to not in said(mail)
        assert signed_for(mail) == {member_of(message, ann).pk}
        post(mail.reply_to, sender=ann.user.email, text="Yes, it is.")
        (answer,) = sent_to_customer(message)
        assert answer.to_address == MAYA
        assert "Yes, it is." in answer.rendered.text

    def test_its_buttons_are_the_readers(self, ann, bob, alarm, client):
        his = set(re.findall(r"/act/\S+", alarm.rendered.text))
        remove(bob.business_id, bob.pk)
        escalate_due()
        mail = newest(ann).rendered
        assert mail.subject == "Maya Okafor espera respuesta"
        assert his
        assert not his & set(re.findall(r"/act/\S+", mail.text))
        assert presses(client, alarm.rendered, "Archivieren").status_code == 410
        message = newest(ann).dispatch.message
        assert not message.is_archived
        assert presses(client, mail, "Archivar").status_code == 200
        message.refresh_from_db()
        assert message.is_archived

    def test_who_was_answered_meanwhile_rings_nowhere(self, ann, bob, alarm):
        make_reply(alarm.dispatch.message, ann)
        remove(bob.business_id, bob.pk)
        before = len(sent())
        escalate_due()
        assert len(sent()) == before

    def test_a_colleague_who_reads_it_already_is_not_told_again(self, ann, bob, clock):
        ann.business.escalates_after = 30
        ann.business.save()
        cara = make_member(ann.business, Role.MEMBER)
        make_message(ann)
        clock.shift(timedelta(minutes=30))
        escalate_due()
        remove(bob.business_id, bob.pk)
        before = len(sent())
        escalate_due()
        assert len(sent()) == before
        assert len(sent(to=cara.user.email)) == 1


class TestWhatIsHeld:
    @pytest.fixture
    def items(self, ann, bob, clock):
        """Two that wait for four hours, of which Bob alone is told, as the only owner."""
        bob.role, ann.role = Role.OWNER, Role.MEMBER
        bob.save()
        ann.save()
        held = {"business": ann.business, "reason": "failed_dmarc", "channel": "email"}
        items = [HeldItem.objects.create(**held) for _ in range(2)]
        clock.shift(timedelta(hours=4))
        remind_due()
        ann.role = Role.OWNER
        ann.save()
        return items

    def test_it_is_by_the_readers_clock(self, ann, bob, items):
        assert "12:00" in newest(bob).rendered.text
        remove(bob.business_id, bob.pk)
        mail = newest(ann).rendered
        assert mail.subject == "Hay 2 mensajes pendientes para Ann's Bikes"
        assert "19:00" in mail.text

    def test_what_was_settled_since_is_not_counted(self, ann, bob, items):
        settle_refuse(items[0], ann.user)
        remove(bob.business_id, bob.pk)
        assert newest(ann).rendered.subject == "Hay un mensaje pendiente para Ann's Bikes"

    def test_of_what_was_settled_whole_nobody_is_told(self, ann, bob, items):
        for item in items:
            settle_refuse(item, ann.user)
        remove(bob.business_id, bob.pk)
        assert sent(to=ann.user.email) == []


def test_how_much_of_one_writer_was_not_told_is_said_after_its_brake(ann, bob):
    bob.role, ann.role = Role.OWNER, Role.MEMBER
    bob.save()
    ann.save()
    Brake.objects.create(
        business=ann.business, writer="Maya", key="x", ends_at=timezone.now(), held_back=7
    )
    release_due()
    ann.role = Role.OWNER
    ann.save()
    remove(bob.business_id, bob.pk)
    assert newest(ann).rendered.subject == "7 mensajes más de Maya"
    assert "Ann's Bikes" in newest(ann).rendered.from_header


def test_that_a_text_may_be_for_the_business_is_said_while_it_waits(ann, bob, ben, shared_number):
    bike = answered_on(ann, "Blue bike")
    answered_on(ben, "Flat in Main Street")
    with change(bike.pk) as locked:
        locked.assigned_to_id = bob.user_id
    held = make_text(shared_number, CUSTOMER, "Can I see it today?").held
    Question.objects.update(due_at=timezone.now())
    expire()
    first = newest(bob).rendered
    remove(bob.business_id, bob.pk)
    mail = newest(ann).rendered
    assert mail.subject != first.subject
    assert f"/conversations/{bike.pk}/" in mail.text
    assert held.text not in said(mail)


def presses(client: Client, mail, words):
    """Opens the page of one button and presses it."""
    (url,) = re.findall(rf"^{words}: (\S+)$", mail.text, re.MULTILINE)
    page = client.get(url)
    form = read(page).select_one("form")
    if form is None:
        return client.post(url)
    button = form.select_one("button")
    named = {button["name"]: button["value"]} if button.get("name") else {}
    return client.post(url, fields_of(form) | named)
