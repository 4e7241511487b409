"""An owner's first steps, and the checks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gateway.checks.runs import run_due
from gateway.models import Business, Check, Role
from tests.factories import make_business, make_member, make_message, make_sender, make_user
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, submit, text_of

BEGIN = "#rows a[href='/start/']"


@pytest.fixture
def url(ann):
    return f"/start/{ann.business_id}/"


def test_an_owner_is_led_there_until_the_first_customer_has_written(browser, ann, url):
    page = read(browser.get("/"))
    assert page.select_one(BEGIN)
    assert "Three steps" in text_of(page, "#main")
    assert browser.get("/start/", follow=True).redirect_chain[-1][0] == url
    make_message(ann)
    assert not read(browser.get("/")).select_one(BEGIN)
    archived = read(browser.get("/?folder=archived"))
    assert not archived.select_one(BEGIN)


def test_nobody_else_is_led_there_or_gets_there(ann, url):
    agent = client_of(make_member(ann.business, role=Role.AGENT))
    assert not read(agent.get("/")).select_one(BEGIN)
    assert agent.get("/start/").status_code == 404
    assert agent.get(url).status_code == 403
    assert client_of(make_member(make_business())).get(url).status_code == 404


def test_of_several_businesses_the_one_that_nobody_wrote_to_comes_first(browser, ann):
    make_message(ann)
    boats = make_member(make_business("Ann's Boats"), user=ann.user)
    assert browser.get("/start/")["Location"] == f"/start/{boats.business_id}/"


def test_a_business_is_named_and_placed(browser, url):
    page = read(browser.get(url))
    done = submit(
        browser, page, "#business-form", name="Ann & Co", slug="ann-co", timezone="Europe/Paris"
    )
    assert "ann-co@reply.gateway.test" in text_of(read(done), ".ways-in")
    business = Business.objects.get()
    assert (business.name, business.slug, business.timezone) == (
        "Ann & Co",
        "ann-co",
        "Europe/Paris",
    )


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"slug": "Ann's"}, "Lower-case letters, digits and hyphens."),
        ({"slug": "bens-boats"}, "Another business has this address."),
        ({"timezone": "Mars/Base"}, "There is no such time zone"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_named(browser, url, wrong, problem):
    Business.objects.create(name="Ben's Boats", slug="bens-boats")
    page = read(submit(browser, read(browser.get(url)), "#business-form", **wrong))
    assert problem in text_of(page, ".problems")


def test_an_address_that_customers_know_stays(browser, ann, url):
    make_message(ann)
    page = read(browser.get(url))
    assert not page.select_one("[name=slug]")
    browser.post(url, {"name": "Ann", "slug": "moved", "timezone": ""})
    assert (Business.objects.get().name, Business.objects.get().slug) == ("Ann", ann.business.slug)


def test_the_ways_to_reach_a_business_stand_there(browser, ann, url):
    make_sender(ann.business)
    make_sender(None, "whatsapp")
    make_sender(make_business())
    page = read(browser.get(url))
    ways = text_of(page, ".ways-in")
    assert ways.count("+1") == 2
    assert "shared with other businesses" in ways
    hook = page.select_one("#twilio-hook")["value"]
    assert hook == "https://gateway.test/webhooks/twilio/inbound/"
    assert not page.select("a[href='/simulator/']")


def test_with_the_simulator_a_test_message_can_be_sent(browser, url, settings):
    settings.SIMULATOR_URL = "http://127.0.0.1:9"
    page = read(browser.get(url))
    assert page.select_one("a[href='/simulator/']")
    page = read(press(browser, page, "Send yourself a test message"))
    assert "Being tested" in text_of(page, "#check-text")
    run_due()
    found = text_of(read(browser.get(url)), "#check-text")
    assert "Your business has no number to text to." in found


def test_a_check_shows_that_it_is_made_then_what_came_of_it_and_what_to_do(browser):
    page = read(submit(browser, read(browser.get("/checks/")), "#check-worker form"))
    row = page.select_one("#check-worker")
    assert row["hx-trigger"] == "every 1s"
    assert "Being tested" in row.get_text()
    run_due()
    row = read(browser.get("/checks/")).select_one("#check-worker")
    assert not row.has_attr("hx-trigger")
    found = " ".join(row.get_text().split())
    assert "Does not work: A worker took this up, but nothing has come by the clock" in found
    assert "Start the clock" in found
    assert "Tested on" in found


def test_a_check_that_no_worker_takes_up_says_so(browser, ann):
    submit(browser, read(browser.get("/checks/")), "#check-worker form")
    Check.objects.update(asked_at=timezone.now() - timedelta(seconds=20))
    page = read(browser.get("/checks/"))
    assert "No worker has taken this up." in text_of(page, "#check-worker")


def test_staff_make_all_checks_and_owners_those_that_concern_them(browser, ann):
    def names(client):
        return [row["id"] for row in read(client.get("/checks/")).select(".checks > li")]

    assert names(browser) == [
        "check-worker",
        "check-public_url",
        "check-mail",
        "check-reply_domain",
        "check-mail_domain",
    ]
    assert browser.post("/checks/twilio/").status_code == 404
    staff = client_of(make_member(ann.business, user=make_user(is_staff=True)))
    assert names(staff)[5:] == ["check-twilio", "check-webhook"]
    agent = client_of(make_member(ann.business, role=Role.AGENT))
    assert agent.get("/checks/").status_code == 404
    assert agent.post("/checks/worker/").status_code == 404
    assert not read(agent.get("/")).select("#rail a[href='/checks/']")


def test_asking_twice_is_said(browser):
    submit(browser, read(browser.get("/checks/")), "#check-mail form")
    page = read(submit(browser, read(browser.get("/checks/")), "#check-mail form"))
    assert "This was asked for a moment ago." in text_of(page, "#flash")
