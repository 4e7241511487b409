"""Writes down the words of what was written, in the transaction that files it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from gateway.models import Contact, CustomerMessage, Direction, MessageReply, Note, SearchText
from gateway.search.words import endings_of, keyed, words_of
from gateway.states import lock

Text = CustomerMessage | MessageReply | Note


def note(text: Text) -> None:
    """Makes a text findable, in one insert; in the transaction that files it."""
    row_of(text).save(force_insert=True)


def row_of(text: Text) -> SearchText:
    """The words of a text.

    The customer's name and the subject stand with each text of a conversation, so that a name and a
    word of a later answer find it together; the customer's addresses stand with the first one.
    """
    message = text if isinstance(text, CustomerMessage) else text.message
    about = words_of(message.contact.name, message.sender_name, message.subject, *_own(text))
    return SearchText(
        id=text.pk,
        business_id=message.business_id,
        message_id=message.pk,
        words=keyed(message.business_id, [*about, *_endings(text)]),
    )


def renamed(contact: Contact) -> None:
    """Writes the words of a contact's conversations again, after his name or his number was put right."""
    with transaction.atomic():
        conversations = lock(contact.messages.values_list("pk", flat=True))
        SearchText.objects.filter(message__in=conversations).delete()
        replies = MessageReply.objects.filter(message__in=conversations)
        notes = Note.objects.filter(message__in=conversations)
        write(conversations)
        write(replies.select_related("message__contact"))
        write(notes.select_related("message__contact"))


def write(texts: Iterable[Text]) -> None:
    """As `note`, for many, of which some may be findable already."""
    SearchText.objects.bulk_create(map(row_of, texts), ignore_conflicts=True)


def _own(text: Text) -> list[str]:
    if isinstance(text, Note):
        return [text.text]
    if isinstance(text, MessageReply):
        # The same away text stands in very many conversations: it finds none of them.
        is_away = text.is_automatic and text.direction == Direction.OUTBOUND
        return [] if is_away else [text.reply]
    return [text.sender_email, text.sender_phone, text.message]


def _endings(text: Text) -> list[str]:
    return endings_of(text.sender_phone) if isinstance(text, CustomerMessage) else []
