"""A partner is kept on copy in the reply box, and the thread says who got what and who wrote."""

from __future__ import annotations

import pytest

from gateway.links import conversation_url
from gateway.models import Copy, Draft, Role
from tests.factories import make_member, make_message, make_sender
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, submit, text_of
from tests.gateway.post import customer_token, post, sent_to_customer

TOM = "tom@workshop.example"

pytestmark = pytest.mark.django_db


def opened(browser, message):
    return read(browser.get(f"/conversations/{message.pk}/"))


def answer(browser, message, **values):
    return read(submit(browser, opened(browser, message), "#composer", reply="Yes.", **values))


def chips(page):
    return [box["value"] for box in page.select(".copies [name=copies]") if box.has_attr("checked")]


def test_who_is_named_gets_this_answer_and_the_next_until_he_is_unticked(browser, message):
    page = opened(browser, message)
    assert not page.select_one(".copies").has_attr("open")
    page = answer(browser, message, copy_to=f"Tom Baker <{TOM}>, eve@tax.example")
    assert chips(page) == [TOM, "eve@tax.example"]
    assert "Tom Baker" in text_of(page, ".copies li")
    assert f"Copy to {TOM}, eve@tax.example" in text_of(page, "#thread .out")
    answer(browser, message, copies=[TOM])
    answer(browser, message)
    sent = [each.rendered.cc for each in sent_to_customer(message)]
    assert sent == [(TOM, "eve@tax.example"), (TOM,), (TOM,)]


def test_the_box_says_that_the_customer_sees_it(browser, message):
    assert "The customer sees who is on copy" in text_of(opened(browser, message), ".copies")


def test_what_cannot_be_a_copy_is_said_and_what_was_typed_stays(browser, message):
    page = answer(browser, message, copy_to="maya@home.example")
    assert "is the customer's own address" in text_of(page, "#problems")
    assert page.select_one("#reply").get_text().strip() == "Yes."
    assert page.select_one("[name=copy_to]")["value"] == "maya@home.example"
    assert not sent_to_customer(message)


def test_who_was_unticked_stays_so_where_it_was_not_sent(browser, message):
    answer(browser, message, copy_to=TOM)
    page = answer(browser, message, copies=[], copy_to="nobody")
    assert (chips(page), len(page.select(".copies [name=copies]"))) == ([], 1)
    assert Copy.objects.count() == 1


def test_a_page_of_before_changes_nobody(browser, message):
    answer(browser, message, copy_to=TOM)
    answer(browser, message, has_copies="", copies=[], copy_to="")
    assert [each.rendered.cc for each in sent_to_customer(message)] == [(TOM,), (TOM,)]


def test_they_are_kept_without_an_answer_and_what_is_typed_stays(browser, ann, message):
    page = opened(browser, message)
    page.select_one("#reply").string = "Half a sentence"
    page.select_one("[name=copy_to]")["value"] = TOM
    page = read(press(browser, page, "Keep on copy"))
    assert chips(page) == [TOM]
    assert page.select_one("#reply").get_text().strip() == "Half a sentence"
    assert Draft.objects.get().text == "Half a sentence"
    assert Copy.objects.get().added_by == ann
    page.select_one("[name=copy_to]")["value"] = "nobody"
    page = read(press(browser, page, "Keep on copy"))
    assert "is not an email address" in text_of(page, "#flash")
    assert not sent_to_customer(message)


def test_only_who_may_answer_keeps_them(browser, ann, message):
    path = f"/conversations/{message.pk}/copies/"
    assert client_of(make_member(ann.business, Role.AGENT)).post(path).status_code == 403
    assert client_of(make_member()).post(path).status_code == 404
    assert browser.get(path).status_code == 405


def test_they_are_not_offered_where_no_mail_can_go_out(browser, ann):
    make_sender(ann.business)
    message = make_message(ann, sender_email="", sender_phone="+14155550199", reply_by="sms")
    Copy.objects.create(message=message, address=TOM)
    page = opened(browser, message)
    assert not page.select(".copies")
    assert text_of(page, ".copies-not") == "Copies go out with email only."
    submit(browser, page, "#composer", reply="Yes.")
    assert sent_to_customer(message)[0].rendered.cc == ()


def test_an_answer_by_text_leaves_them_as_they_are(browser, ann):
    make_sender(ann.business)
    message = make_message(ann, sender_phone="+14155550199")
    Copy.objects.create(message=message, address=TOM)
    answer(browser, message, channel="sms", copies=[], copy_to="nobody")
    assert sent_to_customer(message)[0].channel == "sms"
    assert Copy.objects.get().address == TOM


def test_what_a_partner_writes_stands_as_his(browser, message):
    answer(browser, message, copy_to=TOM)
    post(customer_token(message), sender=TOM, from_name="Tom Baker", text="Two hours.")
    page = opened(browser, message)
    his = page.select("#thread .in")[-1]
    assert "Tom Baker, on copy" in " ".join(his.get_text(" ").split())
    assert "the address of somebody on copy" in text_of(page, "#thread .in:last-child .evidence")
    assert "Accept this address" not in page.get_text()


def test_a_copy_that_did_not_arrive_is_said_beside_the_answer(browser, ann, message):
    answer(browser, message, copy_to=TOM)
    message.replies.get().copied.update(problem="bounced")
    message.copies.update(bounced_at=message.created_at)
    page = opened(browser, message)
    assert f"The copy to {TOM} came back." in text_of(page, "#thread .out")
    assert f"Mail to {TOM} came back." in text_of(page, ".copies")


def test_the_page_of_the_customer_shows_nothing_of_it(browser, message):
    answer(browser, message, copy_to=TOM)
    post(customer_token(message), sender=TOM, text="Two hours.")
    path = conversation_url(message).removeprefix("https://gateway.test")
    shown = browser.get(path).content.decode()
    assert "Two hours." not in shown
    assert TOM not in shown


def test_what_a_partner_wrote_meanwhile_is_read_first(browser, message):
    page = read(submit(browser, opened(browser, message), "#composer", reply="Yes.", copy_to=TOM))
    post(customer_token(message), sender=TOM, from_name="Tom Baker", text="Two hours.")
    page = read(submit(browser, page, "#composer", reply="It is free.", copies=[TOM]))
    assert "Tom Baker, who is on copy, wrote meanwhile." in text_of(page, "#problems")
    assert len(sent_to_customer(message)) == 1
