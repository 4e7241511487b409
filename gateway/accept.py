"""A person says whose an address is: a member's further one, or a customer's."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.addresses import is_email, is_ours, normalize
from gateway.inbound.contacts import has_address
from gateway.links import whole_url
from gateway.models import (
    ContactAddress,
    Direction,
    HeldItem,
    HeldReason,
    MemberAddress,
    Membership,
    MessageReply,
    Role,
)
from gateway.outbound.render_news import mail_of_new_address
from gateway.participants import email_of, name_of, verified_email_of, verify
from gateway.people import member_with

# What is held for these reasons may be settled for all that comes from there.
ACCEPTED_FOR = (HeldReason.UNKNOWN_ADDRESS, HeldReason.WELCOME)
UNDO_LIFE = timedelta(days=30)
_SALT = "gateway.member_address"


class CannotAccept(Exception):
    """This address may not be accepted by this person; the message says why."""


def why_not(item: HeldItem, approver: Membership) -> str:
    """Why this member cannot accept the address of a held mail from now on, or nothing."""
    member, address = item.membership, item.from_address
    if member is None or item.reason not in ACCEPTED_FOR or not approver.may_answer:
        return _("There is no address here that you could accept.")
    if not is_email(address) or is_ours(address):
        return _("It does not come from an address of a mailbox.")
    if not _may_speak_for(approver, member):
        return _(
            "Only the member himself, or an owner of the only business he belongs to, accepts it."
        )
    shown = MemberAddress.objects.filter(
        channel=Channel.EMAIL,
        address=normalize(Channel.EMAIL, address),
        verified_at__isnull=False,
    )
    if shown.exclude(user=member.user_id).exists():
        return _("It is the address of somebody else.")
    if item.message and has_address(item.message.contact, Channel.EMAIL, address):
        return _("It is the address of the customer.")
    return ""


def accept_for_member(item: HeldItem, approver: Membership) -> MemberAddress:
    """From now on the address of this held mail speaks for its member, who is told where he is known.

    In the transaction that settles it. Raises CannotAccept.
    """
    reason = why_not(item, approver)
    if reason or item.membership is None:
        raise CannotAccept(reason)
    user = item.membership.user
    known = verified_email_of(user) or email_of(user)
    address = verify(user, item.from_address)
    if is_email(known):
        by = name_of(approver.user) or _("Somebody")
        tell_of_address(address, known, approver.business.name, by)
    return address


def tell_of_address(address: MemberAddress, known: str, business: str, by: str) -> None:
    """Mails a member, where he is `known`, that a new address speaks for him and how to take that back."""
    enqueue(
        channel=Channel.EMAIL,
        to_address=known,
        rendered=mail_of_new_address(address, business, by, undo_url(address)),
        purpose="notification",
        lane=f"address:{address.user_id}",
        on_doubt=OnDoubt.RESEND,
    )


def undo_url(address: MemberAddress) -> str:
    """Where whoever reads the mail about it takes it back, for a month."""
    signed = signing.dumps(str(address.pk), salt=_SALT)
    return whole_url(reverse("gateway:undo_address", args=[signed]))


def undone_by(signed: str) -> MemberAddress | None:
    """The address that a link takes back, or None when it was forged, is too old or done."""
    try:
        pk = signing.loads(signed, salt=_SALT, max_age=UNDO_LIFE)
    except signing.BadSignature:
        return None
    return MemberAddress.objects.filter(pk=pk).first()


@transaction.atomic
def accept_for_contact(reply: MessageReply) -> ContactAddress:
    """The customer is reached from now on where this mail of his came from, too; all others stay.

    Raises CannotAccept.
    """
    contact, address = reply.message.contact, reply.from_address
    if reply.direction != Direction.INBOUND or reply.channel != Channel.EMAIL:
        raise CannotAccept(_("It is no mail of a customer."))
    if reply.by_partner:
        raise CannotAccept(_("It is the address of somebody on copy."))
    if not is_email(address) or is_ours(address):
        raise CannotAccept(_("It does not come from an address of a mailbox."))
    if member_with(reply.message.business, Channel.EMAIL, address) is not None:
        raise CannotAccept(_("It is the address of one of your people."))
    accepted, _is_new = ContactAddress.objects.get_or_create(
        contact=contact,
        channel=Channel.EMAIL,
        normalized=normalize(Channel.EMAIL, address),
        defaults={
            "business_id": contact.business_id,
            "address": address,
            "last_inbound_at": reply.created_at,
        },
    )
    return accepted


def _may_speak_for(approver: Membership, member: Membership) -> bool:
    """An address is accepted for the person, in all of his businesses: no one of them decides for the others."""
    if approver.business_id != member.business_id:
        return False
    if approver.user_id == member.user_id:
        return True
    others = Membership.objects.filter(user=member.user_id, is_active=True)
    is_only_here = not others.exclude(business=member.business_id).exists()
    return approver.role == Role.OWNER and is_only_here
