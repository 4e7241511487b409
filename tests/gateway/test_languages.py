"""Each is spoken to in his own language: a member as he chose, a customer as he writes."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from gateway.languages import offered
from gateway.links import conversation_url
from gateway.marker import DESTINATIONS, MARKERS
from gateway.models import CustomerMessage, Role
from gateway.states import change
from tests.factories import make_listing, make_member, make_message, make_reply, make_user
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, submit, text_of
from tests.gateway.post import notifications, sent_to_customer
from webhooks.mail.reply import newly_written

pytestmark = pytest.mark.django_db
PROFILE = "/settings/profile/"
GERMAN = "Guten Tag, ist das Fahrrad noch zu haben? Ich würde es gern am Samstag ansehen."


@pytest.fixture
def german(ann):
    """A colleague of Ann's who reads German."""
    colleague = make_member(ann.business, Role.MEMBER, make_user(first_name="Jonas"))
    colleague.language = "de"
    colleague.save()
    return colleague


def told(message: CustomerMessage, member) -> str:
    """The notification that this member got of it."""
    found = [each for each in notifications(message) if each.to_address == member.user.email]
    return found[-1].payload["text"]


def test_a_notification_is_in_the_language_of_each_member(ann, german):
    lines = told(make_message(german), german).splitlines()
    assert lines[0].startswith("Ihre Antwort geht per E-Mail an")
    assert lines[1] == MARKERS["de"]
    lines = told(make_message(ann), ann).splitlines()
    assert lines[0].startswith("Your answer goes by email to")
    assert lines[1] == MARKERS["en"]


@pytest.mark.parametrize("language", MARKERS)
def test_an_answer_above_the_line_of_any_language_is_the_answer_alone(ann, language):
    ann.language = language
    ann.save()
    notification = told(make_message(ann), ann)
    quoted = "\n".join(f"> {line}" for line in notification.splitlines())
    assert newly_written(f"Come by at five.\n\n{quoted}", "").text == "Come by at five."


@pytest.mark.parametrize("language", MARKERS)
def test_what_stands_above_the_line_begins_as_the_reader_of_answers_knows_it(language):
    with translation.override(language):
        goes = gettext("Your answer goes %(how)s to %(address)s")
        nowhere = gettext(
            "This customer cannot be reached now: %(reasons)s Your answer will be held."
        )
    assert goes.startswith(DESTINATIONS)
    assert nowhere.startswith(DESTINATIONS)


def test_a_customer_is_answered_in_the_language_he_wrote_in(ann):
    message = make_message(ann, GERMAN, listing=make_listing(ann.business))
    with change(message.pk) as row:
        row.language = "de"
    make_reply(CustomerMessage.objects.get(pk=message.pk), ann)
    assert "Sie schrieben:" in sent_to_customer(message)[-1].rendered.text


def test_a_language_ends_with_what_is_said_in_it(ann, german):
    before = translation.get_language()
    make_message(ann)
    assert translation.get_language() == before


def test_the_dashboard_follows_the_browser_until_its_reader_has_chosen(ann):
    browser = client_of(ann)
    page = browser.get(PROFILE, headers={"accept-language": "fr"})
    assert read(page).html["lang"] == "fr"
    assert page["Content-Language"] == "fr"
    page = submit(browser, read(page), "#language", language="es")
    assert read(page).html["lang"] == "es"
    page = browser.get("/", headers={"accept-language": "fr"})
    assert read(page).html["lang"] == "es"
    submit(browser, read(browser.get(PROFILE)), "#language", language="")
    assert read(browser.get("/", headers={"accept-language": "fr"})).html["lang"] == "fr"


def test_what_is_no_language_of_this_installation_is_refused(ann):
    browser = client_of(ann)
    page = submit(browser, read(browser.get(PROFILE)), "#language", language="tlh")
    assert "tlh" in text_of(read(page), "#language .problem")


def test_the_page_of_a_customer_is_in_his_language(ann):
    message = make_message(ann, GERMAN)
    with change(message.pk) as row:
        row.language = "de"
    make_reply(CustomerMessage.objects.get(pk=message.pk), ann)
    url = urlsplit(conversation_url(CustomerMessage.objects.get(pk=message.pk))).path
    page = Client().get(url, headers={"accept-language": "fr"})
    assert read(page).html["lang"] == "de"


@pytest.mark.parametrize(
    ("named", "found"),
    [("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("nl", ""), ("", "")],
)
def test_a_language_is_offered_whatever_its_region(named, found):
    assert offered(named) == found
