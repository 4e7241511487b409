"""Customers who write and owners who answer, all at once, and what became of every word."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import requests
from twilio.request_validator import RequestValidator

from tests.large import Large
from tests.product import PATIENCE, Owner
from tests.simulator_process import wait_for

INBOUND = "/webhooks/twilio/inbound/"
# How long a busy machine may take for what is normally there in a second, and how often it is looked at. Longer
# than the lease of a send: a claim whose answer the database could not tell waits for its end.
SETTLE_SECONDS = 130.0
LOOK_SECONDS = 0.3
T = TypeVar("T")


def at_the_same_instant(calls: Sequence[Callable[[], T]]) -> list[T]:
    """What the calls return that begin together."""
    barrier = threading.Barrier(len(calls))

    def one(call: Callable[[], T]) -> T:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(one, calls))


def text_message(product: Large, owner: Owner, phone: str, body: str) -> dict[str, str]:
    """The parameters of a text message to the owner as Twilio sends them."""
    sid = f"SM{uuid.uuid4().hex}"
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": product.simulator.account_sid,
        "From": phone,
        "To": owner.number("sms"),
        "Body": body,
        "NumMedia": "0",
    }


def post_signed(product: Large, base: str, params: Mapping[str, str]) -> int:
    """Twilio's webhook to one web process (or the address of all): the status of its answer."""
    validator = RequestValidator(product.simulator.auth_token)
    signature = validator.compute_signature(product.url + INBOUND, dict(params))
    headers = {"X-Twilio-Signature": signature}
    return requests.post(base + INBOUND, data=params, headers=headers, timeout=PATIENCE).status_code


def filed(product: Large) -> Counter[str]:
    """How often each text of a customer is filed."""
    rows = product.rows(
        "SELECT message FROM gateway_customermessage"
        " UNION ALL SELECT reply FROM gateway_messagereply WHERE direction = 'inbound'"
    )
    return Counter(row[0] for row in rows)


def sent(product: Large) -> Counter[str]:
    """How often each text to a customer reached his phone, by its last line."""
    texts = product.simulator.texts()
    return Counter(
        row["body"].rpartition(": ")[2] for row in texts if row["direction"] != "inbound"
    )


def settled(count: Callable[[], Counter[str]], expected: Iterable[str]) -> Counter[str]:
    """The counts of these texts, once each of them is there."""
    texts = set(expected)

    def found() -> Counter[str] | None:
        counts = count()
        time.sleep(LOOK_SECONDS)
        return Counter({text: counts[text] for text in texts}) if texts <= counts.keys() else None

    return wait_for(found, SETTLE_SECONDS)


@dataclass
class Traffic:
    """Customers of one business who write all the time, each answered by the owner all the time."""

    product: Large
    owner: Owner
    # Texts by whether the gateway said that it has them, with Twilio's id.
    accepted: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    # Answers that REST said are on their way, and those that it did not take.
    answered: set[str] = field(default_factory=set)
    unanswered: dict[str, str] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def flowing(self, customers: int = 3, pause: float = 0.5) -> Iterator[None]:
        """Lets it flow while the context lasts; `pause` is seconds between two words of one person."""
        phones = [f"+1415{uuid.uuid4().int % 10**7:07}" for _ in range(customers)]
        opened = [self._open(phone) for phone in phones]
        threads = [
            threading.Thread(target=self._repeat, args=(act, *who, pause))
            for who in zip(phones, opened, strict=True)
            for act in (self._write, self._answer)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def send_again(self) -> None:
        """What Twilio's fallback, or whoever looks after it, does with what was refused."""
        for text, sid in list(self.refused.items()):
            again = self.product.simulator.post("phone/resend", {"sid": sid})
            assert again["webhook"]["accepted"], again
            self.accepted[text] = self.refused.pop(text)

    def answer_again(self) -> None:
        """What a REST client does that got no answer: the same call under the same key."""
        for text, pk in list(self.unanswered.items()):
            made = self._post(pk, text)
            assert made.status_code == 201, made.text
            self.answered.add(text)
            del self.unanswered[text]

    def check(self) -> None:
        """Waits until all that was taken has arrived; each text once, of those that were taken and of the others."""
        assert set(settled(partial(filed, self.product), self.accepted).values()) <= {1}
        assert set(settled(partial(sent, self.product), self.answered).values()) <= {1}
        mine = {*self.refused, *self.accepted}
        assert all(count == 1 for text, count in filed(self.product).items() if text in mine)
        tried = {*self.unanswered, *self.answered}
        assert all(count == 1 for text, count in sent(self.product).items() if text in tried)

    def _open(self, phone: str) -> str:
        text = f"Hello from {phone}"
        self._write_text(phone, text)
        assert text in self.accepted
        return str(self.owner.wait_for_message(text)["id"])

    def _repeat(
        self, act: Callable[[str, str, int], None], phone: str, pk: str, pause: float
    ) -> None:
        number = 0
        while not self._stop.wait(pause):
            number += 1
            act(phone, pk, number)

    def _write(self, phone: str, pk: str, number: int) -> None:
        self._write_text(phone, f"Question {number} of {phone}")

    def _write_text(self, phone: str, text: str) -> None:
        written = self.product.simulator.send_text(phone, self.owner.number("sms"), text)
        taken = self.accepted if written["webhook"]["accepted"] else self.refused
        taken[text] = written["sid"]

    def _answer(self, phone: str, pk: str, number: int) -> None:
        text = f"Answer {number} to {phone}"
        try:
            made = self._post(pk, text)
        except requests.RequestException:
            self.unanswered[text] = pk
            return
        if made.status_code == 201:
            self.answered.add(text)
        else:
            assert made.status_code >= 500, made.text
            self.unanswered[text] = pk

    def _post(self, pk: str, text: str) -> requests.Response:
        key = text.replace(" ", "-")
        return requests.post(
            f"{self.owner.url}/api/business/messages/{pk}/reply/",
            json={"reply": text},
            headers={"Authorization": f"Token {self.owner.token}", "Idempotency-Key": key},
            timeout=PATIENCE,
        )
