from __future__ import annotations

import uuid

from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from channels_out.models import Delivery
from gateway.dashboard.fields import LARGEST_FILES, MANY_FILES
from gateway.models import (
    Attachment,
    Contact,
    CustomerMessage,
    Membership,
    MessageReply,
    Role,
    Status,
)
from tests.factories import make_member, make_reply, make_sender, make_text, make_user
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import fields_of, read, submit, text_of


def test_an_answer_goes_out_and_the_page_can_be_loaded_again(
    browser: Client, message: CustomerMessage
) -> None:
    done = submit(browser, _open(browser, message), "#composer", reply="Yes, come by.")
    assert done.redirect_chain == [(f"/conversations/{message.pk}/", 302)]
    assert "Yes, come by." in text_of(read(done), "#thread .out")
    assert read(done).select_one("#reply").get_text().strip() == ""
    message.refresh_from_db()
    assert message.status == Status.REPLIED
    assert MessageReply.objects.get().written_via == "dashboard"


def test_f74_a_form_that_is_sent_twice_is_sent_once(
    browser: Client, message: CustomerMessage
) -> None:
    page = _open(browser, message)
    for _ in range(2):
        done = submit(browser, page, "#composer", reply="Yes, come by.")
        assert done.redirect_chain == [(f"/conversations/{message.pk}/", 302)]
    assert MessageReply.objects.count() == 1
    assert Delivery.objects.filter(purpose="reply").count() == 1


def test_f74_another_text_from_a_form_that_was_sent_is_shown_again_and_can_then_be_sent(
    browser: Client, message: CustomerMessage
) -> None:
    page = _open(browser, message)
    submit(browser, page, "#composer", reply="Yes, come by.")
    stopped = submit(browser, page, "#composer", reply="No, it is sold.")
    assert stopped.status_code == 200
    again = read(stopped)
    assert "Another text was sent" in text_of(again, "#problems")
    assert fields_of(again.select_one("#composer"))["reply"] == "No, it is sold."
    submit(browser, again, "#composer")
    assert [reply.reply for reply in MessageReply.objects.all()] == [
        "Yes, come by.",
        "No, it is sold.",
    ]


def test_what_the_customer_wrote_meanwhile_is_shown_before_anything_is_sent(
    browser: Client, ann: Membership
) -> None:
    sender = make_sender(ann.business)
    message = make_text(sender, "+14155550199", "Is it there?").message
    page = _open(browser, message)
    make_text(sender, "+14155550199", "Never mind, I found one.")
    stopped = submit(browser, page, "#composer", reply="Yes, come by.")
    assert stopped.status_code == 200
    again = read(stopped)
    assert "The customer wrote meanwhile." in text_of(again, "#problems")
    assert "Never mind, I found one." in text_of(again, "#thread")
    assert fields_of(again.select_one("#composer"))["reply"] == "Yes, come by."
    assert MessageReply.objects.filter(direction="outbound").count() == 0
    submit(browser, again, "#composer", reply="Glad to hear it.")
    assert MessageReply.objects.filter(direction="outbound").get().reply == "Glad to hear it."


def test_f75_two_owners_who_answer_at_once_are_both_sent_and_the_second_is_told(
    browser: Client, ann: Membership, message: CustomerMessage
) -> None:
    page = _open(browser, message)
    make_reply(message, make_member(ann.business, user=make_user(first_name="Bob")), "Yes.")
    done = submit(browser, page, "#composer", reply="Yes, come by.")
    assert "Bob answered at the same time." in text_of(read(done), "#flash")
    assert [reply.reply for reply in message.replies.all()] == ["Yes.", "Yes, come by."]


def test_files_go_along(browser: Client, message: CustomerMessage) -> None:
    plan = SimpleUploadedFile("plan.pdf", b"%PDF-1.7", "application/pdf")
    photo = SimpleUploadedFile("photo.png", b"\x89PNG\r\n\x1a\n", "image/png")
    done = submit(browser, _open(browser, message), "#composer", attachments=[plan, photo])
    assert text_of(read(done), "#thread .out .att") == "plan.pdf 8 bytes"
    assert read(done).select_one("#thread .out img")["alt"] == "photo.png"
    with Attachment.objects.get(name="plan.pdf").file.open() as stored:
        assert stored.read() == b"%PDF-1.7"


def test_too_many_or_too_large_files_are_named_and_the_text_is_kept(
    browser: Client, message: CustomerMessage
) -> None:
    many = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(MANY_FILES + 1)]
    large = [SimpleUploadedFile("large.bin", b"x" * (LARGEST_FILES + 1))]
    for files, problem in ((many, "At most 10 files"), (large, "above 18 MB")):
        refused = submit(
            browser, _open(browser, message), "#composer", reply="Here.", attachments=files
        )
        assert refused.status_code == 200
        assert problem in text_of(read(refused), "#problems")
        assert fields_of(read(refused).select_one("#composer"))["reply"] == "Here."
    assert not MessageReply.objects.exists()


def test_an_empty_answer_is_not_sent(browser: Client, message: CustomerMessage) -> None:
    refused = submit(browser, _open(browser, message), "#composer", reply="  \n ")
    assert "Write something, or attach a file." in text_of(read(refused), "#problems")
    assert not MessageReply.objects.exists()


def test_a_channel_that_cannot_be_used_says_why(browser: Client, message: CustomerMessage) -> None:
    page = _open(browser, message)
    sms = page.select_one("#composer input[value=sms]")
    assert sms.has_attr("disabled")
    assert "SMS: No mobile number of this customer is known." in text_of(page, "#why-not")
    refused = submit(browser, page, "#composer", reply="Hello", channel="sms")
    assert refused.status_code == 200
    problems = text_of(read(refused), "#problems")
    assert "No mobile number of this customer is known." in problems
    assert "You can use Email." in problems
    assert fields_of(read(refused).select_one("#composer"))["reply"] == "Hello"


def test_the_channel_the_customer_used_last_is_chosen(browser: Client, ann: Membership) -> None:
    message = make_text(make_sender(ann.business), "+14155550199", "Is it there?").message
    chosen = _open(browser, message).select_one("#composer input[checked]")
    assert chosen["value"] == "sms"


def test_a_customer_who_cannot_be_reached_has_no_reply_box_but_the_reasons(
    browser: Client, message: CustomerMessage
) -> None:
    Contact.objects.get().addresses.all().delete()
    box = text_of(_open(browser, message), "#composer")
    assert "This customer cannot be reached now." in box
    assert "Email: No email address of this customer is known." in box


def test_an_agent_cannot_answer_or_change_anything(
    ann: Membership, message: CustomerMessage
) -> None:
    agent = client_of(make_member(ann.business, role=Role.AGENT))
    form = {"reply": "Hi", "form_id": uuid.uuid4(), "seen": message.pk}
    assert agent.post(f"/conversations/{message.pk}/", form).status_code == 403
    assert agent.post(f"/conversations/{message.pk}/archive/").status_code == 403
    message.refresh_from_db()
    assert not message.is_archived
    assert not MessageReply.objects.exists()


def test_a_form_without_its_hidden_fields_is_answered_with_the_page(
    browser: Client, message: CustomerMessage
) -> None:
    refused = browser.post(f"/conversations/{message.pk}/", {"reply": "Hi", "form_id": "x"})
    assert refused.status_code == 200
    assert fields_of(read(refused).select_one("#composer"))["reply"] == "Hi"


def _open(browser: Client, message: CustomerMessage) -> BeautifulSoup:
    return read(browser.get(f"/conversations/{message.pk}/"))
