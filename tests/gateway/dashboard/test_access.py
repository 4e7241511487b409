"""Who comes where: one set of cases over every route."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from gateway.inbound.messages import InboundFile, InboundMail
from gateway.inbound.receive import receive
from gateway.models import Attachment, CustomerMessage, HeldItem, Membership, MessageReply
from gateway.participants import member_of, reply_address_of
from tests.factories import (
    PASSWORD,
    make_business,
    make_member,
    make_reply,
    make_sender,
    make_text,
)
from tests.gateway.dashboard.pages import read, submit, text_of

PAGES = ("/", "/held/", "/conversations/{message}/", "/held/{held}/", "/attachments/{file}/")
POSTS = (
    "/conversations/{message}/",
    *(
        f"/conversations/{{message}}/{action}/"
        for action in (
            "read",
            "unread",
            "archive",
            "unarchive",
            "spam",
            "not-spam",
            "delete",
            "restore",
        )
    ),
    "/replies/{reply}/send-again/",
    "/replies/{reply}/was-sent/",
    "/held/{held}/send/",
    "/held/{held}/file/",
    "/held/{held}/refuse/",
)


@pytest.fixture
def bens(db: None) -> dict[str, Any]:
    """The ids of what belongs to another business."""
    ben = make_member(make_business("Ben's Boats"))
    photo = (InboundFile("boat.png", "image/png", b"\x89PNG"),)
    text = make_text(make_sender(ben.business), "+14155550100", "A boat?", files=photo)
    message: CustomerMessage = text.message
    reply = make_reply(message, ben)
    to = reply_address_of(member_of(message, ben))
    receive(InboundMail("1", (to,), "mallory@else.example", text="Come at ten."))
    return {
        "message": message.pk,
        "reply": reply.pk,
        "held": HeldItem.objects.get().pk,
        "file": Attachment.objects.get().pk,
    }


@pytest.mark.parametrize("path", [path for path in (*PAGES, *POSTS) if "{" in path])
def test_what_belongs_to_another_business_is_not_found(
    browser: Client, bens: dict[str, Any], path: str
) -> None:
    ask = browser.post if path in POSTS else browser.get
    assert ask(path.format(**bens)).status_code == 404
    assert (MessageReply.objects.count(), HeldItem.objects.get().settlement) == (1, "")


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(
    bens: dict[str, Any], path: str, settings: Any
) -> None:
    path = path.format(**bens)
    response = Client().get(path)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={path}")
    settings.LOGIN_URL = "/host/sign-in/"
    assert Client().get(path)["Location"] == f"/host/sign-in/?next={path}"


def test_an_exchange_inside_a_page_is_led_to_the_sign_in_as_a_whole(db: None) -> None:
    response = Client().get("/", headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == "/accounts/login/"


@pytest.mark.parametrize("path", POSTS)
def test_nothing_is_changed_without_the_token_of_the_form(
    ann: Membership, bens: dict[str, Any], path: str
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann.user)
    response = client.post(path.format(**bens))
    assert response.status_code == 403
    assert text_of(read(response), "h1") == "The page was too old"


def test_ids_that_do_not_exist_and_actions_that_do_not_are_not_found(
    browser: Client, message: CustomerMessage
) -> None:
    nowhere = "01a20000-0000-7000-8000-000000000000"
    assert browser.get(f"/conversations/{nowhere}/").status_code == 404
    assert browser.post(f"/conversations/{message.pk}/burn/").status_code == 404
    assert browser.get(f"/conversations/{message.pk}/archive/").status_code == 405


def test_signing_in_and_out_with_forms_alone(ann: Membership, message: CustomerMessage) -> None:
    client = Client()
    page = read(client.get("/", follow=True))
    wrong = submit(client, page, "form", login=ann.user.email, password="wrong")
    assert "not correct" in text_of(read(wrong), "[role=alert]")
    inside = submit(client, page, "form", login=ann.user.email, password=PASSWORD)
    assert inside.redirect_chain[-1][0] == "/"
    assert "Maya Okafor" in text_of(read(inside), "#rows")
    submit(client, read(client.get("/accounts/logout/")), "form")
    assert client.get("/").status_code == 302


def test_a_page_that_does_not_exist_says_so_and_leads_back(browser: Client, db: None) -> None:
    page = read(browser.get("/attic/"))
    assert text_of(page, "h1") == "Not found"
    assert page.select_one("a.btn")["href"] == "/"


def test_pages_are_kept_by_nobody_else(browser: Client, message: CustomerMessage) -> None:
    for path in ("/", f"/conversations/{message.pk}/", "/held/"):
        assert "private" in browser.get(path)["Cache-Control"]


def test_no_page_needs_inline_script_or_style(browser: Client, message: CustomerMessage) -> None:
    for path in ("/", f"/conversations/{message.pk}/", "/held/", "/accounts/login/", "/attic/"):
        response = (Client() if "login" in path else browser).get(path)
        assert "unsafe" not in response["Content-Security-Policy"]
        page = read(response)
        assert not page.select("[style], style, script:not([src]), [onclick], [onload]")
