"""The daily digest: one mail that lists what waits, each answered by mail; ended with one click, and undone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from gateway.inbound.messages import Outcome
from gateway.models import HeldReason, Role
from gateway.purge import TRASH_KEPT, empty_trash
from gateway.states import trash
from tests.factories import make_member, make_message, make_reply, make_sender
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, text_of
from tests.gateway.post import customer_token, header, owner_token, post
from tests.gateway.telling.days import (
    NIGHT,
    choose,
    sent,
    verified_phone,
    waiting,
    worker_looks,
)

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 6, 8, 16, 0, tzinfo=UTC)  # 18:00 in Berlin


@pytest.fixture
def daily(ann):
    choose(ann, digest_at=time(18), timezone="Europe/Berlin")
    return ann


@pytest.fixture
def digest(daily, clock):
    """The evening's digest of two conversations."""
    maya = make_message(daily, "Is it still there?")
    post(customer_token(maya), text="In red?")
    make_message(daily, "How much?", sender_name="Noor", sender_email="noor@home.example")
    clock.move_to(EVENING)
    (mail,) = worker_looks()
    return mail


def one_click(mail) -> str:
    """The path that a mail program posts to."""
    link = header(mail.rendered, "List-Unsubscribe")
    return urlsplit(link.strip("<>")).path


class TestADay:
    def test_all_that_waits_comes_in_one_mail_at_its_time(self, daily, clock):
        make_message(daily, "Is it still there?")
        clock.move_to(EVENING - timedelta(seconds=1))
        assert worker_looks() == []
        clock.move_to(EVENING)
        (mail,) = worker_looks()
        assert mail.rendered.subject == "One message waits for Ann's Bikes"
        assert "Is it still there?" in mail.rendered.text
        clock.shift(timedelta(days=1))
        assert len(worker_looks()) == 1

    def test_each_message_has_its_own_address_and_files_under_its_conversation(self, digest, daily):
        links = BeautifulSoup(digest.rendered.html, "html.parser").select("a[href^=mailto]")
        assert len(links) == 2
        for link in links:
            mailto = urlsplit(link["href"])
            (subject,) = parse_qs(mailto.query)["subject"]
            ended = post(
                unquote(mailto.path), sender=daily.user.email, subject=subject, text="Yes."
            )
            assert ended.outcome == Outcome.RELAYED
            assert mailto.path == owner_token(ended.message, daily)
            assert subject == "Re: A question"

    def test_an_answer_to_the_whole_mail_is_held_and_its_writer_reads_why(self, digest, daily):
        ended = post(digest.rendered.reply_to, sender=daily.user.email, text="Yes, both.")
        assert (ended.outcome, ended.held.reason) == (Outcome.HELD, HeldReason.MEMBER_WROTE)
        assert "Yes, both." in sent()[-1].rendered.text

    def test_each_message_is_whole_and_says_where_an_answer_goes(self, digest):
        for words in ("Is it still there?", "In red?", "How much?"):
            assert words in digest.rendered.text
            assert words in digest.rendered.html
        assert "Your answer goes by email to noor@home.example." in digest.rendered.text

    def test_nothing_of_a_stranger_is_markup(self, daily, clock):
        make_message(daily, "<img src=x onerror=alert(1)>", sender_name="<b>Eve</b>")
        clock.move_to(EVENING)
        (mail,) = worker_looks()
        assert "<img" not in mail.rendered.html
        assert "<b>" not in mail.rendered.html

    def test_what_was_read_and_answered_before_is_left_out(self, daily, clock):
        message = make_message(daily)
        clock.shift(60)
        message.mark_as_read()
        make_reply(message, daily)
        clock.move_to(EVENING)
        assert worker_looks() == []

    def test_a_digest_within_quiet_hours_waits_for_their_end(self, ann, clock):
        choose(ann, digest_at=time(6), **NIGHT)
        make_message(ann)
        clock.move_to(datetime(2026, 6, 9, 4, 0, tzinfo=UTC))
        assert worker_looks() == []
        clock.move_to(datetime(2026, 6, 9, 5, 0, tzinfo=UTC))
        assert len(worker_looks()) == 1

    def test_what_is_erased_is_erased_from_the_digest_as_well(self, digest, daily, clock):
        message = daily.business.messages.order_by("id").first()
        trash(message.pk)
        clock.shift(TRASH_KEPT + timedelta(days=1))
        assert empty_trash(timezone.now()) == 1
        assert sent() == []
        assert waiting() == 0


class TestItsEnd:
    def test_only_a_digest_has_a_one_click_end(self, ann, clock):
        make_message(ann)
        (mail,) = sent()
        assert header(mail.rendered, "List-Unsubscribe-Post") == ""

    def test_f71_opening_the_link_changes_nothing_and_posting_ends_it(self, digest, daily, clock):
        client = Client(enforce_csrf_checks=True)
        assert header(digest.rendered, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
        page = client.get(one_click(digest))
        assert "End the daily digest?" in text_of(read(page), "h1")
        daily.notifications.refresh_from_db()
        assert daily.notifications.digest_stopped_at is None
        done = client.post(one_click(digest), {"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        make_message(daily)
        clock.shift(timedelta(days=2))
        assert len(worker_looks()) == 1
        assert waiting() == 0

    def test_a_forged_link_opens_nothing(self, digest):
        forged = one_click(digest).replace(":", "0:")
        assert Client().post(forged).status_code == 404

    def test_he_is_told_by_text_where_his_phone_is_known_and_once(self, digest, daily):
        number, phone = make_sender(daily.business), verified_phone(daily)
        for _ in range(2):
            Client().post(one_click(digest))
        (text,) = sent("sms")
        assert (text.sender, text.to_address) == (number, phone)
        assert "The daily digest was ended" in text.rendered.text
        assert f"/settings/notifications/{daily.business_id}/" in text.rendered.text

    def test_else_another_member_is_told_by_mail(self, digest, daily):
        bob = make_member(daily.business, Role.MEMBER)
        Client().post(one_click(digest))
        (mail,) = sent(to=bob.user.email)
        assert mail.rendered.subject == "Ann's Bikes: Ann is told less from now on"

    def test_the_dashboard_says_so_and_undoes_it(self, digest, daily, clock):
        Client().post(one_click(digest))
        client = client_of(daily)
        page = read(client.get("/"))
        assert "The daily digest was ended with one click." in text_of(page, "#came-back")
        after = press(client, page, "Undo")
        assert "Undone" in text_of(read(after), "#flash")
        make_message(daily, "Are you there?")
        clock.shift(timedelta(days=1))
        assert "Are you there?" in worker_looks()[-1].rendered.text

    def test_nobody_undoes_it_for_another(self, digest, daily, ben):
        Client().post(one_click(digest))
        key = {"kind": "digest", "key": str(daily.pk)}
        client_of(ben).post("/settings/notifications/undo/", key)
        daily.notifications.refresh_from_db()
        assert daily.notifications.digest_stopped_at
