"""Questions whose SQL is made once, and that are asked with other values each time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DataError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Cast
from django.utils import timezone

from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import enqueue, rows
from channels_out.outgoing import Rendered
from channels_out.questions import Question, ask

DUE = Question(
    lambda ids, now: (
        Delivery.objects.filter(Among("pk", ids), due_at__lte=now)
        .order_by("to_address")
        .values_list("to_address", "id", "due_at")
    ),
    [UUID(int=1)],
    datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.fixture
def mails(db) -> list[Delivery]:
    return [
        enqueue(channel=Channel.EMAIL, to_address=f"{name}@x.example", rendered=Rendered(text="Hi"))
        for name in ("ann", "maya", "tom")
    ]


def test_each_asking_is_answered_by_its_own_values(mails):
    ann, maya, _ = mails
    now = timezone.now()
    assert DUE.ask([ann.pk, maya.pk], now).rows() == [
        (each.to_address, each.pk, each.due_at) for each in (ann, maya)
    ]
    assert DUE.ask([maya.pk], now).rows() == [(maya.to_address, maya.pk, maya.due_at)]
    assert DUE.ask([maya.pk], now - timedelta(days=1)).rows() == []
    assert DUE.ask([uuid4()], now).rows() == []


def test_an_empty_list_finds_nothing(mails):
    assert DUE.ask([], timezone.now()).rows() == []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite is asked anew each time")
def test_a_value_that_could_not_be_put_into_the_sql_is_refused(mails):
    by_name = Question(
        lambda names: Delivery.objects.filter(to_address__in=names).values_list("pk"), ["ann"]
    )
    with pytest.raises(ValueError, match="Each sample must reach the SQL"):
        by_name.ask(["maya@x.example"])


def test_no_more_are_found_than_are_asked_for(mails):
    ids, now = [each.pk for each in mails], timezone.now()
    found = [
        [address for address, _, _ in DUE.ask(ids, now, limit=limit).rows()] for limit in range(4)
    ]
    assert found == [[], ["ann@x.example"], ["ann@x.example", "maya@x.example"], found[-1]]
    assert len(found[-1]) == 3


def test_what_is_asked_together_with_writes_sees_those_before_it(mails):
    ids = [each.pk for each in mails]
    with transaction.atomic(), rows.together():
        before = ask(Delivery.objects.filter(reason="It waits.").order_by().values_list("pk"))
        rows.update(Delivery, {"id": ids, "reason": "It waits."})
        after = ask(Delivery.objects.filter(reason="It waits.").order_by().values_list("pk"))
    assert (before.column(), after.column()) == (set(), set(ids))


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite takes any text for a number")
def test_an_error_is_django_s_own_and_undoes_what_was_written_with_it(mails):
    wrong = Cast(Value("no number"), Delivery._meta.get_field("attempts"))

    @transaction.atomic
    def write():
        with rows.together():
            rows.update(Delivery, {"id": [each.pk for each in mails], "reason": "It waits."})
            ask(Delivery.objects.filter(attempts=wrong).values_list("pk"))

    with pytest.raises(DataError):
        write()
    assert not Delivery.objects.exclude(reason="").exists()


def test_of_a_sender_is_indexed_what_waits_for_it(db):
    with connection.cursor() as cursor:
        indexes = connection.introspection.get_constraints(cursor, Delivery._meta.db_table)
    by_sender = {
        name
        for name, each in indexes.items()
        if each["index"] and each["columns"][:1] == ["sender_id"]
    }
    assert by_sender == {"delivery_sender_queued"}
