"""Workers, web processes and clocks that die, come twice or start anew, on a set-up with two of each."""

from __future__ import annotations

import pytest
import requests
from celery import Celery

from tests.faults.dying import DIED
from tests.faults.traffic import PATIENCE, Traffic, filed, post_signed, sent, text_message
from tests.large import Large
from tests.product import Owner
from tests.simulator_process import wait_for

pytestmark = [
    pytest.mark.services,
    pytest.mark.timeout(
        300
    ),  # seconds: processes start anew, on a busy machine one after the other
]

WORKERS = ("worker-1", "worker-2")
# Both workers take as much as this at once: so many copies reach both.
COPIES = 200


def asked(large: Large, ann: Owner, phone: str, text: str) -> str:
    """A conversation that this text opened."""
    assert large.simulator.send_text(phone, ann.number("sms"), text)["webhook"]["accepted"]
    return str(ann.wait_for_message(text)["id"])


def begin_again(large: Large) -> None:
    """Workers are started in place of the dead ones, whose leases have run out."""
    for name in WORKERS:
        large.launch(name)
    for name in WORKERS:
        large.wait_until_ready(name)
    large.leases_run_out()


def test_f26_workers_that_die_after_the_provider_accepted_send_nothing_again(large, ann):
    pk = asked(large, ann, "+14155552026", "Twenty-six?")
    large.simulator.turn("create_hang", 1, seconds=60)
    reply = ann.answer(pk, "Sent before the crash")
    wait_for(lambda: sent(large)["Sent before the crash"], PATIENCE)
    for name in WORKERS:
        large.kill(name)
    begin_again(large)
    ann.wait_for_delivery(pk, reply["id"], "sent", "delivered")
    assert sent(large)["Sent before the crash"] == 1


def test_f27_a_worker_that_dies_before_it_sends_leaves_it_to_be_sent_once(large, ann):
    pk = asked(large, ann, "+14155552027", "Twenty-seven?")
    for name in WORKERS:
        large.kill(name)
    large.launch("worker-1", ["tests.faults.dying", "worker"])
    large.wait_until_ready("worker-1")
    reply = ann.answer(pk, "Never begun")
    assert large.running["worker-1"].wait(PATIENCE) == DIED
    assert sent(large)["Never begun"] == 0
    begin_again(large)
    ann.wait_for_delivery(pk, reply["id"], "sent", "delivered")
    assert sent(large)["Never begun"] == 1


def dying_web(large: Large) -> str:
    """The address of a web process that dies once it has committed."""
    large.kill("web-1")
    large.launch("web-1", ["tests.faults.dying", "web"])
    large.wait_until_ready("web-1")
    return large.web_url(1)


def test_f28_what_a_web_process_committed_and_told_nobody_is_sent_all_the_same(large, ann):
    pk = asked(large, ann, "+14155552028", "Twenty-eight?")
    call = {
        "json": {"reply": "Told nobody"},
        "headers": {"Authorization": f"Token {ann.token}", "Idempotency-Key": "twenty-eight"},
    }
    path = f"/api/business/messages/{pk}/reply/"
    dying = dying_web(large)
    with pytest.raises(requests.ConnectionError):
        requests.post(dying + path, timeout=PATIENCE, **call)
    wait_for(lambda: sent(large)["Told nobody"], PATIENCE)
    again = requests.post(large.web_url(2) + path, timeout=PATIENCE, **call)
    assert again.status_code == 201
    ann.wait_for_delivery(pk, again.json()["id"], "delivered")
    assert sent(large)["Told nobody"] == 1


def test_f28_a_text_that_was_journalled_and_told_to_nobody_is_filed_all_the_same(large, ann):
    text = text_message(large, ann, "+14155552128", "Journalled and gone")
    dying = dying_web(large)
    with pytest.raises(requests.ConnectionError):
        post_signed(large, dying, text)
    ann.wait_for_message("Journalled and gone")
    assert post_signed(large, large.web_url(2), text) == 200
    assert filed(large)["Journalled and gone"] == 1


def test_f30_a_task_that_both_workers_get_sends_each_text_once(large, ann):
    large.simulator.turn("create_slow", "always", ms=200)
    pks = [asked(large, ann, f"+141555530{n:02}", f"Thirty, {n}?") for n in range(10)]
    with Celery(broker=large.environment["CELERY_BROKER_URL"]) as broker:
        for n, pk in enumerate(pks):
            ann.answer(pk, f"Thirty {n}")
            for _ in range(COPIES // len(pks)):
                broker.send_task("gateway.drain", ("outbox",), task_id="twice", queue="gateway")
    wait_for(lambda: all(sent(large)[f"Thirty {n}"] for n in range(10)), PATIENCE)
    for name in WORKERS:
        log = large.data_dir / f"{name}.log"
        wait_for(lambda log=log: "gateway.drain[twice] succeeded" in log.read_text(), PATIENCE)
    assert [sent(large)[f"Thirty {n}"] for n in range(10)] == [1] * 10


def test_f31_two_clocks_have_one_effect(large, ann):
    kept, old = (asked(large, ann, f"+1415555310{n}", f"Thirty-one, {n}?") for n in range(2))
    for pk, days in ((kept, 29), (old, 31)):
        large.rows(
            "UPDATE gateway_customermessage SET deleted_at = now() - %s * interval '1 day'"
            " WHERE id = %s",
            days,
            pk,
        )
    large.end("clock-1")
    large.launch("clock-1", ["tests.faults.dying", "clock"])
    large.launch("clock-2", ["tests.faults.dying", "clock"])

    def runs() -> int:
        return large.log().count("Task config.purge") // 2  # received and succeeded

    logs = [large.data_dir / f"{name}.log" for name in ("clock-1", "clock-2")]
    wait_for(lambda: all("config.purge" in log.read_text() for log in logs), PATIENCE)
    before = runs()
    wait_for(lambda: runs() >= before + 6, PATIENCE)
    large.end("clock-1", "clock-2")
    there = large.rows(
        "SELECT id::text FROM gateway_customermessage WHERE id::text IN (%s, %s)", kept, old
    )
    assert there == [(kept,)]
    assert "config.purge" not in "".join(
        line for line in large.log().splitlines() if "raised" in line
    )


def test_f37_a_rolling_restart_under_load_loses_and_doubles_nothing(large, ann):
    traffic = Traffic(large, ann)
    with traffic.flowing():
        for name in ("web-1", "web-2", "worker-1", "worker-2"):
            large.end(name)
            large.launch(name)
            large.wait_until_ready(name)
    assert traffic.refused == {}, "Twilio would not post these again"
    assert traffic.unanswered == {}
    traffic.check()
