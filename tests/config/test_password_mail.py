"""The mail by which somebody who forgot his password sets another."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from tests.factories import make_member

pytestmark = pytest.mark.django_db


def test_it_says_what_it_is_for_and_names_no_machine(client):
    member = make_member()
    client.post("/accounts/password/reset/", {"email": member.user.email})
    (sent,) = mail.outbox
    assert sent.to == [member.user.email]
    assert sent.subject == "Password Reset Email"
    assert sent.body.startswith("You're receiving this email because")
    link = re.search(r"/accounts/password/reset/key/\S+", sent.body)
    assert client.get(link[0], follow=True).status_code == 200


def test_who_has_no_account_gets_none(client):
    client.post("/accounts/password/reset/", {"email": "nobody@elsewhere.example"})
    assert mail.outbox == []
