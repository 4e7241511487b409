"""The commands `seed` and `worker`, and the loop that works what is due."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import time

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from knox.auth import TokenAuthentication

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway import worker
from gateway.models import Business, DedicatedSender, Listing, MemberAddress, Membership
from gateway.participants import is_verified
from tests.factories import make_user

OWNER = "ann@bikes.example"


def seed(owner=OWNER, *options):
    """What `seed` prints."""
    out = io.StringIO()
    call_command("seed", f"--owner={owner}", "--password=correct-horse", *options, stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.django_db
class TestSeed:
    def test_it_prints_the_owner_his_numbers_and_listings(self):
        made = seed(
            OWNER,
            "--slug=anns-bikes",
            "--sms=+14155550101",
            "--whatsapp=+1 415 555 0102",
            "--shared-sms=+14155550103",
            "--listing=Blue bike",
            "--listing=Red bike",
        )
        user = get_user_model().objects.get(email=OWNER)
        assert made["owner"] | {"token": ""} == {
            "id": str(user.pk),
            "email": OWNER,
            "token": "",
            "public_address": "anns-bikes@reply.gateway.test",
        }
        assert [(row["channel"], row["address"]) for row in made["numbers"]] == [
            ("sms", "+14155550101"),
            ("whatsapp", "+14155550102"),
            ("sms", "+14155550103"),
        ]
        assert [row["title"] for row in made["listings"]] == ["Blue bike", "Red bike"]
        for row in made["numbers"]:
            assert Sender.objects.filter(pk=row["id"]).exists()

    def test_the_owner_can_sign_in_answer_by_mail_and_call_the_api(self):
        made = seed()
        user = get_user_model().objects.get(email=OWNER)
        assert user.check_password("correct-horse")
        assert is_verified(user.pk, Channel.EMAIL, OWNER)
        authenticated = TokenAuthentication().authenticate_credentials(
            made["owner"]["token"].encode()
        )
        assert authenticated[0] == user

    def test_it_may_be_repeated(self):
        options = ("--sms=+14155550101", "--shared-sms=+14155550103", "--listing=Blue bike")
        first, second = seed(OWNER, *options), seed(OWNER.upper(), *options)
        assert first["owner"].pop("token") != second["owner"].pop("token")
        assert first == second
        counts = [
            model.objects.count()
            for model in (get_user_model(), Business, Membership, Listing, Sender)
        ]
        assert counts == [1, 1, 1, 1, 2]

    def test_a_shared_number_serves_all_and_a_dedicated_one_its_own_business(self):
        seed(OWNER, "--sms=+14155550101", "--shared-sms=+14155550103")
        seed("ben@flats.example", "--shared-sms=+14155550103")
        assert Sender.objects.get(address="+14155550103").is_shared
        dedication = DedicatedSender.objects.get()
        assert dedication.business.public_address == "ann@reply.gateway.test"

    def test_an_address_that_was_not_verified_becomes_so(self):
        user = make_user(OWNER)
        MemberAddress.objects.create(user=user, address=OWNER)
        seed()
        assert is_verified(user.pk, Channel.EMAIL, OWNER)

    def test_a_slug_comes_from_the_address(self):
        made = seed("Ann.Lee_Bikes+shop@home.example")
        assert made["owner"]["public_address"] == "ann-lee-bikes-shop@reply.gateway.test"

    def test_two_listings_of_one_title_do_no_harm(self):
        seed()
        for _ in range(2):
            Listing.objects.create(business=Business.objects.get(), title="Blue bike")
        assert len(seed(OWNER, "--listing=Blue bike")["listings"]) == 1

    @pytest.mark.parametrize(
        ("owner", "option", "error"),
        [
            ("not-an-address", "", "is not an email address; write one such as"),
            (OWNER, "--sms=5550101", "write it with country code"),
            (OWNER, "--slug=Ann's Bikes", "Lower-case letters, digits and hyphens"),
            ("ben@flats.example", "--slug=taken", "choose another slug"),
            ("ben@flats.example", "--sms=+14155550101", "already serves another business"),
            ("ben@flats.example", "--shared-sms=+14155550101", "already dedicated"),
            ("ben@flats.example", "--sms=+14155550103", "already serves another business"),
        ],
    )
    def test_what_does_not_fit_is_refused_with_the_way_out_and_leaves_nothing(
        self, owner, option, error
    ):
        seed("cleo@cafe.example", "--slug=taken", "--sms=+14155550101", "--shared-sms=+14155550103")
        before = get_user_model().objects.count(), Business.objects.count()
        with pytest.raises(CommandError, match=error):
            seed(owner, *filter(None, [option]))
        assert (get_user_model().objects.count(), Business.objects.count()) == before

    def test_a_host_with_listings_of_its_own_is_told_so(self, settings):
        settings.GATEWAY_LISTING_MODEL = "shop.Article"
        with pytest.raises(CommandError, match=r"kept as shop\.Article"):
            seed(OWNER, "--listing=Blue bike")


@pytest.fixture
def drains(monkeypatch):
    """The registered drains, to be replaced by a test's own."""
    mine = {}
    monkeypatch.setattr(worker, "WORK", mine)
    return mine


def run_until(condition, within=5.0):
    """Runs the loop until the condition holds; whether it did in time."""
    stop = worker.Stop()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + within
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.asked = True
    thread.join(within)
    assert not thread.is_alive()
    return condition()


@pytest.fixture(params=[signal.SIGTERM, signal.SIGINT])
def stop_signal(request):
    """A signal that tells the worker to stop; whoever hears it now hears it again afterwards."""
    before = signal.getsignal(request.param)
    yield request.param
    signal.signal(request.param, before)


class TestWorker:
    def test_the_product_registers_the_outbox_and_the_journal(self):
        assert {"outbox", "doubts"} <= set(worker.WORK)

    @pytest.mark.django_db
    def test_a_drain_that_fails_is_told_and_does_not_stop_the_others(self, drains, caplog):
        worked = []

        def fails():
            raise RuntimeError("no provider")

        worker.register("broken", fails)
        worker.register("sound", lambda: worked.append(1) or 0)
        assert run_until(lambda: len(worked) >= 2 and "broken" in caplog.text)
        assert "no provider" in caplog.text

    @pytest.mark.django_db
    def test_a_slow_drain_holds_up_no_other(self, drains):
        worked, go_on = [], threading.Event()

        def three_were_quick():
            if len(worked) > 2:
                go_on.set()
            return go_on.is_set()

        worker.register("slow", lambda: go_on.wait(5) and 0)
        worker.register("quick", lambda: worked.append(1) or 0)
        assert run_until(three_were_quick)

    @pytest.mark.django_db
    def test_once_works_until_nothing_is_due(self, drains):
        left = [3, 2, 1, 0, 0]
        worker.register("counting", lambda: left.pop(0))
        call_command("worker", "--once")
        assert left == [0]

    @pytest.mark.django_db
    def test_a_signal_ends_an_idle_worker_within_a_second(self, drains, stop_signal):
        told = []

        def tells():
            if not told:
                told.append(time.monotonic())
                os.kill(os.getpid(), stop_signal)
            return 0

        worker.register("telling", tells)
        worker.register("idle", lambda: 0)
        call_command("worker")
        assert time.monotonic() - told[0] < 1

    @pytest.mark.django_db
    def test_what_is_being_worked_is_finished_before_it_ends(self, drains, stop_signal):
        finished = []

        def works():
            os.kill(os.getpid(), stop_signal)
            time.sleep(0.3)
            finished.append(1)
            return 1

        worker.register("working", works)
        call_command("worker")
        assert finished == [1]
