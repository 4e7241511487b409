"""A second step at sign-in, and the devices on which a person is signed in."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.utils import formats

from tests.factories import PASSWORD, make_member
from tests.gateway.dashboard.pages import read, submit, text_of

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def code_for(secret):
    """What an authenticator app shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def signed_in(member):
    """A browser in which the person wrote his password, and the page that follows."""
    client = Client()
    page = read(client.get(LOGIN))
    return client, submit(client, page, "form", login=member.user.email, password=PASSWORD)


def switched_on(member):
    """The secret of an app, once it was switched on, and the browser in which that was done."""
    client, _ = signed_in(member)
    asked = read(client.get("/accounts/2fa/app/", follow=True))
    page = read(submit(client, asked, "form", password=PASSWORD))
    secret = page.select_one("#secret")["value"]
    assert page.select_one("img.qr")["src"].startswith("data:image/svg+xml;base64,")
    submit(client, page, "#activate", code=code_for(secret))
    return secret, client


def recovery_codes(client):
    return [row.get_text() for row in read(client.get("/accounts/2fa/codes/")).select(".codes li")]


def test_once_it_is_on_the_password_alone_opens_nothing(ann):
    switched_on(ann)
    client, answer = signed_in(ann)
    assert "Second step" in text_of(read(answer), "h1")
    assert client.get("/").status_code == 302
    again = submit(client, read(answer), "form", code="000000x")
    assert "Incorrect code" in text_of(read(again), ".problem")
    assert client.get("/").status_code == 302


def test_a_recovery_code_signs_in_once(ann):
    _, first = switched_on(ann)
    code = recovery_codes(first)[0]
    client, answer = signed_in(ann)
    submit(client, read(answer), "form", code=code)
    assert client.get("/").status_code == 200
    client, answer = signed_in(ann)
    submit(client, read(answer), "form", code=code)
    assert client.get("/").status_code == 302


def test_guessing_codes_has_an_end(ann):
    secret, _ = switched_on(ann)
    client, answer = signed_in(ann)
    for _ in range(5):
        answer = submit(client, read(answer), "form", code="1234567")
    submit(client, read(answer), "form", code=code_for(secret))
    assert client.get("/").status_code == 302


def test_it_is_switched_off_again(ann):
    _, client = switched_on(ann)
    page = read(client.get("/accounts/2fa/app/off/"))
    submit(client, page, "#deactivate")
    assert not Authenticator.objects.filter(user=ann.user).exists()
    _, answer = signed_in(ann)
    assert answer.wsgi_request.user.is_authenticated


def test_the_admin_asks_for_the_second_step_too(ann):
    ann.user.is_staff = ann.user.is_superuser = True
    ann.user.save()
    switched_on(ann)
    client = Client()
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith(LOGIN)
    answer = submit(client, read(answer), "form", login=ann.user.email, password=PASSWORD)
    assert "Second step" in text_of(read(answer), "h1")


def test_a_device_is_signed_out_at_once(ann):
    here, _ = signed_in(ann)
    there, _ = signed_in(ann)
    page = read(here.get("/accounts/sessions/"))
    assert "This browser" in text_of(page, ".entries")
    submit(here, page, "form[action$='/end/']")
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_all_others_are_signed_out_at_once(ann):
    here, _ = signed_in(ann)
    others = [signed_in(ann)[0] for _ in range(2)]
    submit(here, read(here.get("/accounts/sessions/")), "#others")
    assert [other.get("/").status_code for other in others] == [302, 302]
    assert here.get("/").status_code == 200


def test_nobody_signs_somebody_else_out(ann):
    here, _ = signed_in(ann)
    stranger, _ = signed_in(make_member())
    page = read(stranger.get("/accounts/sessions/"))
    assert len(page.select(".entries li")) == 1
    session = here.session.session_key
    pk = ann.user.usersession_set.get(session_key=session).pk
    assert stranger.post(f"/accounts/sessions/{pk}/end/").status_code == 404
    assert here.get("/").status_code == 200


def test_since_when_a_device_is_signed_in_is_said_in_the_readers_own_time(ann):
    here, _ = signed_in(ann)
    here.cookies["timezone"] = "Pacific/Kiritimati"  # fourteen hours before UTC
    entry = text_of(read(here.get("/accounts/sessions/")), ".entries")
    began = ann.user.usersession_set.get().created_at.astimezone(ZoneInfo("Pacific/Kiritimati"))
    assert formats.date_format(began, "SHORT_DATETIME_FORMAT") in entry
