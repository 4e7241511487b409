"""The customer's form behind his signed link: what he writes next, filed exactly once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from gateway.dashboard.fields import TextField, WrittenForm
from gateway.inbound.messages import InboundFollowUp, Outcome, Received
from gateway.inbound.receive import receive
from gateway.models import Participant
from gateway.text import LONGEST_TEXT


class SentBefore(Exception):
    """This very form was sent before, with another text or other files."""


class FollowUpForm(WrittenForm):
    """What a customer writes next."""

    text = TextField(max_length=LONGEST_TEXT)


@dataclass(frozen=True)
class FollowUp:
    """The form as it is shown: empty, or with what was typed and why it was not taken."""

    form_id: uuid.UUID = field(default_factory=uuid.uuid4)
    text: str = ""
    problems: tuple[str, ...] = ()


def again(form: FollowUpForm, *problems: str, fresh: bool = False) -> FollowUp:
    """A form that was refused. Its id goes on, unless it was used up by another text."""
    sent = None if fresh else form.cleaned_data.get("form_id")
    if form.files:
        problems = (*problems, _("Choose your files again: a browser does not keep them."))
    return FollowUp(sent or uuid.uuid4(), form.data.get("text", ""), problems)


def write(form: FollowUpForm, participant: Participant) -> Received:
    """Files a valid form once; sent again it changes nothing. Raises SentBefore."""
    written = InboundFollowUp(
        key=str(form.cleaned_data["form_id"]),
        message=participant.message,
        text=form.cleaned_data["text"],
        files=form.inbound_files(),
    )
    (received,) = receive(written)
    if received.outcome == Outcome.DUPLICATE and not _is_the_same(received, written):
        raise SentBefore
    return received


def _is_the_same(received: Received, written: InboundFollowUp) -> bool:
    if received.reply is not None:
        text, attachments = received.reply.reply, received.reply.attachments
    elif received.message is not None:
        text, attachments = received.message.message, received.message.attachments
    else:
        return True  # erased since
    sent = sorted((file.name, len(file.content)) for file in written.files)
    return text == written.text and sent == sorted(attachments.values_list("name", "size"))
