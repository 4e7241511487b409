"""What a customer writes on the page behind his signed link."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gateway.dashboard.fields import LARGEST_FILES
from gateway.links import conversation_url
from gateway.models import Attachment, CustomerMessage, Membership, MessageReply, Status
from gateway.states import trash
from gateway.text import LONGEST_TEXT
from tests.factories import make_business, make_member, make_message, make_reply
from tests.gateway.dashboard.pages import fields_of, read, submit, text_of


@pytest.fixture
def customer() -> Client:
    """The customer's browser: nobody signed in, every form checked."""
    return Client(enforce_csrf_checks=True)


def test_it_is_filed_under_his_conversation_and_shown_and_the_owner_has_it_to_answer(
    customer: Client, ann: Membership, message: CustomerMessage
) -> None:
    make_reply(message, ann)
    done = _write(customer, _open(customer, message), text="  Is Friday fine?\r\nMaya")
    reply = message.replies.get(direction="inbound")
    assert done.redirect_chain == [(f"{_path(message)}#m-{reply.pk}", 302)]
    assert text_of(read(done), f"#m-{reply.pk} .b") == "Is Friday fine? Maya"
    assert (reply.reply, reply.channel, reply.filed_by) == (
        "  Is Friday fine?\nMaya",
        "web",
        "link",
    )
    assert fields_of(read(done).select_one("#write"))["text"] == ""
    message.refresh_from_db()
    assert (message.status, message.waiting_since) == (Status.UNREAD, reply.created_at)


def test_files_go_along_and_a_file_alone_is_enough(
    customer: Client, message: CustomerMessage
) -> None:
    plan = SimpleUploadedFile("plan.pdf", b"%PDF-1.7", "application/pdf")
    photo = SimpleUploadedFile("photo.png", b"\x89PNG\r\n\x1a\n", "image/png")
    done = _write(customer, _open(customer, message), attachments=[plan, photo])
    page = read(done)
    assert text_of(page, ".att") == "plan.pdf 8 bytes"
    assert page.select_one(".pic img")["alt"] == "photo.png"
    with Attachment.objects.get(name="plan.pdf").file.open() as stored:
        assert stored.read() == b"%PDF-1.7"


def test_f74_a_double_click_or_a_form_loaded_again_files_once(
    customer: Client, message: CustomerMessage
) -> None:
    page = _open(customer, message)
    answers = []
    for _ in range(3):
        plan = SimpleUploadedFile("plan.pdf", b"%PDF-1.7", "application/pdf")
        answers.append(_write(customer, page, text="Hello?", attachments=[plan]))
    assert len({answer.redirect_chain[0] for answer in answers}) == 1
    assert (MessageReply.objects.count(), Attachment.objects.count()) == (1, 1)


def test_f74_another_text_after_the_back_button_is_shown_again_and_can_then_be_sent(
    customer: Client, message: CustomerMessage
) -> None:
    page = _open(customer, message)
    _write(customer, page, text="Is Friday fine?")
    stopped = _write(customer, page, text="Or Saturday?")
    assert stopped.status_code == 200
    again = read(stopped)
    assert "Another text was sent" in text_of(again, "#problems")
    assert fields_of(again.select_one("#write"))["text"] == "Or Saturday?"
    _write(customer, again)
    assert _texts(message) == ["Is Friday fine?", "Or Saturday?"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"text": " \n "}, "Write something, or attach a file."),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "at most 20000 characters"),
        ({"text": "Here.", "form_id": "x"}, "did not arrive whole"),
    ],
)
def test_what_cannot_be_taken_is_shown_again_with_the_reason(
    customer: Client, message: CustomerMessage, fields: dict[str, str], problem: str
) -> None:
    refused = _write(customer, _open(customer, message), **fields)
    assert refused.status_code == 200
    assert problem in text_of(read(refused), "#problems")
    assert fields_of(read(refused).select_one("#write"))["text"] == fields["text"]
    assert not message.replies.exists()
    _write(customer, read(refused), text="Better.")
    assert _texts(message) == ["Better."]


def test_too_large_files_are_named_and_the_text_is_kept(
    customer: Client, message: CustomerMessage
) -> None:
    large = SimpleUploadedFile("large.bin", b"x" * (LARGEST_FILES + 1))
    refused = _write(customer, _open(customer, message), text="Here.", attachments=[large])
    problems = text_of(read(refused), "#problems")
    assert "above 18 MB" in problems
    assert "Choose your files again" in problems
    assert fields_of(read(refused).select_one("#write"))["text"] == "Here."
    assert not Attachment.objects.exists()


def test_characters_that_no_database_holds_are_left_out(
    customer: Client, message: CustomerMessage
) -> None:
    odd = SimpleUploadedFile("pl\0an.pdf", b"%PDF", "application/\0pdf")
    _write(customer, _open(customer, message), text="Hel\0lo\x1b.", attachments=[odd])
    assert _texts(message) == ["Hello."]
    assert Attachment.objects.get().content_type == "application/pdf"


def test_nothing_is_filed_without_the_token_of_the_form(
    customer: Client, message: CustomerMessage
) -> None:
    form = fields_of(_open(customer, message).select_one("#write")) | {"text": "Hello?"}
    assert Client(enforce_csrf_checks=True).post(_path(message), form).status_code == 403
    assert not message.replies.exists()


def test_a_form_files_only_under_the_conversation_of_the_link_it_is_sent_to(
    customer: Client, ann: Membership, message: CustomerMessage
) -> None:
    other = make_message(make_member(make_business("Ben's Boats")))
    form = fields_of(_open(customer, message).select_one("#write"))
    customer.post(_path(message), form | {"text": "To Ann"})
    customer.post(_path(other), form | {"text": "To Ben"})
    assert (_texts(message), _texts(other)) == (["To Ann"], ["To Ben"])
    assert customer.post(f"/c/{'a' * 24}/", form | {"text": "To nobody"}).status_code == 404
    assert MessageReply.objects.count() == 2


def test_who_writes_without_end_is_slowed_down_and_keeps_his_text(
    customer: Client, message: CustomerMessage, settings: Any
) -> None:
    settings.THROTTLE_ANONYMOUS = "2/hour"
    for text in ("One", "Two"):
        _write(customer, _open(customer, message), text=text)
    slowed = _write(customer, _open(customer, message), text="Three")
    assert (slowed.status_code, slowed["Retry-After"]) == (429, "3600")
    assert fields_of(read(slowed).select_one("#write"))["text"] == "Three"
    assert _texts(message) == ["One", "Two"]


def test_what_is_sent_after_the_conversation_went_to_the_trash_opens_another_one(
    customer: Client, message: CustomerMessage
) -> None:
    page = _open(customer, message)
    trash(message.pk)
    blank = _write(customer, page, text=" ")
    assert "Write something" in text_of(read(blank), "#problems")
    assert "Is the blue bike still there?" not in text_of(read(blank), "main")
    for _ in range(2):
        sent = _write(customer, read(blank), text="Still there?")
        assert text_of(read(sent), "h1") == "Your message was sent"
    fresh = CustomerMessage.objects.get(deleted_at=None)
    assert (fresh.message, fresh.contact) == ("Still there?", message.contact)
    assert customer.get(_path(message)).status_code == 404


def _path(message: CustomerMessage) -> str:
    return urlsplit(conversation_url(message)).path


def _open(customer: Client, message: CustomerMessage) -> BeautifulSoup:
    return read(customer.get(_path(message)))


def _write(customer: Client, page: BeautifulSoup, **fields: Any) -> Any:
    return submit(customer, page, "#write", **fields)


def _texts(message: CustomerMessage) -> list[str]:
    return [reply.reply for reply in message.replies.all()]
