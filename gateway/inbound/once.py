"""Takes each inbound message in once, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError, transaction

from gateway.files import stored
from gateway.inbound.messages import InboundFile, Outcome, Received
from gateway.models import Attachment, Receipt

TakeIn = Callable[[list[Attachment]], Received]


def once(key: str, files: tuple[InboundFile, ...], take_in: TakeIn) -> Received:
    """Runs `take_in` in one transaction with a receipt; a second time the receipt answers.

    `take_in` gets the files with their bytes stored, to attach; what it does not attach is gone after.
    Of two at the same instant the second fails on the first one's receipt, and all that it did is undone.
    """
    try:
        return _repeated(key) or _first(key, files, take_in)
    except IntegrityError:
        repeated = _repeated(key)
        if repeated is None:
            raise
        return repeated


def _repeated(key: str) -> Received | None:
    # Nearly always there is none: that is asked for the least that can be asked.
    if not Receipt.objects.filter(key=key).exists():
        return None
    receipt = Receipt.objects.select_related("message", "reply", "held").get(key=key)
    return Received(
        Outcome.DUPLICATE, receipt.outcome, receipt.message, receipt.reply, receipt.held
    )


def _first(key: str, files: tuple[InboundFile, ...], take_in: TakeIn) -> Received:
    with stored(files) as attachments, transaction.atomic():
        received = take_in(attachments)
        Receipt.objects.create(
            key=key,
            outcome=received.outcome,
            detail=received.detail,
            message=received.message,
            reply=received.reply,
            held=received.held,
        )
        return received
