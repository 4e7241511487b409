"""The canned answers of a business: kept under a name, filled in where they are used."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower

from gateway.models import Business, CannedAnswer, CustomerMessage, Membership
from gateway.models.canned import PLACE
from gateway.participants import name_of

# What a new business begins with.
FIRST = {"Available": "Yes, it is still available.", "Sold": "Sorry, it is sold."}


def answers_of(businesses: Iterable[uuid.UUID]) -> QuerySet[CannedAnswer]:
    """The canned answers of these businesses, by name."""
    answers = CannedAnswer.objects.filter(business__in=businesses)
    return answers.order_by(Lower("name"), "id")


def begin(business: Business) -> None:
    """Gives a business that was just made its first answers."""
    for name, text in FIRST.items():
        keep(CannedAnswer(business=business, name=name, text=text, in_mails=True))


def keep(answer: CannedAnswer) -> None:
    """Stores a new or changed answer. Raises ValidationError, by field."""
    with _changing(answer.business_id):
        answer.full_clean()
        answer.save()


def delete_answer(answer: CannedAnswer) -> None:
    """Takes one away; its buttons in mails say so from then on."""
    with _changing(answer.business_id):
        answer.delete()


def filled(text: str, message: CustomerMessage, author: Membership) -> str:
    """The text of an answer for this customer and this listing, in a member's name.

    A placeholder for which nothing is known goes with the blank before it: `Hello {name},` is `Hello,`.
    """
    called = (message.sender_name or message.contact.name).split()
    values = {
        "name": called[0] if called else "",
        "listing": str(message.listing_snapshot.get("title", "")),
        "me": name_of(author.user),
    }

    def put(found: re.Match[str]) -> str:
        blank, word = found.groups()
        if word not in values:
            return found[0]
        return blank + values[word] if values[word] else ""

    return PLACE.sub(put, text).lstrip()


@contextmanager
def _changing(business_id: uuid.UUID) -> Iterator[None]:
    """One change of a business's answers at a time, so that what is asked of them all is so.

    The business keeps a copy of its buttons: it is read anyway wherever a message is filed.
    """
    businesses = Business.objects.filter(pk=business_id)
    with transaction.atomic():
        businesses.select_for_update(no_key=True).get()
        yield
        buttons = CannedAnswer.objects.filter(business=business_id, in_mails=True).order_by("id")
        copy = [{"label": each.name, "text": each.text} for each in buttons]
        businesses.update(quick_answers=copy)
