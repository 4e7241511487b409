from __future__ import annotations

import pytest
from django.test import Client

from channels_out.models import Delivery
from gateway.inbound.messages import InboundFile, InboundMail
from gateway.inbound.receive import receive
from gateway.models import (
    Contact,
    CustomerMessage,
    HeldItem,
    Membership,
    MessageReply,
    Role,
    Settlement,
)
from gateway.participants import is_verified, member_of, reply_address_of
from gateway.welcome import welcome
from tests.factories import (
    make_business,
    make_member,
    make_message,
    make_sender,
    make_text,
    make_user,
)
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, submit, text_of
from tests.gateway.post import post
from tests.gateway.telling.days import PHONE, choose, verified_phone


@pytest.fixture
def answer(ann: Membership, message: CustomerMessage) -> HeldItem:
    """An answer in Ann's name from an address that is not hers."""
    return _hold_answer(ann, message)


@pytest.fixture
def text() -> HeldItem:
    """A text to a number that serves everybody, from somebody unknown."""
    return make_text(make_sender(None), "+14155550199", "Is it still there?").held


@pytest.fixture
def staff(db) -> Client:
    """The browser of somebody who runs the service and belongs to no business."""
    client = Client()
    client.force_login(make_user(is_staff=True))
    return client


def test_the_list_says_who_what_and_what_can_be_done(browser: Client, answer: HeldItem) -> None:
    page = read(browser.get("/held/"))
    row = text_of(page, "#rows a")
    assert "Mallory" in row
    assert "Come at ten." in row
    assert "an answer to send" in row
    assert text_of(page, "#rail a[title=Held] em") == "1 held"


def test_an_item_says_in_plain_words_why_it_is_held(browser: Client, answer: HeldItem) -> None:
    words = text_of(_open(browser, answer), "#main")
    assert "It came from an address that is not verified for the member it speaks for." in words
    assert "mallory@else.example" in words
    assert "Send it to Maya Okafor" in words


def test_nobody_learns_the_reply_address_of_a_colleague(ann: Membership, answer: HeldItem) -> None:
    page = _open(client_of(make_member(ann.business)), answer)
    assert answer.to_address
    assert answer.to_address not in page.get_text()


def test_an_approved_answer_goes_out_in_the_conversation(
    browser: Client, message: CustomerMessage, answer: HeldItem
) -> None:
    done = press(browser, _open(browser, answer), "Approve and send")
    assert done.redirect_chain == [(f"/conversations/{message.pk}/", 302)]
    assert "Come at ten." in text_of(read(done), "#thread .out")
    assert not read(browser.get("/held/")).select("#rows a")


def test_an_address_is_accepted_with_the_answer_where_it_is_wished(
    browser: Client, ann: Membership, message: CustomerMessage, answer: HeldItem
) -> None:
    page = _open(browser, answer)
    words = text_of(page, ".settle label.check")
    assert words.startswith("Relay what comes from mallory@else.example from now on")
    submit(browser, page, "form[action$='/send/']", accept="on")
    assert is_verified(ann.user_id, "email", "mallory@else.example")


def test_no_address_is_offered_to_who_may_not_accept_it(ann: Membership, answer: HeldItem) -> None:
    page = _open(client_of(make_member(ann.business, Role.MEMBER)), answer)
    assert not page.select(".settle label.check")


def test_an_answer_to_the_welcome_mail_asks_for_its_address_only(
    browser: Client, ann: Membership
) -> None:
    welcome(ann)
    to = Delivery.objects.get(purpose="welcome").rendered.reply_to
    mail = InboundMail(
        fingerprint="welcome", recipients=(to,), from_address="ann@phone.example", text="Hi"
    )
    (received,) = receive(mail)
    assert received.held is not None
    assert "an address to accept" in text_of(read(browser.get("/held/")), "#rows a")
    page = _open(browser, received.held)
    assert not page.select("form[action$='/file/'], form[action$='/send/']")
    done = press(browser, page, "Accept this address")
    assert "Accepted." in text_of(read(done), "#flash")
    assert is_verified(ann.user_id, "email", "ann@phone.example")


def test_approving_twice_sends_once(browser: Client, answer: HeldItem) -> None:
    page = _open(browser, answer)
    press(browser, page, "Approve and send")
    again = press(browser, page, "Approve and send")
    assert "settled before: Approved and sent" in text_of(read(again), "#flash")
    assert MessageReply.objects.count() == 1


def test_an_answer_that_cannot_go_out_stays_held_with_the_reason(
    browser: Client, answer: HeldItem
) -> None:
    Contact.objects.get().addresses.all().delete()
    done = press(browser, _open(browser, answer), "Approve and send")
    assert "No email address of this customer is known." in text_of(read(done), "#flash")
    answer.refresh_from_db()
    assert answer.settlement == ""


def test_a_refused_item_is_gone_but_kept(browser: Client, answer: HeldItem) -> None:
    press(browser, _open(browser, answer), "Refuse")
    answer.refresh_from_db()
    assert answer.settlement == Settlement.REFUSED
    assert not MessageReply.objects.exists()
    assert "settled before" in text_of(
        read(browser.get(f"/held/{answer.pk}/", follow=True)), "#flash"
    )


def test_its_writer_is_told_where_that_hurts_nobody_and_else_the_page_says_why_not(
    browser: Client, ann: Membership, answer: HeldItem
) -> None:
    page = _open(browser, answer)
    assert not page.select("input[name=tell]")
    assert "Its writer cannot be told. Nothing shows that" in text_of(page, "#main")
    page = _open(browser, _hold_mail(ann))
    done = submit(browser, page, "form[action$='/refuse/']", tell="on", words="Call me.")
    assert "Its writer is told." in text_of(read(done), "#flash")
    assert "Call me." in Delivery.objects.get(purpose="refusal").rendered.text


def test_a_message_is_filed_under_a_conversation_or_as_a_new_one(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    other = make_message(ann, sender_name="Ben", sender_email="ben@home.example")
    for under, opened in ((str(other.pk), False), ("", True)):
        item = _hold_mail(ann)
        page = _open(browser, item)
        assert str(other.pk) in {choice["value"] for choice in page.select("input[name=under]")}
        done = submit(browser, page, "form[action$='/file/']", under=under)
        filed = CustomerMessage.objects.order_by("-created_at").first() if opened else other
        assert done.redirect_chain == [(f"/conversations/{filed.pk}/", 302)]
        assert item.text in text_of(read(done), "#thread")


def test_likely_conversations_come_first_and_others_are_found_by_words(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    item = _hold_mail(ann)
    HeldItem.objects.filter(pk=item.pk).update(from_address="maya@home.example")
    other = make_message(ann, "The red boat", sender_name="Noor", sender_email="noor@home.example")
    page = _open(browser, item)
    offered = [choice["value"] for choice in page.select("input[name=under]")]
    assert offered == ["", str(message.pk), str(other.pk)]
    found = read(browser.get(f"/held/{item.pk}/", {"q": "boat"}))
    assert [choice["value"] for choice in found.select("input[name=under]")] == ["", str(other.pk)]
    assert "1 found for" in text_of(found, ".targets")
    nothing = read(browser.get(f"/held/{item.pk}/", {"q": "<script>"}))
    assert "Nothing found for “ <script> ”" in text_of(nothing, ".targets")
    submit(browser, found, "form[action$='/file/']", under=str(other.pk))
    assert item.text in {reply.reply for reply in other.replies.all()}


def test_files_are_shown_with_it_and_go_along(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    item = _hold_mail(ann, files=(InboundFile("plan.pdf", "application/pdf", b"%PDF"),))
    page = _open(browser, item)
    assert text_of(page, ".att") == "plan.pdf 4 bytes"
    done = submit(browser, page, "form[action$='/file/']")
    assert text_of(read(done), "#thread .att") == "plan.pdf 4 bytes"


def test_staff_see_what_belongs_to_no_business_and_file_it_for_one(
    staff: Client, browser: Client, ann: Membership, text: HeldItem
) -> None:
    assert not read(browser.get("/held/")).select("#rows a")
    assert browser.get(f"/held/{text.pk}/").status_code == 404
    page = _open(staff, text)
    wrong = submit(staff, page, "form[action$='/file/']", business="nobody")
    assert "There is no business “nobody”." in text_of(read(wrong), "#flash")
    submit(staff, page, "form[action$='/file/']", business=ann.business.slug)
    filed = CustomerMessage.objects.get()
    assert (filed.business, filed.message) == (ann.business, "Is it still there?")
    assert text_of(read(browser.get("/")), "#rows .c2") == "Is it still there?"


def test_a_conversation_of_another_business_or_no_id_is_refused(
    browser: Client, ann: Membership
) -> None:
    foreign = make_message(make_member(make_business("Ben's Boats")))
    item = _hold_mail(ann)
    for under in (str(foreign.pk), "x"):
        submit(browser, _open(browser, item), "form[action$='/file/']", under=under)
    item.refresh_from_db()
    assert item.settlement == ""


def test_what_a_member_texted_is_sent_to_the_customer_whom_he_answers(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    other = make_message(ann, "The red boat", sender_name="Noor", sender_email="noor@home.example")
    item = _hold_own_text(ann)
    page = _open(browser, item)
    assert "an answer to send" in text_of(page, "#rows a")
    assert not page.select("form[action$='/file/']")
    offered = [choice["value"] for choice in page.select("input[name=under]")]
    assert offered == [str(other.pk), str(message.pk)]
    found = read(browser.get(f"/held/{item.pk}/", {"q": "boat"}))
    assert [choice["value"] for choice in found.select("input[name=under]")] == [str(other.pk)]
    nobody = browser.post(f"/held/{item.pk}/send/", follow=True)
    assert "choose the one that it answers" in text_of(read(nobody), "#flash")
    done = submit(browser, found, "form[action$='/send/']", under=str(other.pk))
    assert item.text in text_of(read(done), "#thread .out")
    assert not message.replies.exists()


def test_what_a_member_texted_after_an_alert_is_sent_with_one_click(
    browser: Client, ann: Membership
) -> None:
    verified_phone(ann)
    number = make_sender(ann.business)
    choose(ann, sms=["new", "next"], email=[])
    told = make_message(ann, sender_name="Noor", sender_email="noor@home.example")
    item = make_text(number, PHONE, "Yes, come at five.").held
    page = _open(browser, item)
    assert "Send it to Noor" in text_of(page, "#main")
    assert not page.select("input[name=under]")
    done = press(browser, page, "Approve and send")
    assert done.redirect_chain == [(f"/conversations/{told.pk}/", 302)]


def test_a_members_mail_to_the_public_address_may_begin_a_conversation(
    browser: Client, ann: Membership
) -> None:
    item = post(ann.business.public_address, sender=ann.user.email, text="Passed on").held
    done = submit(browser, _open(browser, item), "form[action$='/file/']")
    assert item.text in text_of(read(done), "#thread .in")


def test_what_a_member_texted_to_a_shared_number_he_may_file_for_another_business(
    browser: Client, ann: Membership
) -> None:
    item, flats = _hold_shared_text(ann), make_business("Ben's Flats")
    colleague = make_member(ann.business)
    page = _open(client_of(colleague), item)
    assert not page.select("form[action$='/file/']")
    page = _open(browser, item)
    wrong = submit(browser, page, "form[action$='/file/']", business="nobody")
    assert "There is no business “nobody”." in text_of(read(wrong), "#flash")
    done = submit(browser, page, "form[action$='/file/']", business=flats.slug)
    assert done.redirect_chain == [("/held/", 302)]
    assert flats.messages.get().message == item.text


def test_what_may_never_be_sent_says_so_and_is_not_offered_to_be_filed(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    item = _hold_answer(ann, message)
    HeldItem.objects.filter(pk=item.pk).update(reason="empty")
    page = _open(browser, item)
    assert "Nothing is left of this answer to send" in text_of(page, "#main")
    assert not page.select("form[action$='/file/'], form[action$='/send/']")


def test_staff_settle_what_nobody_of_its_business_may_and_their_reading_is_remembered(
    staff: Client, ann: Membership, message: CustomerMessage, answer: HeldItem
) -> None:
    assert not read(staff.get("/held/")).select("#rows a")
    assert staff.get(f"/held/{answer.pk}/").status_code == 404
    ann.user.is_active = False
    ann.user.save()
    row = text_of(read(staff.get("/held/")), "#rows a")
    assert "not verified for the member" in row
    assert answer.text not in row
    page = _open(staff, answer)
    assert answer.text in text_of(page, "#main")
    assert "Only a member of the business can send an answer." in text_of(page, "#main")
    assert answer.readings.count() == 1
    assert staff.post(f"/held/{answer.pk}/send/", follow=True).status_code == 200
    assert not message.replies.exists()
    press(staff, page, "Refuse")
    answer.refresh_from_db()
    assert answer.settlement == Settlement.REFUSED


def test_staff_file_a_customers_message_for_a_business_without_people(
    staff: Client, ann: Membership, message: CustomerMessage
) -> None:
    item = _hold_mail(ann, files=(InboundFile("plan.pdf", "application/pdf", b"%PDF"),))
    ann.is_active = False
    ann.save()
    page = _open(staff, item)
    assert staff.get(page.select_one("a.att")["href"]).getvalue() == b"%PDF"
    assert not page.select("input[name=under], input[name=business]")
    submit(staff, page, "form[action$='/file/']")
    assert CustomerMessage.objects.exclude(pk=message.pk).get().business == ann.business


def test_an_agent_reads_it_and_settles_nothing(ann: Membership, answer: HeldItem) -> None:
    agent = client_of(make_member(ann.business, role=Role.AGENT))
    assert "Your role is to read." in text_of(_open(agent, answer), "#main")
    for action in ("send", "file", "refuse"):
        assert agent.post(f"/held/{answer.pk}/{action}/").status_code == 403


def test_an_action_that_does_not_exist_is_not_found(browser: Client, answer: HeldItem) -> None:
    assert browser.post(f"/held/{answer.pk}/burn/").status_code == 404
    assert browser.get(f"/held/{answer.pk}/send/").status_code == 405


def test_it_takes_as_many_queries_for_twenty_items_as_for_two(
    browser: Client, ann: Membership, message: CustomerMessage, django_assert_max_num_queries
) -> None:
    counts = []
    for wanted in (2, 20):
        while HeldItem.objects.count() < wanted:
            _hold_answer(ann, message)
        with django_assert_max_num_queries(40) as queries:
            _open(browser, HeldItem.objects.first())
        counts.append(len(queries))
    assert counts[0] == counts[1]


def _open(browser: Client, item: HeldItem):
    response = browser.get(f"/held/{item.pk}/")
    assert response.status_code == 200
    return read(response)


def _hold_answer(ann: Membership, message: CustomerMessage) -> HeldItem:
    to = reply_address_of(member_of(message, ann))
    mail = InboundMail(
        fingerprint=f"answer {HeldItem.objects.count()}",
        recipients=(to,),
        from_address="mallory@else.example",
        from_name="Mallory",
        text="Come at ten.",
    )
    (received,) = receive(mail)
    assert received.held is not None
    return received.held


def _hold_mail(ann: Membership, files: tuple[InboundFile, ...] = ()) -> HeldItem:
    """A mail to the public address of Ann's business that could not be read."""
    mail = InboundMail(
        fingerprint=f"odd {HeldItem.objects.count()}",
        recipients=(ann.business.public_address,),
        from_address="yusuf@home.example",
        unreadable="Nested too deep.",
        dmarc="pass",
        text=f"A customer called, number {HeldItem.objects.count()}.",
        files=files,
    )
    (received,) = receive(mail)
    assert received.held is not None
    return received.held


def _hold_shared_text(ann: Membership) -> HeldItem:
    """What Ann texted to a shared number, from which she had been told of a customer."""
    verified_phone(ann)
    choose(ann, sms=["new", "next"], email=[])
    number = make_sender(None)
    make_message(ann)
    return make_text(number, PHONE, "Is the flat free?").held


def _hold_own_text(ann: Membership) -> HeldItem:
    """What Ann texted to the number of her own business, of which no text told her anything."""
    verified_phone(ann)
    return make_text(make_sender(ann.business), PHONE, "Yes, come at five.").held
