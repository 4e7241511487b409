"""A member begins a conversation: with somebody who phoned, or came in and asked to be written to."""

from __future__ import annotations

from typing import cast

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateway.inbound.messages import InboundForm
from gateway.inbound.receive import receive
from gateway.models import CustomerMessage, MessageReply
from gateway.outbound.answer import Answer, MayNotAnswer, post_reply


class ConsentSource(models.TextChoices):
    """How a customer agreed to be written to."""

    PHONE = "phone", gettext_lazy("On the phone")
    IN_PERSON = "in_person", gettext_lazy("In person")
    IN_WRITING = "in_writing", gettext_lazy("In writing")


@transaction.atomic
def begin_conversation(taken: InboundForm, text: str, written_via: str) -> MessageReply:
    """Files what a member took down of a customer, and sends the first message to him, by `reply_by`.

    Both or neither. Raises NotReachable when the channel cannot be used, and MayNotAnswer.
    """
    author = taken.taken_by
    if author is None or not author.may_answer:
        raise MayNotAnswer(_("Only a member with the right to answer may write to customers."))
    (received,) = receive(taken)
    message = cast(CustomerMessage, received.message)  # a form always opens a conversation
    return post_reply(
        Answer(
            message_id=message.pk,
            author=author,
            text=text,
            channel=taken.reply_by,
            written_via=written_via,
        )
    )
