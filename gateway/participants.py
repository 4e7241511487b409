"""The sides of a conversation: who they are and their tokens."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from gateway.addresses import normalize
from gateway.models import (
    Contact,
    CustomerMessage,
    EndedAddress,
    MemberAddress,
    Membership,
    MessageReply,
    Participant,
)
from gateway.models.base import new_id
from gateway.tokens import Purpose, derive, hash_of, message_id, reply_address


def customer_of(message: CustomerMessage) -> Participant:
    """The customer's side of a conversation."""
    return _participant(message, contact_id=message.contact_id)


def member_of(message: CustomerMessage, membership: Membership) -> Participant:
    """One member's side of a conversation."""
    return _participant(message, membership_id=membership.pk)


def where_now(participant: Participant) -> Participant:
    """His side of the conversation that his own was joined to; himself where it stands by itself."""
    joined = participant.message.merged_into
    if joined is None:
        return participant
    return (
        member_of(joined, participant.membership) if participant.membership else customer_of(joined)
    )


def begin(message: CustomerMessage, members: list[Membership]) -> list[Participant]:
    """Makes the sides of a conversation that was just made, the customer's and these members', in one insert.

    Gives the members' in their order. In the transaction that made the conversation.
    """
    customer = _new(message, contact_id=message.contact_id)
    sides = [_new(message, membership=member) for member in members]
    Participant.objects.bulk_create([customer, *sides])
    return sides


def members_of(message: CustomerMessage, members: list[Membership]) -> list[Participant]:
    """These members' sides of a conversation that the caller has locked, in their order."""
    known = Participant.objects.filter(message=message, membership__in=members)
    sides = {side.membership_id: side for side in known}
    missing = [_new(message, membership=each) for each in members if each.pk not in sides]
    Participant.objects.bulk_create(missing)
    sides |= {side.membership_id: side for side in missing}
    for member in members:
        sides[member.pk].membership = member
    return [sides[member.pk] for member in members]


def reply_address_of(participant: Participant, channel: str = "") -> str:
    """Where this participant's answers go; with a `channel`, those that shall go out by it."""
    return reply_address(participant.pk, participant.generation, channel)


def message_id_of(participant: Participant) -> str:
    """A fresh Message-ID for a mail to this participant."""
    return message_id(participant.pk, participant.generation)


def read_token_of(participant: Participant) -> str:
    """The token of this participant's signed link."""
    return derive(Purpose.READ, participant.pk, participant.generation)


def find_by_read_token(token: str) -> Participant | None:
    """The customer whose signed link this is.

    Where his conversation was joined to another one of his, it opens that; to somebody else's, nothing:
    what that person wrote is not for his eyes.
    """
    participants = Participant.objects.select_related("message__business", "message__contact")
    found = participants.filter(read_hash=hash_of(token), contact__isnull=False).first()
    if found is None or not found.message.merged_into_id:
        return found
    now = participants.get(pk=where_now(found).pk)
    return now if now.contact_id == found.contact_id else found


def revoke(participant: Participant) -> None:
    """Ends every address, link and Message-ID that this participant was given.

    A member's old address is remembered as one; a customer's is as if it had never been.
    """
    with transaction.atomic():
        if participant.membership_id:
            remember([participant])
        participant.generation += 1
        _hash(participant)
        participant.save(update_fields=["generation", "reply_hash", "read_hash"])


def remember(ended: Iterable[Participant]) -> None:
    """Keeps of reply addresses, read with their conversations, that they were ours; before they end."""
    addresses = [
        EndedAddress(
            reply_hash=each.reply_hash,
            business_id=each.message.business_id,
            is_members=each.membership_id is not None,
        )
        for each in ended
    ]
    EndedAddress.objects.bulk_create(addresses, ignore_conflicts=True)


def email_of(user: Any) -> str:
    """A user's email address, whatever the host's user model calls the field."""
    return str(getattr(user, user.get_email_field_name(), "") or "")


def verified_email_of(user: Any) -> str:
    """An email address that the person has shown to be his own, if he can the user's own; or nothing.

    None to which our mail comes back.
    """
    shown = MemberAddress.objects.filter(
        user=user, channel=Channel.EMAIL, verified_at__isnull=False, bounced_at=None
    )
    addresses = list(shown.order_by("verified_at").values_list("address", flat=True))
    own = normalize(Channel.EMAIL, email_of(user))
    return own if own in addresses else next(iter(addresses), "")


def name_of(user: Any) -> str:
    """A user's name for customers to read, or nothing: never anything of his private address."""
    return str(user.get_full_name()) if hasattr(user, "get_full_name") else ""


def is_verified(user_id: Any, channel: str, address: str) -> bool:
    """Whether the person has shown that this address is his own."""
    addresses = MemberAddress.objects.filter(
        user_id=user_id, channel=channel, address=normalize(channel, address)
    )
    return addresses.filter(verified_at__isnull=False).exists()


def verify(user: Any, address: str) -> MemberAddress:
    """From now on mail from this address may speak for the person."""
    verified, _ = MemberAddress.objects.update_or_create(
        user=user,
        channel=Channel.EMAIL,
        address=normalize(Channel.EMAIL, address),
        defaults={"verified_at": timezone.now()},
    )
    return verified


def _participant(message: CustomerMessage, **side: uuid.UUID) -> Participant:
    new = _new(message, **side)
    hashes = {"reply_hash": new.reply_hash, "read_hash": new.read_hash}
    found, _ = Participant.objects.get_or_create(
        message=message, **side, defaults={"id": new.id, **hashes}
    )
    return found


def _new(message: CustomerMessage, **side: Any) -> Participant:
    participant = Participant(id=new_id(), message=message, **side)
    _hash(participant)
    return participant


def _hash(participant: Participant) -> None:
    purposes: Iterable[tuple[str, Purpose]] = (
        ("reply_hash", Purpose.REPLY),
        ("read_hash", Purpose.READ),
    )
    for column, purpose in purposes:
        setattr(
            participant, column, hash_of(derive(purpose, participant.pk, participant.generation))
        )


def writer_name(message: CustomerMessage, reply: MessageReply | None) -> str:
    """What to call who wrote one message to the business: the customer, or somebody on copy."""
    if reply is not None and reply.by_partner:
        return _("%(name)s (on copy)") % {"name": reply.sender_name}
    return contact_name(message.contact, message)


def contact_name(contact: Contact, message: CustomerMessage) -> str:
    """What to call the customer."""
    return (
        message.sender_name
        or contact.name
        or message.sender_email
        or message.sender_phone
        or _("Customer")
    )
