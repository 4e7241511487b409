"""Mails and texts about what waited: several messages of one conversation, or several conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_out.outgoing import Rendered
from gateway.copies import addresses_on_copy
from gateway.links import dashboard_url, unsubscribe_url, whole_url
from gateway.models import CustomerMessage, Membership, MessageReply, Notice
from gateway.outbound.render_mail import answer_subject, destination, fold, from_business
from gateway.outbound.ways import reach_of
from gateway.participants import (
    contact_name,
    email_of,
    member_of,
    name_of,
    reply_address_of,
    writer_name,
)

# What one mail shows whole; what goes beyond is counted and waits in the dashboard.
MOST_MESSAGES = 60
MOST_CHARACTERS = 200_000
_AUTOMATIC = ("Auto-Submitted", "auto-generated")


@dataclass(frozen=True)
class Said:
    """One message of a customer that waited to be told, or for an answer, where it is now."""

    notice: Notice
    message: CustomerMessage
    reply: MessageReply | None

    @classmethod
    def of(cls, notice: Notice) -> Said:
        """A later message may have been moved since; it says itself where it is."""
        reply = notice.reply
        return cls(notice, reply.message if reply else notice.message, reply)

    @property
    def written(self) -> CustomerMessage | MessageReply:
        """The row itself."""
        return self.reply or self.message

    @property
    def at(self) -> datetime:
        """When it was written."""
        return self.written.created_at

    @property
    def writer(self) -> str:
        """What to call who wrote it."""
        return writer_name(self.message, self.reply)

    @property
    def text(self) -> str:
        """Its words."""
        return self.reply.reply if self.reply else self.message.message


@dataclass(frozen=True)
class Waiting:
    """One conversation in a mail about several, and how it is answered from there."""

    customer: str
    subject: str
    about: str
    destination: str
    said: list[Said]
    reply_to: str
    mailto: str
    url: str


def conversations_of(member: Membership, said: list[Said]) -> list[Waiting]:
    """What waits by conversation, the longest waiting first; as many messages as one mail holds whole."""
    by_message: dict[CustomerMessage, list[Said]] = {}
    room = MOST_CHARACTERS
    for each in said[:MOST_MESSAGES]:
        room -= len(each.text)
        if room < 0 and by_message:
            break
        by_message.setdefault(each.message, []).append(each)
    return [_waiting(member, message, those) for message, those in by_message.items()]


def fits(said: list[Said]) -> bool:
    """Whether one mail holds all of it whole."""
    return len(said) <= MOST_MESSAGES and sum(len(each.text) for each in said) <= MOST_CHARACTERS


def mail_of_several(
    member: Membership, waiting: list[Waiting], total: int, *, is_digest: bool
) -> Rendered:
    """One mail about several conversations, of `total` messages in all. A digest can be ended with one click.

    A mail about one customer never can: a thumb on it would cost the business its customers. What it
    is ended with is RFC 8058's one-click, by POST only. Whoever answers it as a whole reads why nobody
    got that, as with all that members write to the public address.
    """
    stop_url = unsubscribe_url(member) if is_digest else ""
    context = {
        "business": member.business,
        "waiting": waiting,
        "total": total,
        "left_out": total - sum(len(each.said) for each in waiting),
        "url": whole_url(reverse("gateway:inbox")),
        "stop_url": stop_url,
        "settings_url": settings_url(member),
    }
    one_click = (
        ("List-Unsubscribe", f"<{stop_url}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    return Rendered(
        text=render_to_string("gateway/mail/several.txt", context),
        html=render_to_string("gateway/mail/several.html", context),
        subject=fold(_count(total, member.business.name)),
        from_header=from_business(member.business),
        reply_to=member.business.public_address,
        headers=(_AUTOMATIC, *(one_click if is_digest else ())),
    )


def mail_of_stop(member: Membership, what: str, *, is_own: bool) -> Rendered:
    """Tells a member, or (not `is_own`) the others of his business, what he is not told by any more."""
    name = name_of(member.user) or email_of(member.user)
    context = {
        "name": "" if is_own else name,
        "what": what,
        "business": member.business.name,
        "url": settings_url(member),
    }
    words = {"business": member.business.name, "name": name}
    told = _("%(business)s: %(name)s is told less from now on")
    own = _("%(business)s: you are told less from now on")
    return Rendered(
        text=render_to_string("gateway/mail/stopped.txt", context),
        subject=fold((own if is_own else told) % words),
        from_header=from_business(member.business),
        headers=(_AUTOMATIC,),
    )


def settings_url(member: Membership) -> str:
    """Where a member says how he is told."""
    return whole_url(reverse("gateway:notifications", args=[member.business_id]))


def words_of_several(business: str, total: int) -> str:
    """The same as a text."""
    here = _("Answer here, not by text: %(url)s") % {"url": whole_url(reverse("gateway:inbox"))}
    return f"{_count(total, business)}. {here}"


def _waiting(member: Membership, message: CustomerMessage, said: list[Said]) -> Waiting:
    address = reply_address_of(member_of(message, member))
    return Waiting(
        customer=contact_name(message.contact, message),
        subject=message.subject,
        about=str(message.listing_snapshot.get("title", "")),
        destination=destination(reach_of(message), addresses_on_copy(message)),
        said=said,
        reply_to=address,
        mailto=f"mailto:{address}?subject={quote(answer_subject(message.subject))}",
        url=dashboard_url(message),
    )


def _count(number: int, business: str) -> str:
    words = ngettext(
        "One message waits for %(business)s", "%(count)d messages wait for %(business)s", number
    )
    return words % {"count": number, "business": business}
