"""An owner sees his numbers and limits what is sent from them."""

from __future__ import annotations

import pytest
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.models import Business, Role
from gateway.outbound.limits import countries_of, most_texts
from tests.factories import make_business, make_member, make_sender
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import fields_of, read, submit, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(ann):
    return f"/settings/numbers/{ann.business_id}/"


def opened(browser, url):
    return read(browser.get(url))


def stored():
    return Business.objects.get()


def test_own_and_shared_numbers_are_listed_and_nobody_elses(browser, ann, url):
    own = make_sender(ann.business, Channel.WHATSAPP)
    shared = make_sender(None)
    Sender.objects.filter(pk=own.pk).update(
        paused_at=timezone.now(), paused_reason="The password is wrong.", can_mms=True
    )
    others = make_sender(make_business())
    page = opened(browser, url)
    mine = text_of(page, "section[aria-labelledby=own]")
    assert own.address in mine
    assert "Paused since" in mine
    assert "The password is wrong." in mine
    assert shared.address in text_of(page, "section[aria-labelledby=shared]")
    assert others.address not in text_of(page, "main")


def test_an_owner_limits_what_was_granted(browser, ann, url):
    Business.objects.update(text_countries="DE,AT,CH")
    page = read(
        submit(browser, opened(browser, url), "#limits", texts_a_day="40", countries="de  at")
    )
    assert most_texts(stored()) == 40
    assert countries_of(stored()) == {"DE", "AT"}
    assert fields_of(page.select_one("#limits"))["countries"] == "AT, DE"
    submit(browser, page, "#limits", texts_a_day="", countries="")
    assert most_texts(stored()) == 1000
    assert countries_of(stored()) == {"DE", "AT", "CH"}


def test_what_is_granted_later_and_less_counts_at_once(browser, url):
    submit(browser, opened(browser, url), "#limits", texts_a_day="40", countries="DE")
    Business.objects.update(texts_a_day=10, text_countries="FR")
    assert most_texts(stored()) == 10
    assert countries_of(stored()) == {"FR"}


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"texts_a_day": "1001"}, "At most 1000 are granted."),
        ({"countries": "DE, XX"}, "may choose: XX."),
    ],
)
def test_more_than_was_granted_is_refused(browser, url, wrong, problem):
    page = read(submit(browser, opened(browser, url), "#limits", **wrong))
    assert problem in text_of(page, "#limits")
    assert fields_of(page.select_one("#limits")).items() >= wrong.items()
    assert stored().own_texts_a_day is None


def test_they_are_an_owners(ann, url):
    assert client_of(make_member(ann.business, role=Role.MEMBER)).get(url).status_code == 403
    assert client_of(make_member(make_business())).get(url).status_code == 404
