"""The page on which a member says how he is told, as a browser without JavaScript uses it."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gateway.models import Business, HeldItem, Membership, NotificationSettings, Role
from gateway.outbound.failures import note_failures
from tests.factories import make_member, make_message, make_reply
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import fields_of, read, submit, text_of
from tests.gateway.post import customer_token, post, sent_to_customer
from tests.gateway.telling.days import choose, verified_phone

pytestmark = pytest.mark.django_db


def page_of(member: Membership) -> tuple[Client, Any]:
    client = client_of(member)
    return client, read(client.get(address_of(member)))


def address_of(member: Membership) -> str:
    return f"/settings/notifications/{member.business_id}/"


def wishes_of(member: Membership) -> NotificationSettings:
    return NotificationSettings.objects.get(membership=member)


class TestThePage:
    def test_without_a_choice_it_shows_what_happens(self, ann):
        _, page = page_of(ann)
        chosen = [
            f"{box['name']}:{box['value']}"
            for box in page.select("#wishes input[type=checkbox][checked]")
        ]
        every = ("new", "next", "held", "failed")
        assert chosen == [f"{name}:{event}" for event in every for name in ("email", "browser")]
        assert not NotificationSettings.objects.exists()

    def test_it_keeps_what_is_chosen(self, ann):
        client, page = page_of(ann)
        saved = submit(
            client,
            page,
            "#wishes",
            email=["failed"],
            sms=["new", "failed"],
            browser=[],
            quiet_from="22:00",
            quiet_until="07:00",
            timezone="Europe/Berlin",
            digest_at="18:30",
            is_woken="on",
        )
        assert "Saved." in text_of(read(saved), "#flash")
        wishes = wishes_of(ann)
        assert (wishes.email, wishes.sms, wishes.browser) == (["failed"], ["new", "failed"], [])
        assert (wishes.quiet_from, wishes.quiet_until) == (time(22), time(7))
        assert (wishes.timezone, wishes.digest_at) == ("Europe/Berlin", time(18, 30))
        assert wishes.is_woken
        again = fields_of(page_of(ann)[1].select_one("#wishes"))
        assert (again["quiet_from"], again["digest_at"]) == ("22:00", "18:30")

    def test_the_browsers_zone_is_suggested(self, ann):
        client = client_of(ann)
        client.cookies["timezone"] = "Asia/Kolkata"
        page = read(client.get(address_of(ann)))
        assert page.select_one("#id_timezone")["value"] == "Asia/Kolkata"

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"quiet_from": "22:00"}, "Give both"),
            ({"quiet_from": "22:00", "quiet_until": "22:00"}, "must end at another time"),
            ({"timezone": "Berlin"}, "There is no such time zone"),
            ({"timezone": "../../etc/passwd"}, "There is no such time zone"),
            ({"digest_at": "25:00"}, "Enter a valid time"),
            ({"email": ["everything"]}, "not one of the available choices"),
        ],
    )
    def test_what_cannot_be_is_refused_and_what_was_typed_stays(self, ann, wrong, said):
        client, page = page_of(ann)
        answer = read(submit(client, page, "#wishes", **wrong))
        assert said in text_of(answer, "#wishes .problems")
        shown = fields_of(answer.select_one("#wishes"))
        assert all(shown[name] == value for name, value in wrong.items() if name != "email")

    def test_choosing_another_time_begins_an_ended_digest_anew(self, ann):
        choose(ann, digest_at=time(18), digest_stopped_at=timezone.now())
        client, page = page_of(ann)
        submit(client, page, "#wishes", digest_at="19:00")
        assert wishes_of(ann).digest_stopped_at is None

    def test_it_says_where_texts_go_or_that_no_phone_is_known(self, ann):
        assert "No phone of yours is confirmed" in text_of(page_of(ann)[1], "#wishes")
        phone = verified_phone(ann)
        assert f"Texts go to {phone}" in text_of(page_of(ann)[1], "#wishes")

    def test_each_business_has_its_own(self, ann):
        other = make_member(user=ann.user)
        client = client_of(ann)
        page = read(client.get(f"/settings/notifications/{other.business_id}/"))
        submit(client, page, "#wishes", email=["new"])
        assert wishes_of(other).email == ["new"]
        assert not NotificationSettings.objects.filter(membership=ann).exists()

    def test_f73_anothers_business_is_none_of_his(self, ann, ben):
        client = client_of(ann)
        for path in ("notifications", "business"):
            assert client.post(f"/settings/{path}/{ben.business_id}/", {}).status_code == 404


class TestTheBusiness:
    def test_an_owner_decides_for_it(self, ann):
        client, page = page_of(ann)
        submit(client, page, "#business", escalates_after="45", fails_over="on")
        business = Business.objects.get(pk=ann.business_id)
        assert (business.escalates_after, business.fails_over) == (45, True)

    def test_no_alarm_after_no_time(self, ann):
        client, page = page_of(ann)
        answer = read(submit(client, page, "#business", escalates_after="0"))
        assert "greater than or equal to 1" in text_of(answer, "#business .problems")

    def test_nobody_else_does(self, ann):
        bob = make_member(ann.business, Role.MEMBER)
        client, page = page_of(bob)
        assert page.select_one("#business") is None
        refused = client.post(f"/settings/business/{ann.business_id}/", {"fails_over": "on"})
        assert refused.status_code == 403
        assert not Business.objects.get(pk=ann.business_id).fails_over


class TestNewsForTheBrowser:
    def news(self, member: Membership, ago: timedelta = timedelta()) -> list[dict[str, str]]:
        after = (timezone.now() - ago).isoformat()
        answer = client_of(member).get("/settings/notifications/news/", {"after": after})
        assert answer.headers["Cache-Control"] == "no-store"
        found: list[dict[str, str]] = answer.json()["news"]
        return found

    def test_it_tells_who_wrote_and_where_to_answer(self, ann):
        message = make_message(ann)
        (news,) = self.news(ann)
        assert (news["title"], news["body"]) == ("Maya Okafor", "Is it still there?")
        assert news["url"] == f"/conversations/{message.pk}/"

    def test_what_is_written_next_has_another_key(self, ann):
        message = make_message(ann)
        before = self.news(ann)[0]["key"]
        post(customer_token(message), text="Hello?")
        (news,) = self.news(ann)
        assert news["body"] == "Hello?"
        assert news["key"] != before

    def test_nothing_that_was_read_or_is_automatic_or_old(self, ann):
        make_message(ann).mark_as_read()
        assert self.news(ann) == []
        make_message(ann)
        assert self.news(ann, ago=timedelta(minutes=-5)) == []

    def test_held_and_failed_are_told_without_a_word_of_it(self, ann):
        HeldItem.objects.create(
            reason="no_token", channel="email", business=ann.business, text="Secret"
        )
        message = make_message(ann)
        reply = make_reply(message, ann)
        note_failures({reply.pk: sent_to_customer(message)[0]})
        titles = [each["title"] for each in self.news(ann)]
        assert titles == [
            "Held for Ann's Bikes",
            "Your answer to Maya Okafor did not arrive",
        ]
        assert "Secret" not in str(self.news(ann))

    def test_only_what_he_chose(self, ann):
        choose(ann, browser=["held"])
        make_message(ann)
        assert self.news(ann) == []

    def test_nothing_in_quiet_hours(self, ann):
        now = timezone.now()
        from_, until = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
        choose(ann, quiet_from=from_, quiet_until=until, timezone="UTC")
        make_message(ann)
        assert self.news(ann) == []

    def test_f73_nothing_of_anothers_business(self, ann, ben):
        make_message(ann)
        assert self.news(ben) == []

    def test_nothing_without_a_sign_in(self, ann):
        assert Client().get("/settings/notifications/news/").status_code == 401

    @pytest.mark.parametrize("after", ["", "yesterday", "2026-13-45T00:00:00Z", "2026-06-08"])
    def test_odd_questions_are_answered(self, ann, after):
        answer = client_of(ann).get("/settings/notifications/news/", {"after": after})
        assert answer.status_code == 200
