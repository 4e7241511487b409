"""The links in a notification that each lead to one button: answer, archive, spam, sold.

A link is a secret: whoever holds it may press the button in the member's name. It names the member's side
of one conversation and one message of it, and ends with his access, when his side is revoked, and by age.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.core import signing
from django.urls import reverse

from gateway.conf import token_key
from gateway.links import whole_url
from gateway.models import CustomerMessage, Membership, Participant
from gateway.participants import email_of, name_of, where_now

# Later the mail is no news any more, and an answer of two words would come too late.
LINK_LIFE = timedelta(days=14)
_SALT = "gateway.action"
_WORD = re.compile(r"<?[^\s<>\"]+>?")
# Also within the address of a mail provider that checks each click, which names ours in its query.
_LINK = re.compile(r"(?:/|%2F)act(?:/|%2F)[\w-]{40}", re.IGNORECASE)


class Do(StrEnum):
    """What the button does."""

    ANSWER = "answer"
    ARCHIVE = "archive"
    SPAM = "spam"
    SOLD = "sold"


class LinkEnded(Exception):
    """A genuine link that does nothing any more; says why."""


@dataclass(frozen=True)
class Asked:
    """What a link asks for, of whom and about which message; `label` names a canned answer."""

    member: Membership
    message: CustomerMessage
    written: uuid.UUID
    do: Do
    label: str = ""

    @property
    def name(self) -> str:
        """In whose name it is done."""
        return name_of(self.member.user) or email_of(self.member.user)


def action_url(side: Participant, written: uuid.UUID, do: Do, label: str = "") -> str:
    """The signed link to one button, for a member's `side` and the message with the id `written`."""
    said = [side.pk.hex, side.generation, written.hex, str(do), label]
    name = signing.dumps(said, key=token_key().hex(), salt=_SALT)
    return whole_url(reverse("gateway:action", args=[name]))


def asked_by(signed: str) -> Asked | None:
    """What a link asks for, with all that its page says; None for one that we never gave out.

    Raises LinkEnded.
    """
    try:
        said = signing.loads(signed, key=token_key().hex(), salt=_SALT, max_age=LINK_LIFE)
    except signing.SignatureExpired as error:
        raise LinkEnded(f"It is older than {LINK_LIFE.days} days.") from error
    except signing.BadSignature:
        return None
    side_id, generation, written, do, label = said
    sides = Participant.objects.select_related(
        "message__merged_into", "membership__user", "membership__business"
    )
    side = sides.filter(pk=uuid.UUID(side_id)).first()
    if side is None or side.membership is None:
        raise LinkEnded("The conversation was deleted.")
    if side.generation != generation:
        raise LinkEnded("The links of this conversation were ended.")
    messages = CustomerMessage.objects.select_related("business", "contact", "listing")
    message = messages.get(pk=where_now(side).message_id)
    asked = Asked(side.membership, message, uuid.UUID(written), Do(do), label)
    if not side.membership.may_answer:
        raise LinkEnded(_why_no_access(asked))
    return asked


def without_action_links(text: str) -> str:
    """A text without these links: what a member quotes must not hand his buttons to a customer."""
    return _WORD.sub(lambda word: "" if _LINK.search(word[0]) else word[0], text)


def _why_no_access(asked: Asked) -> str:
    member = asked.member
    if member.is_active and member.user.is_active:
        return f"{asked.name} may read what customers write to {member.business}, not answer it."
    return f"{asked.name} has no access to {member.business} any more."
