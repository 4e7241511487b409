"""Creating a message fails in every way a provider can fail, on demand."""

from __future__ import annotations

import time

import pytest
import requests

from tests.simulator_process import Simulator, wait_for

CUSTOMER, BUSINESS = "+15551230001", "+15550009001"


def create(simulator: Simulator, timeout: float = 5) -> requests.Response:
    return requests.post(
        f"{simulator.url}/2010-04-01/Accounts/{simulator.account_sid}/Messages.json",
        data={"To": CUSTOMER, "From": BUSINESS, "Body": "Hello"},
        auth=(simulator.account_sid, simulator.auth_token),
        timeout=timeout,
    )


def recorded(simulator: Simulator) -> int:
    return len(simulator.texts(CUSTOMER))


def test_a_refusal_carries_the_chosen_status_and_code(simulator: Simulator):
    simulator.turn("create_refuse", 1, status=401, code=20003)

    refused = create(simulator)

    assert (refused.status_code, refused.json()["code"]) == (401, 20003)
    assert refused.json()["status"] == 401
    assert recorded(simulator) == 0
    assert create(simulator).status_code == 201


def test_a_code_the_simulator_does_not_know_is_given_all_the_same(simulator: Simulator):
    simulator.turn("create_refuse", 1, status=400, code=30999)
    assert create(simulator).json()["code"] == 30999


def test_too_many_requests_says_when_to_come_back_for_the_next_n(simulator: Simulator):
    simulator.turn("create_busy", 2, retry_after=7)

    answers = [create(simulator) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 201]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].json()["code"] == 20429


@pytest.mark.parametrize(("switch", "kept"), [("create_error", 0), ("create_error_recorded", 1)])
def test_a_server_error_with_and_without_a_record(simulator: Simulator, switch: str, kept: int):
    simulator.turn(switch, 1, status=502)
    assert create(simulator).status_code == 502
    assert recorded(simulator) == kept


@pytest.mark.parametrize(
    ("switch", "body"),
    [("create_empty", ""), ("create_html", "<!doctype html>"), ("create_object", "{}")],
)
def test_a_201_that_says_nothing(simulator: Simulator, switch: str, body: str):
    simulator.turn(switch)
    answer = create(simulator)
    assert answer.status_code == 201
    assert answer.text.startswith(body)
    assert "sid" not in answer.text
    assert recorded(simulator) == 1


def test_a_message_is_recorded_and_the_answer_never_comes(simulator: Simulator):
    simulator.turn("create_hang", 1, seconds=1)
    with pytest.raises(requests.Timeout):
        create(simulator, timeout=0.3)
    wait_for(lambda: recorded(simulator) == 1)


def test_a_slow_answer_is_an_answer(simulator: Simulator):
    simulator.turn("create_slow", 1, ms=300)
    started = time.monotonic()
    assert create(simulator).status_code == 201
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("kept", [0, 1])
def test_the_connection_is_reset(simulator: Simulator, kept: int):
    simulator.turn("create_reset", 1, recorded=kept)
    with pytest.raises(requests.ConnectionError, match="reset"):
        create(simulator)
    assert recorded(simulator) == kept


def test_a_recorded_message_is_delivered_although_the_answer_was_lost(simulator: Simulator):
    simulator.turn("create_error_recorded")
    create(simulator)
    wait_for(lambda: simulator.texts(CUSTOMER)[0]["status"] == "delivered")


def test_switches_stay_on_until_they_are_turned_off(simulator: Simulator):
    simulator.turn("create_error", "always")
    assert [create(simulator).status_code for _ in range(3)] == [503] * 3
    assert simulator.get("faults")["create_error"]["count"] == "always"

    simulator.all_faults_off()

    assert create(simulator).status_code == 201
    assert simulator.get("faults")["create_error"]["count"] == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"create_oops": {"count": 1}}, "There is no switch 'create_oops'"),
        ({"create_busy": {"minutes": 1}}, "it has: retry_after"),
        ({"create_busy": {"count": -1}}, "whole number from 0 up"),
        ({"create_busy": {"retry_after": "soon"}}, "create_busy.retry_after must be"),
        ({"create_busy": 1}, "must be an object"),
    ],
)
def test_a_switch_that_does_not_exist_is_explained(
    simulator: Simulator, given: dict[str, object], words: str
):
    response = simulator.http.put(f"{simulator.page}api/faults", json=given, timeout=5)
    assert response.status_code == 400
    assert words in response.json()["error"]
