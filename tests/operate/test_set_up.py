"""The set-up of compose.yaml, run by hand: every command, health check and variable of the file, without containers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from twilio.request_validator import RequestValidator

from tests.dashboard_client import Dashboard
from tests.operate.by_hand import ByHand, by_hand, start_in_order
from tests.operate.compose_file import RABBITMQ, VARIABLES, services
from tests.operate.proxy import NGINX
from tests.product import Owner
from tests.simulator_process import wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]

SHOP = "+14155550133"
SENT = 60.0  # seconds; a second or two on a machine that has nothing else to do
OURS = ("web", "live", "worker", "beat")


@dataclass
class SetUps:
    """The set-ups that were asked for, each over one broker, with its first owner."""

    opened: ExitStack
    made: dict[str, tuple[ByHand, Owner]] = field(default_factory=dict)

    def over(self, broker: str) -> tuple[ByHand, Owner]:
        """Everything started in the order of the file; once, in whatever order the tests come."""
        if broker not in self.made:
            overrides: list[Path] = [RABBITMQ] if broker == "rabbitmq" else []
            hand = self.opened.enter_context(by_hand(services(VARIABLES, *overrides)))
            start_in_order(hand)
            self.made[broker] = hand, _first_owner(hand)
        return self.made[broker]


@pytest.fixture(scope="module")
def set_ups() -> Iterator[SetUps]:
    with ExitStack() as opened:
        yield SetUps(opened)


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def set_up(set_ups: SetUps, broker: str) -> ByHand:
    return set_ups.over(broker)[0]


@pytest.fixture
def ann(set_ups: SetUps, broker: str) -> Owner:
    return set_ups.over(broker)[1]


def test_every_process_is_healthy_by_its_own_check(set_up: ByHand):
    assert {name: set_up.is_healthy(name) for name in OURS} == dict.fromkeys(OURS, True)


@pytest.mark.parametrize("host", ["localhost", "web:8000", "172.18.0.5:8000"])
@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_it_is_ready_by_whatever_name_it_is_asked(set_up: ByHand, host: str, path: str):
    def is_ok() -> bool:
        answer = requests.get(set_up.url("web") + path, headers={"Host": host}, timeout=10)
        assert answer.status_code == 200
        return bool(answer.json()["status"] == "ok")

    wait_for(is_ok, SENT)  # the clock's first beat comes a while after the start


def test_only_probes_are_answered_by_another_name(set_up: ByHand):
    answer = requests.get(
        f"{set_up.url('web')}/api/docs/", headers={"Host": "web:8000"}, timeout=10
    )
    assert answer.status_code == 400


def test_a_signed_text_is_filed_and_its_answer_leaves(set_up: ByHand, ann: Owner):
    customer = "+14155550140"
    answer = _post_text(set_up, customer, "Is the kayak still there?")
    assert answer.status_code == 200
    [message] = wait_for(lambda: [row for row in ann.inbox() if "kayak" in row["message"]], SENT)
    assert message["channel"] == "sms"

    ann.answer(message["id"], "Yes, come by at five.")
    wait_for(lambda: _arrived(set_up, customer, "Yes, come by at five."), SENT)
    wait_for(lambda: _states(ann, message["id"]) == {"delivered"}, SENT)


def test_a_text_that_is_signed_with_another_token_is_refused(set_up: ByHand):
    answer = _post_text(set_up, "+14155550141", "Not from Twilio", token="somebody's")
    assert answer.status_code == 403


def test_the_owner_answers_by_mail(set_up: ByHand, ann: Owner):
    customer = "+14155550142"
    set_up.world.send_text(customer, SHOP, "Do you have a paddle?")
    mail = wait_for(lambda: _notification(set_up, ann, "Do you have a paddle?"), SENT)
    set_up.world.reply(mail["id"], "Two of them.")
    wait_for(lambda: _arrived(set_up, customer, "Two of them."), SENT)


@pytest.mark.skipif(NGINX is None, reason="needs nginx; install the package nginx-light")
def test_an_open_page_hears_through_the_proxy_that_there_is_news(set_up: ByHand, ann: Owner):
    page = Dashboard(ann)
    with page.http.get(f"{set_up.public_url}/live/", stream=True, timeout=30) as stream:
        assert stream.status_code == 200
        lines = stream.iter_lines()
        assert next(lines).startswith(b"retry: ")
        writes = threading.Thread(
            target=set_up.world.send_text, args=("+14155550143", SHOP, "Anybody there?")
        )
        writes.start()
        assert next(line for line in lines if line.startswith(b"data:")) == b"data: look"
        writes.join()


def test_a_static_file_is_served(set_up: ByHand):
    assert requests.get(f"{set_up.public_url}/static/gateway/live.js", timeout=10).ok


def test_nothing_is_written_beside_the_source(set_up: ByHand):
    assert [path for path in set_up.source.rglob("*") if path.stat().st_mode & 0o222] == []


def test_no_process_made_up_a_secret_of_its_own(set_up: ByHand):
    assert not (set_up.data / "secrets.json").exists()


def test_the_migration_may_run_again(set_up: ByHand):
    ended = set_up.run("migrate")
    assert ended.returncode == 0, ended.stderr
    assert "0 texts were made findable" in ended.stdout  # what code of before left undone


@pytest.mark.parametrize("service", OURS)
def test_it_ends_by_itself_in_the_time_that_it_is_given(set_up: ByHand, service: str):
    try:
        assert set_up.stop(service) == 0, set_up.log(service)
    finally:
        set_up.start(service)
        set_up.wait_until_healthy(service)


def _first_owner(set_up: ByHand) -> Owner:
    """Made as docs/operate.md says."""
    seed = f"python manage.py seed --owner ann@example.com --password correct-horse --slug bikes --sms {SHOP} --staff"
    ended = set_up.run("web", seed)
    assert ended.returncode == 0, ended.stderr
    made = json.loads(ended.stdout)
    return Owner(
        url=set_up.public_url,
        password="correct-horse",
        numbers=made["numbers"],
        listings=made["listings"],
        **made["owner"],
    )


def _post_text(set_up: ByHand, customer: str, text: str, token: str = "") -> requests.Response:
    """What Twilio posts for a text from a customer to the shop."""
    written = set_up.services["web"].environment
    url = f"{set_up.public_url}/webhooks/twilio/inbound/"
    form = {
        "AccountSid": written["TWILIO_ACCOUNT_SID"],
        "MessageSid": f"SM{uuid4().hex}",
        "From": customer,
        "To": SHOP,
        "Body": text,
        "NumMedia": "0",
    }
    signature = RequestValidator(token or written["TWILIO_AUTH_TOKEN"]).compute_signature(url, form)
    return requests.post(url, data=form, headers={"X-Twilio-Signature": signature}, timeout=15)


def _arrived(set_up: ByHand, customer: str, text: str) -> bool:
    """Whether the customer's phone has a text that ends so."""
    return any(row["body"].endswith(text) for row in set_up.world.texts(customer))


def _states(owner: Owner, pk: str) -> set[str]:
    """The states of what the owner answered in a conversation."""
    replies = owner.message(pk)["replies"]
    return {row["delivery"]["state"] for row in replies if row["direction"] == "outbound"}


def _notification(set_up: ByHand, owner: Owner, text: str) -> dict[str, Any] | None:
    mails = (set_up.world.mail(row["id"]) for row in set_up.world.mails(owner.email))
    return next((mail for mail in mails if text in mail["text"]), None)
