"""Many write to the same conversations at once: nobody is turned away, and the counters are right in the end."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, connections, transaction
from django.utils import timezone

from channels_out.adapters.memory import Memory
from channels_out.errors import BadAddress
from channels_out.outbox import drain
from gateway import purge
from gateway.models import CustomerMessage, MessageReply, SearchText
from gateway.states import change, restore, set_status, trash, unarchive
from tests.factories import make_listing, make_message, make_reply
from tests.gateway.post import customer_token, post
from tests.gateway.test_states import counted, recounted

WRITERS = 8
STEPS = 25  # of each
AT_FIRST = 6  # conversations, so that everybody meets everybody

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite writes one transaction after the other"
    ),
]


class Unreliable(Memory):
    """Refuses every third message."""

    async def send(self, outgoing):
        if len(self.accepted) % 3 == 2:
            self.accepted.clear()
            raise BadAddress
        return await super().send(outgoing)


@pytest.fixture(autouse=True)
def unreliable(settings):
    """Nothing leaves this process."""
    adapter = f"{Unreliable.__module__}.{Unreliable.__name__}"
    settings.CHANNEL_ADAPTERS = dict.fromkeys(("email", "sms", "whatsapp"), adapter)


class Writer:
    """Does whatever people and workers do, in an order of its own."""

    def __init__(self, number, members, listings):
        self.dice = random.Random(number)
        self.members, self.listings = members, listings

    def work(self):
        steps = [
            self.file,
            self.write_back,
            self.answer,
            self.archive,
            self.move,
            self.throw_away,
            self.take_back,
            self.purge,
            drain,
        ]
        try:
            for _ in range(STEPS):
                # What was picked may be erased meanwhile.
                with suppress(ObjectDoesNotExist):
                    self.dice.choice(steps)()
        finally:
            connections.close_all()

    def any_message(self):
        return self.dice.choice(list(CustomerMessage.objects.select_related("business")))

    def member_of(self, message):
        return next(each for each in self.members if each.business_id == message.business_id)

    def file(self):
        member = self.dice.choice(self.members)
        make_message(member, listing=self.dice.choice(self.listings[member.business_id]))

    def write_back(self):
        with transaction.atomic():
            locked = CustomerMessage.objects.select_for_update().get(pk=self.any_message().pk)
            token = customer_token(locked)
        post(token)

    def answer(self):
        message = self.any_message()
        make_reply(message, self.member_of(message))

    def archive(self):
        with change(self.any_message().pk) as locked:
            unarchive(locked) if locked.is_archived else set_status(locked, "archived")

    def move(self):
        message = self.any_message()
        with change(message.pk) as locked:
            locked.listing = self.dice.choice(self.listings[message.business_id])

    def throw_away(self):
        trash(self.any_message().pk)

    def take_back(self):
        restore(self.any_message().pk)

    def purge(self):
        """Erases what lies in the trash, as if a month had passed, while at least a few are left."""
        if CustomerMessage.objects.count() > AT_FIRST * 2:
            purge.empty_trash(timezone.now() + purge.TRASH_KEPT + timedelta(seconds=1))


def test_they_never_stop_each_other_and_the_counters_agree_with_a_count(ann, ben, caplog):
    members = (ann, ben)
    listings = {
        member.business_id: [None, *(make_listing(member.business, title) for title in ("A", "B"))]
        for member in members
    }
    for number in range(AT_FIRST):
        make_message(members[number % 2])
    writers = [Writer(number, members, listings) for number in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(writer.work) for writer in writers]:
            done.result()
    assert counted() == recounted() != {}
    assert "one by one" not in caplog.text  # how a recorder goes on after a deadlock
    texts = CustomerMessage.objects.count() + MessageReply.objects.count()
    assert SearchText.objects.count() == texts
