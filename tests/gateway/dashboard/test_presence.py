"""Who looks at a conversation sees who else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from gateway.models import Presence, Role
from gateway.presence import HERE_FOR, KEPT_FOR, sweep
from tests.factories import make_business, make_member, make_user
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(ann):
    return make_member(ann.business, Role.MEMBER, make_user(first_name="Ben"))


@pytest.fixture
def url(message):
    return f"/conversations/{message.pk}/here/"


def age(span):
    Presence.objects.update(seen_at=F("seen_at") - span)


def test_colleagues_see_each_other_look_and_write_and_nobody_sees_himself(browser, ann, ben, url):
    assert browser.post(url).content == b""
    cleo = make_member(ann.business, Role.AGENT, make_user(first_name="Cleo"))
    client_of(cleo).post(url)
    client_of(ben).post(url)
    assert browser.post(url).content.decode() == "Cleo and Ben are looking at this."
    client_of(ben).post(url, {"writing": "1"})
    words = "Ben is writing. Cleo is looking at this."
    assert browser.post(url).content.decode() == words
    page = read(browser.get(url.replace("here/", "")))
    assert text_of(page, "#here") == words


def test_whoever_says_nothing_for_a_while_is_gone(browser, ben, url):
    client_of(ben).post(url)
    age(HERE_FOR)
    assert browser.post(url).content == b""


def test_a_page_that_says_the_same_again_writes_nothing(browser, ben, url):
    his = client_of(ben)
    his.post(url)
    first = Presence.objects.get().seen_at
    his.post(url)
    assert Presence.objects.get().seen_at == first
    age(timedelta(seconds=10))
    his.post(url)
    assert Presence.objects.get().seen_at > first


def test_it_is_no_business_of_others(ben, url, client):
    stranger = client_of(make_member(make_business()))
    assert stranger.post(url).status_code == 404
    assert client.post(url).status_code == 302
    assert client_of(ben).get(url).status_code == 405
    assert not Presence.objects.exists()


def test_what_is_past_is_swept(browser, ben, url):
    client_of(ben).post(url)
    assert sweep() == 0
    age(KEPT_FOR)
    assert sweep() == 1
    assert not Presence.objects.exists()
