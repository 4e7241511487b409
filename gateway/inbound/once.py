"""Takes each inbound message in once, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from gateway.files import stored
from gateway.inbound.messages import InboundFile, Outcome, Received
from gateway.models import Attachment, Receipt

TakeIn = Callable[[list[Attachment]], Received]


def once(key: str, files: tuple[InboundFile, ...], take_in: TakeIn) -> Received:
    """Runs `take_in` in one transaction with a receipt; a second time the receipt answers.

    `take_in` gets the files with their bytes stored, to attach; what it does not attach is gone after.
    """
    with stored(files) as attachments, transaction.atomic():
        receipts = Receipt.objects.select_related("message", "reply", "held")
        receipt, fresh = receipts.get_or_create(key=key)
        if not fresh:
            return _repeated(receipt)
        received = take_in(attachments)
        _remember(receipt, received)
        return received


def _repeated(receipt: Receipt) -> Received:
    return Received(
        Outcome.DUPLICATE, receipt.outcome, receipt.message, receipt.reply, receipt.held
    )


def _remember(receipt: Receipt, received: Received) -> None:
    receipt.outcome, receipt.detail = received.outcome, received.detail
    receipt.message, receipt.reply = received.message, received.reply
    receipt.held = received.held
    receipt.save()
