"""What cannot be read is a clear 4xx in the one error shape, never a 500."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import make_message

SEND = "/api/customer/messages/"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def check(response, *expected):
    assert response.status_code in expected, (response.status_code, response.content[:500])
    shown = response.json()
    assert shown["type"] in {"validation_error", "client_error"}
    assert all(error["detail"] for error in shown["errors"])


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"", JSON, 400),
        (b"{", JSON, 400),
        (b"null", JSON, 400),
        (b"[]", JSON, 400),
        (b'"text"', JSON, 400),
        (b"NaN", JSON, 400),
        (b"\xff\xfe\x00", JSON, 400),
        (b"\xef\xbb\xbf{}", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b'{"a":' * 100_000, JSON, 400),
        (b"1" * 5_000, JSON, 400),
        (b"{}", "application/json; charset=nonsense", 400),
        (b"{}", "application/json; charset=bz2_codec", 400),
        (b"{}", "text/plain", 415),
        (b"<a/>", "application/xml", 415),
        (b"{}", "\xff/\x00", 415),
        (b"nonsense", "multipart/form-data", 400),
        (b"nonsense", "multipart/form-data; boundary=x", 400),
        (b"--x\r\nContent-Disposition: form-data", "multipart/form-data; boundary=x", 400),
        (b"message=%ff%fe&=&&", FORM, 400),
        (b"message=" + b"x" * 10_000_000, FORM, 413),
        (b'{"message": "' + b"x" * 3_000_000 + b'"}', JSON, 413),
        (b"&".join(b"a%d=1" % number for number in range(1001)), FORM, 400),
    ],
)
def test_a_body_that_cannot_be_read(anonymous, db, body, content_type, expected):
    check(anonymous.client.generic("POST", SEND, body, content_type), expected)


def test_too_many_files(anonymous, db):
    files = {f"f{number}": SimpleUploadedFile("a", b"x") for number in range(101)}
    check(anonymous.client.post(SEND, files), 400)


def test_too_many_files_and_fields_with_a_session(ann):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann.user)
    client.cookies["csrftoken"] = "x" * 32  # so that the body is read for its counterpart
    path = f"/api/business/messages/{make_message(ann).pk}/reply/"
    check(client.post(path, {f"f{n}": SimpleUploadedFile("a", b"x") for n in range(101)}), 400)
    check(client.post(path, {f"f{n}": "x" for n in range(1001)}), 400)


@pytest.mark.parametrize("method", ["PUT", "POST", "TRACE", "OPTIONS"])
def test_a_method_that_a_route_does_not_have(api, method):
    response = api.client.generic(method, "/api/business/messages/unread/")
    check(response, 405)
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("path", ["", "nowhere/", "business/", "business/messages/a/b/c/"])
def test_a_route_that_is_none(anonymous, db, path):
    response = anonymous.get(path)
    check(response, 404)


def test_a_forgotten_slash_is_added(api):
    response = api.get("business/messages")
    assert (response.status_code, response.headers["Location"]) == (301, "/api/business/messages/")


def test_a_format_that_is_not_offered(api):
    check(api.client.get("/api/business/messages/", headers={"Accept": "text/html"}), 406)
    check(api.get("business/messages/", format="xml"), 404)


def test_json_may_hold_a_key_twice_and_what_is_not_asked_for(anonymous, ann):
    body = {
        "recipient_id": str(ann.user.pk),
        "sender_name": "Maya",
        "sender_email": "maya@home.example",
        "subject": "Blue bike",
        "message": "Is it there?",
        "status": "archived",
        "is_spam": True,
        "business": "mine",
        "sender": str(ann.user.pk),
    }
    text = json.dumps(body)[:-1] + ', "subject": "Red bike"}'
    response = anonymous.client.post(SEND, text, content_type=JSON)
    assert response.status_code == 201
    message = ann.business.messages.get()
    assert (message.subject, message.status, message.is_spam) == ("Red bike", "unread", False)
    assert message.sender is None
