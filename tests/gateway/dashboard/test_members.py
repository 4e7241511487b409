"""An owner says who belongs to his business: he changes roles, removes people, and invites by mail."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken

from channels_out.models import Delivery
from gateway.invitations import MOST_A_DAY
from gateway.models import HeldItem, HeldReason, Invitation, MemberAddress, Membership, Role
from gateway.participants import member_of, reply_address_of
from tests.factories import (
    PASSWORD,
    make_business,
    make_member,
    make_message,
    make_token,
    make_user,
)
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, submit, text_of
from tests.gateway.post import post

pytestmark = pytest.mark.django_db
ZOE = "zoe@home.example"


@pytest.fixture
def url(ann):
    return f"/settings/members/{ann.business_id}/"


@pytest.fixture
def ben(ann):
    return make_member(ann.business, Role.MEMBER, make_user(first_name="Ben"))


def set_role(browser, url, member, role):
    page = read(browser.get(url))
    return submit(browser, page, f"form[action='{url}{member.pk}/role/']", role=role)


def take_out(browser, url, member):
    page = read(browser.get(url))
    return submit(browser, page, f"form[action='{url}{member.pk}/remove/']")


def invite(browser, url, address=ZOE, role="member"):
    return submit(browser, read(browser.get(url)), "#invitation", address=address, role=role)


def link_to(address=ZOE):
    """Where the link in the newest invitation leads."""
    mails = Delivery.objects.filter(to_address=address, purpose="invitation")
    found = re.search(r"/invitations/\S+/", mails.latest("id").payload["text"])
    assert found
    return found[0]


class TestPeople:
    def test_the_page_names_everybody_with_role_address_and_sign_in(self, browser, url, ben):
        nameless = make_member(ben.business, Role.AGENT)
        page = read(browser.get(url))
        people = [" ".join(row.get_text(" ").split()) for row in page.select("#people ~ ul > li")]
        assert [ben.user.email in row for row in people] == [False, True, False]
        assert "Ben" in people[1]
        assert "Never signed in" in people[1]
        assert nameless.user.email in people[2]
        chosen = [each.get_text() for each in page.select("option[selected]")][:3]
        assert chosen == ["Owner", "Member", "Agent (suggests, does not answer)"]

    def test_more_people_need_no_more_queries(self, browser, url, ann, django_assert_num_queries):
        make_member(ann.business)
        with CaptureQueriesContext(connection) as few:
            browser.get(url)
        for _ in range(4):
            make_member(ann.business)
        with django_assert_num_queries(len(few)):
            browser.get(url)

    def test_only_an_owner_sees_or_changes_it(self, url, ben, ann):
        other = make_member(make_business())
        for path in (url, f"{url}{ann.pk}/role/", f"{url}{ann.pk}/remove/"):
            assert client_of(ben).post(path, {"role": "agent"}).status_code == 403
            assert client_of(other).post(path, {"role": "agent"}).status_code == 404
        # An owner elsewhere, who names a member of another business under his own.
        path = f"/settings/members/{other.business_id}/{ann.pk}/remove/"
        assert client_of(other).post(path).status_code == 404
        ann.refresh_from_db()
        assert (ann.role, ann.is_active) == (Role.OWNER, True)

    def test_a_role_counts_at_once(self, browser, url, ben):
        message = make_message(ben)
        page = read(set_role(browser, url, ben, "agent"))
        assert "Ben: Agent" in text_of(page, "#flash")
        assert not read(client_of(ben).get(f"/conversations/{message.pk}/")).select("#reply")

    def test_the_last_owner_stays_one(self, browser, url, ann, ben):
        for page in (set_role(browser, url, ann, "member"), take_out(browser, url, ann)):
            assert "A business needs an owner." in text_of(read(page), "#flash")
        set_role(browser, url, ben, "owner")
        page = read(set_role(browser, url, ann, "member"))
        assert url not in [link["href"] for link in page.select("#rows a")]

    def test_who_is_removed_has_no_access_by_page_token_or_mail(self, browser, url, ben):
        message = make_message(ben)
        his = client_of(ben)
        make_token(ben.user)
        address = reply_address_of(member_of(message, ben))
        take_out(browser, url, ben)
        assert his.get(f"/conversations/{message.pk}/").status_code == 404
        assert not AuthToken.objects.filter(user=ben.user).exists()
        post(address, sender=ben.user.email, text="Yes.")
        assert HeldItem.objects.get().reason == HeldReason.NO_ACCESS

    def test_what_he_has_elsewhere_stays(self, browser, url, ben):
        elsewhere = make_member(make_business(), user=ben.user)
        make_token(ben.user)
        take_out(browser, url, ben)
        assert AuthToken.objects.filter(user=ben.user).exists()
        assert client_of(elsewhere).get("/").status_code == 200


class TestInvitations:
    def test_whoever_has_no_account_makes_one_and_belongs_to_it(self, browser, url, ann):
        page = read(invite(browser, url))
        assert f"on its way to {ZOE}" in text_of(page, "#flash")
        assert ZOE in text_of(page, "#invited ~ ul")
        zoe = Client()
        path = link_to()
        entrance = read(zoe.get(path))
        assert ann.business.name in text_of(entrance, "h1")
        form = {"first_name": "Zoe", "last_name": "Bly", "password1": PASSWORD}
        inbox = zoe.post(path, form, follow=True)
        assert inbox.redirect_chain == [("/", 302)]
        assert f"You belong to {ann.business.name} now." in text_of(read(inbox), "#flash")
        member = Membership.objects.get(user__email=ZOE)
        assert (member.role, member.user.get_full_name()) == (Role.MEMBER, "Zoe Bly")
        assert MemberAddress.objects.get(user=member.user).verified_at
        assert Delivery.objects.filter(to_address=ZOE, purpose="welcome").exists()
        assert Client().login(email=ZOE, password=PASSWORD)
        assert not read(browser.get(url)).select("#invited")

    def test_a_link_works_once(self, browser, url):
        invite(browser, url)
        path = link_to()
        form = {"first_name": "Zoe", "password1": PASSWORD}
        Client().post(path, form)
        again = Client().post(path, form | {"first_name": "Mallory"})
        assert again.status_code == 410
        assert "This invitation has ended" in text_of(read(again), "h1")
        assert get_user_model().objects.filter(email=ZOE).count() == 1

    def test_a_weak_password_or_no_name_makes_nobody(self, browser, url):
        invite(browser, url)
        page = read(Client().post(link_to(), {"first_name": "", "password1": "12345678"}))
        assert "Write your name" in text_of(page, "#id_first_name_error")
        assert page.select("#id_password1_error")
        assert not get_user_model().objects.filter(email=ZOE).exists()
        assert Invitation.objects.get().is_open

    def test_the_address_cannot_be_another_one(self, browser, url):
        invite(browser, url)
        form = {"first_name": "Zoe", "password1": PASSWORD, "email": "boss@shop.example"}
        Client().post(link_to(), form)
        assert get_user_model().objects.filter(email=ZOE).exists()
        assert not get_user_model().objects.filter(email="boss@shop.example").exists()

    def test_whoever_has_an_account_signs_in_and_joins_by_one_press(self, browser, url, ann):
        invite(browser, url, role="agent")
        path = link_to()
        member = make_member(user=make_user(ZOE))
        stranger = read(Client().get(path))
        assert stranger.select_one("main a.btn")["href"] == f"/accounts/login/?next={path}"
        his = client_of(member)
        assert f"signed in as {ZOE}" in text_of(read(his.get(path)), "main")
        assert not Membership.objects.filter(business=ann.business, user=member.user).exists()
        joined = his.post(path, follow=True)
        assert f"You belong to {ann.business.name} now." in text_of(read(joined), "#flash")
        assert Membership.objects.get(business=ann.business, user=member.user).role == Role.AGENT

    def test_who_was_removed_comes_back_with_the_role_invited_to(self, browser, url, ben):
        take_out(browser, url, ben)
        invite(browser, url, ben.user.email, "agent")
        client_of(ben).post(link_to(ben.user.email))
        ben.refresh_from_db()
        assert (ben.is_active, ben.role) == (True, Role.AGENT)

    def test_sent_again_the_first_link_ends(self, browser, url):
        page = read(invite(browser, url))
        first = link_to()
        press(browser, page, "Send again")
        assert Client().get(first).status_code == 410
        assert Client().get(link_to()).status_code == 200
        assert text_of(read(browser.get(url)), "#invited ~ ul").count(f"{ZOE} Member") == 1

    def test_withdrawn_or_old_it_opens_nothing(self, browser, url):
        page = read(invite(browser, url))
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert Client().get(link_to()).status_code == 410
        assert "too old" in text_of(read(browser.get(url)), "#invited ~ ul")
        Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
        press(browser, page, "Withdraw")
        assert Client().post(link_to(), {}).status_code == 410

    def test_no_other_token_opens_a_page(self):
        assert Client().get("/invitations/abc/").status_code == 404

    def test_what_is_no_mailbox_of_a_person_is_not_invited(self, browser, url, ann):
        for address in ("zoe", ann.business.public_address):
            page = read(invite(browser, url, address))
            assert "Write the mail address of one person" in text_of(page, ".problems")
        assert not Invitation.objects.exists()

    def test_a_member_is_not_invited(self, browser, url, ben):
        page = read(invite(browser, url, ben.user.email.upper()))
        assert "Ben belongs to it already." in text_of(page, ".problems")

    def test_a_business_sends_so_many_a_day(self, browser, url):
        for number in range(MOST_A_DAY):
            invite(browser, url, f"person{number}@home.example")
        page = read(invite(browser, url, "one@more.example"))
        assert "invitations were sent today" in text_of(page, ".problems")
        Invitation.objects.update(created_at=timezone.now() - timedelta(days=2))
        assert not read(invite(browser, url, "one@more.example")).select(".problems")

    def test_a_mail_that_came_back_is_said(self, browser, url):
        invite(browser, url)
        Delivery.objects.filter(purpose="invitation").update(state="failed")
        assert "did not arrive" in text_of(read(browser.get(url)), "#invited ~ ul")

    def test_who_is_no_owner_any_more_has_invited_nobody(self, browser, url, ben, ann):
        set_role(browser, url, ben, "owner")
        invite(client_of(ben), url)
        take_out(browser, url, ben)
        assert Client().get(link_to()).status_code == 410

    def test_nobody_else_opens_an_account(self, browser, url):
        invite(browser, url)
        form = {"email": ZOE, "password1": PASSWORD, "password2": PASSWORD}
        Client().get(link_to())
        assert "By invitation" in text_of(read(Client().post("/accounts/signup/", form)), "h1")
