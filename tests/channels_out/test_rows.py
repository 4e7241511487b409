"""Many rows in one statement."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.models import Delivery, DeliveryAttempt
from channels_out.outbox import enqueue, rows
from channels_out.outgoing import Rendered
from channels_out.state import State


@pytest.fixture
def deliveries(db) -> list[Delivery]:
    made = [
        enqueue(channel=Channel.EMAIL, to_address="maya@x.example", rendered=Rendered(text="Hi"))
        for _ in range(3)
    ]
    return list(Delivery.objects.filter(pk__in=[each.pk for each in made]).order_by("pk"))


def test_words_that_were_read_and_states_that_were_set_are_written_alike(deliveries):
    first, second, third = deliveries
    second.state, second.due_at = State.FAILED, None
    third.reason = "It waits."
    rows.save(deliveries, ["state", "due_at", "reason"])
    written = Delivery.objects.order_by("pk").values_list("state", "due_at", "reason")
    assert list(written) == [
        ("queued", first.due_at, ""),
        ("failed", None, ""),
        ("queued", third.due_at, "It waits."),
    ]


def test_words_are_written_as_they_are_and_found_again(deliveries):
    words = ['a "quoted" {word}, and a comma', 'back\\slash \\" NULL', "NULL"]
    for delivery, word in zip(deliveries, words, strict=True):
        delivery.provider_id = word
    rows.save(deliveries, ["provider_id"])
    written = Delivery.objects.order_by("pk").values_list("provider_id", flat=True)
    assert list(written) == words
    assert Delivery.objects.filter(Among("provider_id", words)).count() == 3


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite knows no lengths")
def test_what_is_too_long_is_refused_and_not_cut(deliveries):
    deliveries[0].error_code = "9" * 33
    with pytest.raises(DataError), transaction.atomic():
        rows.save(deliveries, ["error_code"])


def test_what_is_written_together_is_there_at_the_end(deliveries):
    keys = {"id": [each.pk for each in deliveries]}
    with transaction.atomic(), rows.together():
        rows.lock(Delivery, keys["id"])
        rows.update(Delivery, {**keys, "reason": "It waits."})
        rows.update(Delivery, {**keys, "next_step": "Wait."})
    written = Delivery.objects.values_list("reason", "next_step")
    assert list(written) == [("It waits.", "Wait.")] * 3


def test_an_error_of_what_is_written_together_is_django_s_own_and_undoes_all(deliveries):
    keys = {"id": [each.pk for each in deliveries]}

    @transaction.atomic
    def write():
        with rows.together():
            rows.update(Delivery, {**keys, "reason": "It waits."})
            rows.update(Delivery, {**keys, "state": "nowhere"})

    with pytest.raises(IntegrityError):
        write()
    assert not Delivery.objects.exclude(reason="").exists()


def test_indexes_that_another_one_serves_are_gone_and_references_are_still_checked(db):
    with connection.cursor() as cursor:
        of_attempts, of_deliveries = (
            connection.introspection.get_constraints(cursor, model._meta.db_table)
            for model in (DeliveryAttempt, Delivery)
        )
    by_delivery = [each for each in of_attempts.values() if each["columns"] == ["delivery_id"]]
    assert [bool(each["foreign_key"]) for each in by_delivery] == [True]
    by_message_id = {
        name for name, each in of_deliveries.items() if each["columns"] == ["message_id"]
    }
    assert by_message_id == {"delivery_message_id"}
