"""POST /api/business/messages/{id}/reply/."""

from __future__ import annotations

import base64

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from channels_out.models import Delivery
from gateway.models import Attachment, MessageReply
from tests.factories import make_message, make_sender, make_text

PICTURE = base64.b64encode(b"\xff\xd8\xff a picture").decode()


def stored_files(folder: str) -> set[str]:
    if not default_storage.exists(folder):
        return set()
    folders, files = default_storage.listdir(folder)
    below = (stored_files(f"{folder}/{name}") for name in folders)
    return {f"{folder}/{name}" for name in files}.union(*below)


@pytest.fixture
def files_before():
    return stored_files("attachments")


@pytest.fixture
def message(ann):
    return make_message(ann)


@pytest.fixture
def reply(api, message):
    def send(data, **options):
        return api.post(f"business/messages/{message.pk}/reply/", data, **options)

    return send


def test_an_answer_is_shown_and_on_its_way(api, ann, message, reply):
    response = reply({"reply": "Yes, it is."})
    assert response.status_code == 201
    shown = response.json()
    assert (shown["reply"], shown["direction"], shown["channel"]) == (
        "Yes, it is.",
        "outbound",
        "email",
    )
    assert shown["delivery"]["state"] == "queued"
    assert (shown["attachments"], shown["quoted"]) == ([], "")
    whole = api.get(f"business/messages/{message.pk}/").json()
    assert whole["replies"] == [shown]
    assert (whole["status"], whole["waiting_since"]) == ("replied", None)
    assert MessageReply.objects.get().written_via == "api"
    assert Delivery.objects.filter(purpose="reply", to_address="maya@home.example").count() == 1


def test_an_answer_goes_on_the_channel_that_was_asked_for(api, ann):
    message = make_text(make_sender(ann.business), "+14155550101", "Hi there").message
    path = f"business/messages/{message.pk}/reply/"
    assert api.post(path, {"reply": "Hello", "channel": "sms"}).json()["channel"] == "sms"


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "web", "fax"])
def test_a_channel_that_cannot_be_used_is_400_with_the_reason_and_those_that_can(reply, channel):
    response = reply({"reply": "Hello", "channel": channel})
    assert response.status_code == 400
    shown = response.json()
    assert (shown["type"], shown["usable"]) == ("validation_error", ["email"])
    assert shown["reason"]
    assert shown["errors"] == [
        {"code": "not_reachable", "detail": shown["reason"], "attr": "channel"}
    ]
    assert not MessageReply.objects.exists()


def test_files_in_json_go_along(reply, message):
    response = reply(
        {
            "reply": "See here",
            "attachments": [
                {"name": "bike.jpg", "content_type": "image/jpeg", "content": PICTURE},
                {"name": "../../etc/pass\u202ewd", "content": PICTURE[:6] + "\n" + PICTURE[6:]},
            ],
        }
    )
    assert response.status_code == 201, response.content
    first, second = response.json()["attachments"]
    assert (first["name"], first["content_type"], first["size"]) == ("bike.jpg", "image/jpeg", 13)
    assert (second["name"], second["content_type"]) == ("passwd", "image/jpeg")
    with Attachment.objects.get(pk=first["id"]).file.open() as stored:
        assert stored.read() == b"\xff\xd8\xff a picture"


def test_files_as_multipart_go_along_without_a_text(api, message):
    files = [
        SimpleUploadedFile("bike.jpg", b"\xff\xd8\xff a picture", "image/jpeg"),
        SimpleUploadedFile("list.pdf", b"%PDF-1", "application/pdf; name=x"),
    ]
    path = f"/api/business/messages/{message.pk}/reply/"
    response = api.client.post(path, {"attachments": files})
    assert response.status_code == 201, response.content
    assert [
        (file["name"], file["content_type"], file["size"])
        for file in response.json()["attachments"]
    ] == [("bike.jpg", "image/jpeg", 13), ("list.pdf", "application/pdf", 6)]


def test_a_refused_answer_leaves_no_file_behind(reply, files_before):
    attachment = {"name": "a.txt", "content": PICTURE}
    assert reply({"channel": "sms", "attachments": [attachment]}).status_code == 400
    assert not Attachment.objects.exists()
    assert stored_files("attachments") == files_before


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({}, "reply"),
        ({"reply": ""}, "reply"),
        ({"reply": " \n\t "}, "reply"),
        ({"reply": "\0\0"}, "reply"),
        ({"reply": None}, "reply"),
        ({"reply": ["a"]}, "reply"),
        ({"reply": "x" * 20_001}, "reply"),
        ({"reply": "a", "channel": "x" * 21}, "channel"),
        ({"reply": "a", "attachments": "file"}, "attachments"),
        ({"reply": "a", "attachments": ["file"]}, "attachments.0.non_field_errors"),
        ({"reply": "a", "attachments": [{"name": "a"}]}, "attachments.0.content"),
        (
            {"reply": "a", "attachments": [{"name": "a", "content": "?"}]},
            "attachments.0.content",
        ),
        (
            {"reply": "a", "attachments": [{"name": "a", "content": "YQ"}]},
            "attachments.0.content",
        ),
        (
            {
                "reply": "a",
                "attachments": [
                    {"name": "a", "content": "YQ==", "content_type": "a/b\r\nBcc: x@y.example"}
                ],
            },
            "attachments.0.content_type",
        ),
        ({"reply": "a", "attachments": [{"name": "a", "content": "YQ=="}] * 11}, "attachments"),
    ],
)
def test_an_answer_that_makes_no_sense_is_400_and_named(reply, data, named):
    response = reply(data)
    assert response.status_code == 400, response.content
    assert [error["attr"] for error in response.json()["errors"]] == [named]
    assert not MessageReply.objects.exists()


def test_files_that_are_too_large_together_are_refused(api, message):
    files = [SimpleUploadedFile(f"{n}.bin", b"x" * 3_600_000) for n in range(2)]
    path = f"/api/business/messages/{message.pk}/reply/"
    response = api.client.post(path, {"reply": "a", "attachments": files})
    assert response.status_code == 400
    assert "7 MB" in response.json()["errors"][0]["detail"]


def test_odd_characters_are_cleaned(reply):
    response = reply({"reply": "\ufeffa\0b\ud800c\u2028d\r\ne 👩\u200d👧"})
    assert response.json()["reply"] == "ab?c\u2028d\ne 👩\u200d👧"
