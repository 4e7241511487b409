"""One kind of work in one process: never twice at once, and nothing that was asked for meanwhile is forgotten."""

from __future__ import annotations

import threading
import time

import pytest

from gateway import worker
from tests.simulator_process import wait_for

# A worker gives its connection back before each batch, which an open transaction would not survive.
pytestmark = pytest.mark.django_db(transaction=True)


class Basket:
    """Work that waits: each batch takes one piece, as long as the test lets it."""

    def __init__(self) -> None:
        self.waiting = 0
        self.done = 0
        self.at_once = self.most_at_once = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self.lock = threading.Lock()

    def batch(self) -> int:
        with self.lock:
            taken = min(self.waiting, 1)
            self.waiting -= taken
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.go_on.wait(10)
        with self.lock:
            self.at_once -= 1
            self.done += taken
        return taken

    def put(self, pieces: int = 1) -> None:
        with self.lock:
            self.waiting += pieces


@pytest.fixture
def basket():
    return Basket()


@pytest.fixture
def work(basket):
    return worker.Work("basket", basket.batch)


def test_it_works_until_nothing_is_left(basket, work):
    basket.put(3)
    assert work.drain(worker.Stop()) == 3


def test_a_second_call_leaves_the_work_to_the_first_which_looks_again(basket, work):
    basket.go_on.clear()
    first = threading.Thread(target=work.drain, args=(worker.Stop(),))
    first.start()
    wait_for(lambda: basket.at_once)
    basket.put()
    assert work.drain(worker.Stop()) == 0
    basket.go_on.set()
    first.join(10)
    assert (basket.done, basket.most_at_once) == (1, 1)


def test_whoever_calls_after_putting_something_down_never_leaves_it_lying(basket, work):
    def put_and_call():
        for _ in range(200):
            basket.put()
            work.drain(worker.Stop())

    threads = [threading.Thread(target=put_and_call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (basket.done, basket.waiting, basket.most_at_once) == (800, 0, 1)


def test_it_begins_nothing_new_once_it_is_told_to_stop(basket, work):
    basket.put(5)
    stop = worker.Stop(asked=True)
    assert work.drain(stop) == 0
    assert basket.waiting == 5


def test_the_loop_that_looks_rarely_still_ends_at_once(basket, monkeypatch):
    monkeypatch.setattr(worker, "WORK", {})
    worker.register("basket", basket.batch)
    stop = worker.Stop()
    loop = threading.Thread(target=worker.run, args=(stop, 60.0))
    loop.start()
    asked = time.monotonic()
    stop.asked = True
    loop.join(10)
    assert time.monotonic() - asked < 5


def test_a_batch_can_ask_whether_its_worker_is_told_to_end(monkeypatch):
    stop, asked = worker.Stop(), []

    def batch() -> int:
        asked.append(worker.is_stopping())
        stop.asked = True
        asked.append(worker.is_stopping())
        return 1

    thread = threading.Thread(target=worker.Work("asking", batch).drain, args=(stop,))
    thread.start()
    thread.join(10)
    assert asked == [False, True]
    assert not worker.is_stopping()


def test_a_batch_that_takes_long_goes_on_neither_when_told_to_end_nor_by_a_wrong_clock(monkeypatch):
    stop, answers = worker.Stop(), []

    def batch() -> int:
        answers.append(worker.goes_on())
        monkeypatch.setattr(worker.CLOCK, "is_right", lambda: False)
        answers.append(worker.goes_on())
        monkeypatch.setattr(worker.CLOCK, "is_right", lambda: True)
        stop.asked = True
        answers.append(worker.goes_on())
        return 0

    worker.Work("long", batch).drain(stop)
    assert answers == [True, False, False]
    assert worker.goes_on()
