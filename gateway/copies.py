"""Who is on copy of a conversation: a partner to whom each answer by mail goes as well, for all to see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.statuses import LEFT_OUT, SOFT_BOUNCE
from channels_out.suppression import EMAIL_SCOPE, suppressed
from gateway.addresses import is_ours, normalize, plain_name
from gateway.inbound.contacts import has_address
from gateway.models import Copy, CopySent, CustomerMessage, Membership, MessageReply
from gateway.outbound.render_mail import own_address
from gateway.participants import email_of
from gateway.people import member_with

MOST_COPIES = 5
# By these words nothing more is sent there, until mail comes from it or it is put on copy again.
GONE = ("bounced", "rejected")


class CannotCopy(Exception):
    """This list cannot be kept on copy; the text says why."""


@dataclass(frozen=True)
class Partner:
    """Somebody to be kept on copy: an address in its normal form, and a name where one was given."""

    address: str
    name: str = ""


def partners_in(text: str) -> list[Partner]:
    """Those whom a person typed, parted by commas, semicolons or lines; what is no address stays as it is."""
    written = [each.strip() for each in re.split(r"[,;\n]", text) if each.strip()]
    return [partner_of(each) for each in written]


def partner_of(written: str) -> Partner:
    """One of them: an address, or a name with an address in angle brackets (RFC 5322 section 3.4)."""
    name, address = parseaddr(written)
    address = address if "@" in address else written
    return Partner(normalize(Channel.EMAIL, address), plain_name(name)[:255])


def set_copies(
    message: CustomerMessage, partners: Iterable[Partner], member: Membership | None
) -> None:
    """Makes these, and nobody else, those on copy of a locked conversation. Raises CannotCopy."""
    wanted = {each.address: each for each in partners}
    known = {copy.address: copy for copy in message.copies.all()}
    new = [each for address, each in wanted.items() if address not in known]
    if new and len(wanted) > MOST_COPIES:
        raise CannotCopy(_("At most %(most)s addresses can be on copy.") % {"most": MOST_COPIES})
    for each in new:
        if problem := _why_not(message, each.address):
            raise CannotCopy(problem)
    message.copies.exclude(address__in=wanted).delete()
    Copy.objects.bulk_create(
        Copy(message=message, address=each.address, name=each.name, added_by=member) for each in new
    )


def addresses_on_copy(message: CustomerMessage) -> list[str]:
    """Where an answer by mail goes as well."""
    return [copy.address for copy in message.copies.all() if not copy.problem]


def copy_to(message: CustomerMessage, reply: MessageReply) -> tuple[str, ...]:
    """The addresses that an answer by mail goes to as well; kept with it, in the caller's transaction.

    Without those that have it already from an earlier try.
    """
    going = [copy for copy in message.copies.all() if not copy.problem]
    if not going:
        return ()
    have_it = set(reply.copied.values_list("address", flat=True))
    new = [copy for copy in going if copy.address not in have_it]
    CopySent.objects.bulk_create(
        CopySent(reply=reply, address=copy.address, name=copy.name) for copy in new
    )
    return tuple(copy.address for copy in new)


def partner_at(message: CustomerMessage, address: str) -> Partner | None:
    """Who of those that are on copy, or were of an answer, has this address."""
    same = normalize(Channel.EMAIL, address)
    standing = Copy.objects.filter(message=message, address=same)
    earlier = CopySent.objects.filter(reply__message=message, address=same)
    name = standing.values_list("name", flat=True).first()
    if name is None:
        name = earlier.values_list("name", flat=True).first()
    return None if name is None else Partner(same, name)


def arrives_again(message: CustomerMessage, address: str) -> None:
    """What comes from there shows that mail arrives there again."""
    same = normalize(Channel.EMAIL, address)
    message.copies.filter(address=same, bounced_at__isnull=False).update(bounced_at=None)


def join_copies(source: CustomerMessage, target: CustomerMessage) -> None:
    """Takes those on copy along to the conversation that theirs is joined to, but for its customer."""
    there = set(target.copies.values_list("address", flat=True))
    for copy in source.copies.all():
        if copy.address in there or has_address(target.contact, Channel.EMAIL, copy.address):
            copy.delete()
        else:
            copy.message = target
            copy.save(update_fields=["message"])


def copy_failed(sender: Any, delivery: Delivery, address: str, reason: str, **_: Any) -> None:
    """Receives `copy_failed`, inside the transaction that recorded it. The customer's own mail is not touched."""
    reply = MessageReply.objects.filter(dispatches__delivery=delivery).first()
    if reply is None:
        return
    CopySent.objects.filter(reply=reply, address=address).update(problem=reason)
    if reason in GONE:
        gone = Copy.objects.filter(message=reply.message_id, address=address, bounced_at=None)
        gone.update(bounced_at=timezone.now())


def what_became_of(copied: CopySent) -> str:
    """Why a copy did not arrive or what its reader said of it, as a sentence; nothing while all is well."""
    said = {"address": copied.address}
    words = {
        "bounced": _("The copy to %(address)s came back.") % said,
        "rejected": _("The mail server would not take the copy to %(address)s.") % said,
        "failed": _("The copy to %(address)s did not arrive.") % said,
        SOFT_BOUNCE: _("The copy to %(address)s came back, though the address may be right.")
        % said,
        "complained": _("The copy to %(address)s was reported as spam: it gets no more.") % said,
        "unsubscribed": _("%(address)s wants no more copies and gets none.") % said,
        LEFT_OUT: _("No copy went to %(address)s, which does not want our mail.") % said,
    }
    return words.get(copied.problem, "")


def _why_not(message: CustomerMessage, address: str) -> str:
    said = {"address": address}
    if not _is_address(address):
        return _("“%(address)s” is not an email address.") % said
    if is_ours(address) or address == own_address().lower():
        return _("%(address)s belongs to the message gateway: a copy would come back here.") % said
    if has_address(message.contact, Channel.EMAIL, address):
        return _("%(address)s is the customer's own address: the answer goes there anyway.") % said
    if _is_members(message, address):
        return _("%(address)s belongs to one of your people, who can read it here.") % said
    if suppressed([(str(Channel.EMAIL), EMAIL_SCOPE, address)]):
        return _("%(address)s does not want our mail any more.") % said
    return ""


def _is_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _is_members(message: CustomerMessage, address: str) -> bool:
    """Whether one of the business's people is told there, or has shown that it is his."""
    if member_with(message.business, Channel.EMAIL, address) is not None:
        return True
    people = Membership.objects.filter(business=message.business_id, is_active=True)
    own = (email_of(each.user) for each in people.select_related("user"))
    return address in {normalize(Channel.EMAIL, each) for each in own}
