"""How often one may call."""

from __future__ import annotations

import pytest

from gateway.links import conversation_url
from tests.factories import make_message
from tests.gateway.api.test_idempotency import form_for

SEND = "customer/messages/"


@pytest.fixture(autouse=True)
def rates(settings):
    settings.THROTTLE_ANONYMOUS = "2/hour"
    settings.THROTTLE_TOKEN = "3/minute"


def test_without_a_login_calls_are_counted_by_address(anonymous, ann):
    for _ in range(2):
        assert anonymous.post(SEND, form_for(ann)).status_code == 201
    refused = anonymous.post(SEND, form_for(ann))
    assert refused.status_code == 429
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.json()["errors"][0]["code"] == "throttled"
    elsewhere = {"content_type": "application/json", "REMOTE_ADDR": "192.0.2.7"}
    assert anonymous.post(SEND, form_for(ann), **elsewhere).status_code == 201


def test_a_forwarded_address_of_the_callers_own_making_changes_nothing(anonymous, ann):
    codes = [
        anonymous.post(
            SEND, form_for(ann), headers={"X-Forwarded-For": f"192.0.2.{number}"}
        ).status_code
        for number in range(3)
    ]
    assert codes == [201, 201, 429]


def test_behind_a_known_proxy_the_address_that_it_saw_counts(anonymous, ann, settings):
    settings.TRUSTED_PROXIES = 1

    def send(forwarded):
        headers = {"X-Forwarded-For": forwarded}
        return anonymous.post(SEND, form_for(ann), headers=headers).status_code

    assert [send(f"10.0.0.{number}, 192.0.2.7") for number in range(3)] == [201, 201, 429]
    assert send("10.0.0.1, 192.0.2.8") == 201


def test_calls_with_a_token_are_counted_by_token(api, ann, caller_for):
    codes = [api.get("business/messages/").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    assert caller_for(ann.user).get("business/messages/").status_code == 200


def test_the_holder_of_a_link_is_not_taken_for_a_stranger(anonymous, ann):
    message = make_message(ann)
    token = conversation_url(message).rstrip("/").rpartition("/")[2]
    path = f"customer/messages/{message.pk}/conversation/"
    codes = [anonymous.get(path, token=token).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]


def test_guessing_links_is_slow(anonymous, ann):
    path = f"customer/messages/{make_message(ann).pk}/conversation/"
    codes = [anonymous.get(path, token="a" * 24).status_code for _ in range(3)]
    assert codes == [404, 404, 429]


def test_a_rate_that_was_lowered_still_says_when_to_come_back(api, settings):
    for _ in range(3):
        api.get("business/messages/")
    settings.THROTTLE_TOKEN = "1/minute"
    refused = api.get("business/messages/")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
