"""What the people of a business write for each other beside a conversation; it goes nowhere else."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from gateway.models import CustomerMessage, Membership, Note, SearchText
from gateway.participants import email_of, name_of
from gateway.search.rows import note as make_findable
from gateway.states import inbox_changed


@transaction.atomic
def write_note(message: CustomerMessage, author: Membership, text: str) -> Note:
    """Keeps a note in a conversation; colleagues who look at it see it at once."""
    name = name_of(author.user) or email_of(author.user)
    written = Note.objects.create(
        message=message, author=author.user, author_name=name[:255], text=text
    )
    make_findable(written)
    inbox_changed(message.business_id)
    return written


@transaction.atomic
def delete_note(written: Note) -> None:
    """Takes a note away for good."""
    SearchText.objects.filter(pk=written.pk).delete()
    written.delete()
    inbox_changed(written.message.business_id)


def own_note(user: Any, pk: Any) -> Note | None:
    """A note that this person wrote."""
    return Note.objects.select_related("message").filter(pk=pk, author=user).first()
