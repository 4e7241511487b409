"""A large gateway in a minute or two: PostgreSQL makes the rows itself, the same ones every time.

Not for SQLite, and only for a database of its own: indexes are dropped and built again meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from gateway.models import Business, Listing, Membership
from tests.benchmarks import million_sql as sql

LISTINGS = 20  # of each business
TABLES = (
    "gateway_contact",
    "gateway_contactaddress",
    "gateway_customermessage",
    "gateway_messagereply",
    "gateway_participant",
    "gateway_searchtext",
    "gateway_unreadcounter",
    "gateway_dispatch",
    "channels_out_delivery",
)


@dataclass(frozen=True)
class Filled:
    """The business that owns a fifth of all conversations, and its owner."""

    business: Business
    owner: Any


def fill(connection: Any, messages: int, businesses: int) -> Filled:
    """Fills an empty, migrated database with so many conversations of so many businesses (two or more).

    Three of five hold an answer, some of which failed. Words to search for stand in `million_sql`.
    """
    with transaction.atomic():
        members = [_member(number) for number in range(businesses)]
    with connection.cursor() as cursor:
        cursor.execute(sql.SETTINGS)
        _plan(cursor, members)
        indexes = _drop_indexes(cursor)
        for statement in sql.ROWS:
            cursor.execute(statement, {"messages": messages, "businesses": businesses})
        for index in indexes:
            cursor.execute(index)
        cursor.execute(sql.RESET)
        cursor.execute("VACUUM ANALYZE")
    return Filled(members[0].business, members[0].user)


def _member(number: int) -> Membership:
    email = f"owner{number}@million.example"
    business = Business.objects.create(name=f"Shop {number}", slug=f"million-{number}")
    owner = get_user_model().objects.create(email=email)
    Listing.objects.bulk_create(
        Listing(business=business, title=f"Listing {position}") for position in range(LISTINGS)
    )
    return Membership.objects.create(business=business, user=owner)


def _plan(cursor: Any, members: list[Membership]) -> None:
    cursor.execute(
        "CREATE TEMP TABLE plan_member (number int PRIMARY KEY, business uuid, member uuid, owner uuid, listings uuid[])"
    )
    for number, member in enumerate(members):
        listings = Listing.objects.filter(business=member.business).values_list("pk", flat=True)
        cursor.execute(
            "INSERT INTO plan_member VALUES (%s, %s, %s, %s, %s)",
            [number, member.business_id, member.pk, member.user_id, list(listings)],
        )


def _drop_indexes(cursor: Any) -> list[str]:
    """Drops what no constraint needs; returns what makes it again."""
    cursor.execute(
        "SELECT format('DROP INDEX %%I', indexname), indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexname::regclass)"
        # Those that keep a row from coming twice stay as well.
        " AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
        [list(TABLES)],
    )
    found = cursor.fetchall()
    for drop, _ in found:
        cursor.execute(drop)
    return [make for _, make in found]
