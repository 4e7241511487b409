from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from gateway.inbound.messages import InboundFile
from gateway.links import conversation_url, file_url
from gateway.models import Attachment, AttachmentState, CustomerMessage, Membership
from tests.factories import make_business, make_member, make_sender, make_text
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, text_of

PNG = b"\x89PNG\r\n\x1a\n"
CONTENT = {
    "image/png": PNG,
    "application/pdf": b"%PDF-1.7\n",
    "text/html": b"<html><script>",
    "image/svg+xml": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}


@pytest.mark.parametrize(
    ("name", "content_type", "shown", "sent_as"),
    [
        ("photo.png", "image/png", "inline", "image/png"),
        ("plan.pdf", "application/pdf", "attachment", "application/pdf"),
        ("page.html", "text/html", "attachment", "application/octet-stream"),
        ("drawing.svg", "image/svg+xml", "attachment", "application/octet-stream"),
        ("code.js", "application/javascript", "attachment", "application/octet-stream"),
    ],
)
def test_c08_only_plain_pictures_are_shown_and_nothing_can_run(
    browser: Client, ann: Membership, name: str, content_type: str, shown: str, sent_as: str
) -> None:
    file = _file(ann, name, content_type)
    response = browser.get(f"/attachments/{file.pk}/")
    assert _bytes(response) == CONTENT.get(content_type, b"alert(1)")
    assert response["Content-Type"] == sent_as
    assert response["Content-Disposition"] == f'{shown}; filename="{name}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    rules = set(response["Content-Security-Policy"].split("; "))
    own_style = {"style-src 'unsafe-inline'"} if shown == "inline" else set()
    assert rules == {"default-src 'none'", "sandbox", *own_style}


def test_a_name_cannot_hide_its_ending(browser: Client, ann: Membership) -> None:
    file = _file(ann, "invoice\u202egnp.exe\u200b", "application/octet-stream")
    response = browser.get(f"/attachments/{file.pk}/")
    assert _bytes(response) == b"alert(1)"
    assert response["Content-Disposition"] == 'attachment; filename="invoicegnp.exe"'
    page = read(browser.get(f"/conversations/{file.message_id}/"))
    assert "invoicegnp.exe" in text_of(page, "#thread .att")


def test_a_file_is_for_the_members_of_its_business_only(ann: Membership) -> None:
    file = _file(ann)
    stranger = client_of(make_member(make_business("Ben's Boats")))
    assert stranger.get(f"/attachments/{file.pk}/").status_code == 404
    assert Client().get(f"/attachments/{file.pk}/").status_code == 302


def test_c05_a_customer_gets_the_files_of_his_own_conversation_only(ann: Membership) -> None:
    mine, other = _file(ann), _file(ann)
    link = urlsplit(conversation_url(mine.message)).path
    response = Client().get(f"{link}files/{mine.pk}/")
    assert _bytes(response) == PNG
    assert response.status_code == 200
    assert response["Referrer-Policy"] == "same-origin"
    assert Client().get(f"{link}files/{other.pk}/").status_code == 404
    assert Client().get(f"/c/{'a' * 24}/files/{mine.pk}/").status_code == 404


def test_c05_a_file_is_fetched_at_its_signed_address_and_no_forged_one(ann: Membership) -> None:
    file = _file(ann)
    path = urlsplit(file_url(file)).path
    response = Client().get(path)
    assert _bytes(response) == PNG
    response = Client().head(path)
    assert _bytes(response) == b""
    assert (response.status_code, response["Content-Length"]) == (200, str(len(PNG)))
    forged = path[:-2] + ("A" if path[-2] != "A" else "B") + "/"
    assert Client().get(forged).status_code == 404


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (AttachmentState.PENDING, "Still being fetched"),
        (AttachmentState.FAILED, "Could not be fetched"),
    ],
)
def test_a_file_that_is_not_here_yet_says_so(
    browser: Client, ann: Membership, state: AttachmentState, words: str
) -> None:
    file = _file(ann)
    Attachment.objects.update(state=state)
    assert browser.get(f"/attachments/{file.pk}/").status_code == 404
    page = read(browser.get(f"/conversations/{file.message_id}/"))
    assert words in text_of(page, "#thread span.att")


def test_a_file_whose_bytes_are_gone_is_not_found(browser: Client, ann: Membership) -> None:
    file = _file(ann)
    file.file.storage.delete(file.file.name)
    assert browser.get(f"/attachments/{file.pk}/").status_code == 404


def _bytes(response: Any) -> bytes:
    """The whole content; reading it to its end closes the file."""
    return b"".join(response.streaming_content)


def _file(ann: Membership, name: str = "photo.png", content_type: str = "image/png") -> Attachment:
    number = Attachment.objects.count()
    files = (InboundFile(name, content_type, CONTENT.get(content_type, b"alert(1)")),)
    text = make_text(make_sender(ann.business), f"+1415555{number:04d}", "Look", files=files)
    assert isinstance(text.message, CustomerMessage)
    return Attachment.objects.get(message=text.message)
