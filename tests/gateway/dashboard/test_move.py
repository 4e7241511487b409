"""A message that belongs elsewhere, as a member moves it by hand."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from gateway.join import join
from gateway.models import CustomerMessage, Membership, Role
from tests.factories import make_member, make_message, make_sender, make_text
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, submit, text_of
from tests.gateway.post import written

PHONE = "+14155550101"


@pytest.fixture
def bike(ann: Membership) -> CustomerMessage:
    """A conversation by text in which a message about something else came."""
    number = make_sender(ann.business)
    message = make_text(number, PHONE, "The bike?").message
    make_text(number, PHONE, "And the boat?")
    return message


def form_of(browser: Client, bike: CustomerMessage):
    """The page behind the link beside the message."""
    page = read(browser.get(reverse("gateway:conversation", args=[bike.pk])))
    *_, link = [row for row in page.select("#thread a") if row.get_text() == "Move it"]
    return read(browser.get(str(link["href"])))


def test_a_message_is_moved_where_it_belongs(browser, ann, bike):
    boat = make_message(ann, "The boat")
    page = form_of(browser, bike)
    shown = read(submit(browser, page, "form.with-targets", under=str(boat.pk)))
    assert "And the boat?" in text_of(shown, "#thread")
    assert "1 message here from" in text_of(shown, "#thread .moved")
    left = read(browser.get(reverse("gateway:conversation", args=[bike.pk])))
    assert "moved 1 message to" in text_of(left, "#thread .moved")


def test_or_becomes_a_conversation_of_its_own(browser, bike):
    page = form_of(browser, bike)
    submit(browser, page, "form.with-targets", under="")
    assert written(bike) == ["The bike?"]
    assert CustomerMessage.objects.exclude(pk=bike.pk).get().message == "And the boat?"


def test_the_conversations_of_other_businesses_are_not_offered(browser, bike):
    make_message(make_member(), "A flat")
    assert "flat" not in text_of(form_of(browser, bike), ".targets").lower()


@pytest.mark.parametrize("under", ["nonsense", "01a21522-8ac9-75af-a332-b8b9df50548a"])
def test_what_is_no_conversation_is_not_found(browser, bike, under):
    page = form_of(browser, bike)
    assert submit(browser, page, "form.with-targets", under=under).status_code == 404
    assert len(written(bike)) == 2


def test_who_only_reads_is_offered_nothing(ann, bike):
    reader = client_of(make_member(ann.business, Role.AGENT))
    page = read(reader.get(reverse("gateway:conversation", args=[bike.pk])))
    assert "Move it" not in text_of(page, "#thread")
    path = reverse("gateway:move", args=[bike.replies.get().pk])
    assert reader.post(path, {"under": ""}).status_code == 403


def test_another_business_s_message_is_not_found(bike):
    stranger = client_of(make_member())
    assert stranger.get(reverse("gateway:move", args=[bike.replies.get().pk])).status_code == 404


def test_with_its_first_message_a_conversation_is_joined_to_another_after_a_word_of_warning(
    browser, ann, bike
):
    boat = make_message(ann, "The boat")
    thread = read(browser.get(reverse("gateway:conversation", args=[bike.pk])))
    first = next(row for row in thread.select("#thread a") if row.get_text() == "Move it")
    page = read(browser.get(str(first["href"])))
    assert not page.select("input[name=under][value='']")
    warning = read(submit(browser, page, "form.with-targets", under=str(boat.pk)))
    assert len(written(bike)) == 2
    assert "it cannot be undone as a whole" in text_of(warning, "#main")
    assert "The two are not known as one customer." in text_of(warning, ".means")
    done = submit(browser, warning, "form.settle")
    assert done.redirect_chain == [(f"/conversations/{boat.pk}/", 302)]
    thread = text_of(read(done), "#thread")
    assert thread.index("The boat") > thread.index("And the boat?") > thread.index("The bike?")
    assert "joined “The bike?” with this conversation: 2 messages" in thread


def test_its_old_address_leads_on_and_nothing_is_done_to_what_is_no_more(browser, ann, bike):
    boat, old = make_message(ann, "The boat"), reverse("gateway:conversation", args=[bike.pk])
    join(bike.pk, boat.pk, ann)
    led = browser.get(old, follow=True)
    assert led.redirect_chain == [(f"/conversations/{boat.pk}/", 302)]
    done = browser.post(reverse("gateway:act", args=[bike.pk, "archive"]), follow=True)
    assert "nothing was done" in text_of(read(done), "#flash")
    boat.refresh_from_db()
    assert not boat.is_archived
    for path in ("/", "/?folder=trash", "/?q=bike"):
        assert old not in {row["href"] for row in read(browser.get(path)).select("#rows a")}


def test_a_target_that_is_none_is_not_found(browser, bike):
    page = reverse("gateway:join", args=[bike.pk])
    for under in ("", "x", str(make_message(make_member()).pk)):
        assert browser.post(page, {"under": under}).status_code == 404
    reader = client_of(make_member(bike.business, Role.AGENT))
    assert reader.post(page, {"under": str(bike.pk)}).status_code == 403
