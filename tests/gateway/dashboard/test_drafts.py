"""What is typed and not sent is kept for its writer alone."""

from __future__ import annotations

import pytest

from gateway.join import join
from gateway.models import Draft, Role
from tests.factories import make_business, make_member, make_message
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import fields_of, press, read, submit

pytestmark = pytest.mark.django_db


def opened(browser, message):
    return read(browser.get(f"/conversations/{message.pk}/"))


def box(browser, message):
    return fields_of(opened(browser, message).select_one("#composer"))


def type_in(browser, message, text, **more):
    said = {"reply": text, "channel": "email", **more}
    return browser.post(f"/conversations/{message.pk}/draft/", said)


def marked(page):
    return [bool(mark) for mark in page.select("#rows .draft")]


def test_it_stands_in_the_box_again_and_the_list_says_so(browser, message):
    assert type_in(browser, message, "Half a\r\nsent").status_code == 204
    assert type_in(browser, message, "Half a\r\nsentence").status_code == 204
    page = opened(browser, message)
    assert fields_of(page.select_one("#composer"))["reply"] == "Half a\nsentence"
    assert marked(page) == [True]
    assert Draft.objects.count() == 1


def test_nobody_else_sees_it(browser, ann, message):
    type_in(browser, message, "Half a sentence")
    page = opened(client_of(make_member(ann.business)), message)
    assert "Half a" not in str(page)
    assert marked(page) == []


def test_what_is_taken_back_stands_above_what_was_begun_since(browser, message):
    submit(browser, opened(browser, message), "#composer", reply="Come by at five.")
    type_in(browser, message, "And bring the key.")
    back = read(press(browser, opened(browser, message), "Take back"))
    both = "Come by at five.\n\nAnd bring the key."
    assert fields_of(back.select_one("#composer"))["reply"] == both
    type_in(browser, message, both)
    again = browser.get(f"/conversations/{message.pk}/?draft={message.replies.get().pk}")
    assert fields_of(read(again).select_one("#composer"))["reply"] == both


@pytest.mark.parametrize("text", ["", " \n "])
def test_without_a_word_there_is_none(browser, message, text):
    type_in(browser, message, "Half a sentence")
    type_in(browser, message, text)
    assert not Draft.objects.exists()


def test_it_ends_when_it_is_sent_and_does_not_come_back_late(browser, message):
    type_in(browser, message, "Yes, it is.")
    submit(browser, opened(browser, message), "#composer")
    assert message.replies.get().reply == "Yes, it is."
    for late in ("Yes, it", "Yes, it is."):
        type_in(browser, message, late)
        assert box(browser, message)["reply"] == ""
    type_in(browser, message, "Yes, and come by.")
    assert box(browser, message)["reply"] == "Yes, and come by."


def test_it_stays_when_it_could_not_be_sent(browser, message):
    type_in(browser, message, "Yes, it is.")
    submit(browser, opened(browser, message), "#composer", reply="Yes, it is.", channel="sms")
    assert box(browser, message)["reply"] == "Yes, it is."


def test_the_way_it_was_to_go_is_kept_while_it_can_be_used(browser, message):
    type_in(browser, message, "Yes", channel="sms")
    assert box(browser, message)["channel"] == "email"
    assert type_in(browser, message, "Yes", channel="pigeon").status_code == 400


def test_who_may_not_answer_keeps_none(ann, message):
    assert (
        type_in(client_of(make_member(ann.business, Role.AGENT)), message, "x").status_code == 403
    )
    assert type_in(client_of(make_member(make_business())), message, "x").status_code == 404
    assert not Draft.objects.exists()


def test_no_word_is_lost_when_conversations_are_joined(browser, ann, message):
    other, third = make_message(ann, "The red one"), make_message(ann, "The green one")
    type_in(browser, message, "Here.")
    type_in(browser, other, "There.")
    join(other.pk, message.pk, ann)
    assert box(browser, message)["reply"] == "Here.\n\nThere."
    join(message.pk, third.pk, ann)
    assert box(browser, third)["reply"] == "Here.\n\nThere."


def test_marks_of_thirty_rows_take_as_many_queries_as_of_five(
    browser, ann, django_assert_max_num_queries
):
    counts = []
    for wanted in (5, 30):
        while (number := Draft.objects.count()) < wanted:
            Draft.objects.create(message=make_message(ann), membership=ann, text=f"Draft {number}")
        with django_assert_max_num_queries(17) as queries:
            page = read(browser.get("/"))
        assert len(marked(page)) == wanted
        counts.append(len(queries))
    assert counts[0] == counts[1]
