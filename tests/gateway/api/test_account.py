"""What is the caller's own: addresses, tokens and checks over REST."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.api_tokens import make_token, tokens_of
from gateway.checks.runs import run_due
from gateway.models import AddressProof, Check, IdempotentCall, Pulse, Role
from gateway.participants import is_verified
from tests.factories import make_member, make_sender, make_user
from tests.gateway.api.conftest import Caller

pytestmark = pytest.mark.django_db
MAIL = "ann@home.example"
PHONE = "+14155550177"
ADDRESSES, TOKENS, CHECKS = "business/addresses/", "business/tokens/", "business/checks/"


def signed_in(user):
    client = Client()
    client.force_login(user)
    return Caller(client)


@pytest.fixture
def browser(ann):
    """Ann, signed in."""
    return signed_in(ann.user)


def text_to(address):
    return Delivery.objects.get(to_address=address, purpose="proof").rendered.text


def test_a_mail_address_is_added_and_confirmed_by_its_link(browser, api, ann):
    asked = browser.post(ADDRESSES, {"channel": "email", "address": "Ann@Home.example"})
    assert asked.status_code == 202
    assert asked.json()["address"] == MAIL
    assert not is_verified(ann.user_id, Channel.EMAIL, MAIL)
    link = re.search(r"https?://\S+/settings/addresses/confirm/\S+", text_to(MAIL))[0]
    stranger = signed_in(make_member().user)
    assert stranger.post(f"{ADDRESSES}confirm/", {"link": link}).json()["errors"][0]["attr"] == (
        "link"
    )
    confirmed = browser.post(f"{ADDRESSES}confirm/", {"link": link})
    assert (confirmed.status_code, confirmed.json()["address"]) == (200, MAIL)
    assert confirmed.json()["is_told_at"] is False
    listed = api.get(ADDRESSES).json()["results"]
    assert [(row["address"], row["is_told_at"]) for row in listed] == [
        (ann.user.email, True),
        (MAIL, False),
    ]
    assert browser.post(f"{ADDRESSES}confirm/", {"link": link}).status_code == 400


def test_a_phone_is_added_and_confirmed_by_its_code(browser, ann):
    make_sender(ann.business)
    assert browser.post(ADDRESSES, {"channel": "sms", "address": PHONE}).status_code == 202
    code = text_to(PHONE)[:6]
    wrong = "000000" if code != "000000" else "111111"
    refused = browser.post(f"{ADDRESSES}confirm/", {"code": wrong})
    assert refused.json()["errors"][0]["attr"] == "code"
    assert AddressProof.objects.get().tries == 1, "a wrong code uses up a try"
    assert browser.post(f"{ADDRESSES}confirm/", {"code": code}).json()["channel"] == "sms"
    assert is_verified(ann.user_id, Channel.SMS, PHONE)


def test_the_same_call_twice_sends_one_mail(browser):
    wanted = {"channel": "email", "address": MAIL}
    keyed = {"headers": {"Idempotency-Key": "one"}}
    first = browser.post(ADDRESSES, wanted, **keyed).json()
    assert browser.post(ADDRESSES, wanted, **keyed).json() == first
    assert Delivery.objects.filter(purpose="proof").count() == 1


@pytest.mark.parametrize(
    ("wanted", "attr"),
    [
        ({"channel": "email", "address": "ann"}, "address"),
        ({"channel": "sms", "address": PHONE}, "address"),
        ({"channel": "whatsapp", "address": PHONE}, "channel"),
        ({"channel": "email"}, "address"),
    ],
)
def test_what_cannot_be_proved_is_refused(browser, wanted, attr):
    refused = browser.post(ADDRESSES, wanted)
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, attr)


@pytest.mark.parametrize("given", [{}, {"code": "123456", "link": "x"}])
def test_a_proof_is_one_of_two(browser, given):
    assert browser.post(f"{ADDRESSES}confirm/", given).status_code == 400


def test_an_address_is_removed_but_the_last_one_and_nobody_elses(api, ann, caller_for):
    row = ann.user.gateway_addresses.get()
    refused = api.delete(f"{ADDRESSES}{row.pk}/")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "last_address")
    stranger = caller_for(make_member().user)
    assert stranger.delete(f"{ADDRESSES}{row.pk}/").status_code == 404
    more = ann.user.gateway_addresses.create(address=MAIL, verified_at=row.verified_at)
    assert api.delete(f"{ADDRESSES}{more.pk}/").status_code == 204


def test_a_token_is_made_shown_once_and_revoked(browser, ann, caller_for):
    made = browser.post(TOKENS, {"name": "our web shop", "reads_only": True})
    assert made.status_code == 201
    token = Caller(Client(headers={"Authorization": f"Token {made.json()['token']}"}))
    (row,) = token.get(TOKENS).json()["results"]
    assert (row["name"], row["reads_only"]) == ("our web shop", True)
    assert "token" not in row
    assert caller_for(make_member().user).delete(f"{TOKENS}{row['id']}/").status_code == 404
    assert browser.delete(f"{TOKENS}{row['id']}/").status_code == 204
    assert token.get(TOKENS).status_code == 401
    assert browser.delete(f"{TOKENS}{row['id']}/").status_code == 404


def test_a_token_revokes_itself(ann):
    secret = make_token(ann.user, "mine")
    token = Caller(Client(headers={"Authorization": f"Token {secret}"}))
    assert token.delete(f"{TOKENS}{tokens_of(ann.user).get().pk}/").status_code == 204
    assert token.get(TOKENS).status_code == 401


def test_a_secret_is_kept_nowhere(browser):
    headers = {"Idempotency-Key": "one"}
    for _ in range(2):
        assert browser.post(TOKENS, {"name": "shop"}, headers=headers).status_code == 201
    assert not IdempotentCall.objects.exists()


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (TOKENS, {"name": "another"}),
        (ADDRESSES, {"channel": "email", "address": MAIL}),
        (f"{ADDRESSES}confirm/", {"code": "123456"}),
    ],
)
def test_no_token_makes_what_would_outlive_it(api, path, data):
    refused = api.post(path, data)
    assert refused.status_code == 403
    assert "sign in" in refused.json()["errors"][0]["detail"]


def test_there_are_so_many_tokens_and_no_more(browser, monkeypatch):
    monkeypatch.setattr("gateway.api_tokens.MOST", 0)
    refused = browser.post(TOKENS, {"name": "one too many"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "too_many")


def test_a_check_is_asked_for_and_told(api, ann):
    Pulse.objects.all().delete()
    listed = {row["name"]: row for row in api.get(CHECKS).json()["results"]}
    assert list(listed) == ["worker", "public_url", "mail", "reply_domain", "mail_domain"]
    nothing = {"outcome": "", "is_ok": None, "asked_at": None, "is_running": False, "said": ""}
    assert listed["worker"].items() >= nothing.items()
    asked = api.post(f"{CHECKS}worker/")
    assert (asked.status_code, asked.json()["is_running"]) == (202, True)
    assert api.post(f"{CHECKS}worker/").status_code == 200
    run_due()
    told = api.get(f"{CHECKS}worker/").json()
    assert (told["outcome"], told["is_ok"], told["is_running"]) == ("clock_stands", False, False)
    assert told["next_step"].startswith("Start the clock")
    assert told["finished_at"]


def test_checks_are_for_owners_and_staff(api, ann, caller_for):
    assert api.post(f"{CHECKS}twilio/").status_code == 404
    agent = caller_for(make_member(ann.business, Role.AGENT).user)
    assert agent.get(CHECKS).status_code == agent.post(f"{CHECKS}worker/").status_code == 403
    staff = caller_for(make_member(ann.business, Role.AGENT, make_user(is_staff=True)).user)
    assert staff.post(f"{CHECKS}twilio/").status_code == 202
    assert Check.objects.get().name == "twilio"


def test_who_belongs_to_no_business_has_none_of_it(caller_for):
    stranger = caller_for(make_user())
    for path in (ADDRESSES, TOKENS, CHECKS):
        assert stranger.get(path).status_code == 403
    assert stranger.delete(f"{TOKENS}{uuid.uuid4()}/").status_code == 403
