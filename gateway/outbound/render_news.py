"""What members are told: an answer was not sent or failed, a new address, what a colleague gave them; who joins."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_out.channel import PHONE_CHANNELS
from channels_out.outgoing import Rendered
from gateway.languages import language_of, language_of_person, speaks
from gateway.links import another_way_url, dashboard_url, whole_url
from gateway.models import (
    NEVER_SENT,
    CustomerMessage,
    HeldItem,
    HeldReason,
    MemberAddress,
    Membership,
    MessageReply,
)
from gateway.outbound.another_way import Remaining
from gateway.outbound.progress import is_in_doubt, progress_of
from gateway.outbound.render_mail import (
    answer_subject,
    fold,
    from_business,
    from_gateway,
    how_of,
    via,
)
from gateway.outbound.threads import below, earlier_ids, id_of_others
from gateway.participants import contact_name, email_of, member_of, name_of

# They are machines' mails: nobody's absence notice may answer them (RFC 3834 section 2).
_AUTOMATIC = ("Auto-Submitted", "auto-generated")


@speaks(lambda held, member, answered: language_of(member))
def mail_on_held(held: HeldItem, member: Membership, answered: str) -> Rendered:
    """Tells a member why his mail was not sent, with its text; in the thread of `answered`, its Message-ID.

    Answering this mail must send nothing.
    """
    message = _shown(held, member)
    context = {
        "held": held,
        "business": member.business,
        "customer": contact_name(message.contact, message) if message else "",
        "is_text": held.channel in PHONE_CHANNELS,
        "is_shut_out": not member.may_answer,
        "send_url": _send_url(held, member),
        "url": dashboard_url(message) if message else whole_url(reverse("gateway:inbox")),
    }
    earlier = earlier_ids(member_of(message, member)) if message else []
    return Rendered(
        text=render_to_string("gateway/mail/held.txt", context),
        subject=answer_subject(held.subject or (message.subject if message else _yours(held))),
        from_header=via("", member.business.name),
        headers=(*below([*earlier, *_id(answered)]), _AUTOMATIC),
    )


@speaks(lambda held, member: language_of(member))
def text_on_held(held: HeldItem, member: Membership) -> str:
    """The same as a text: that his own text was sent to nobody yet, and where he sends it."""
    message, business = _shown(held, member), member.business.name
    words = _("%(business)s: your text was sent to nobody.") % {"business": business}
    if message:
        names = {"business": business, "customer": contact_name(message.contact, message)}
        words = _("%(business)s: your text to %(customer)s was not sent.") % names
    url = _send_url(held, member)
    if not url:
        return words
    return words + " " + _("Send it with one click: %(url)s") % {"url": url}


def _shown(held: HeldItem, member: Membership) -> CustomerMessage | None:
    """The conversation that it seems to answer; nothing of it as it is now for who may not answer any more."""
    return held.message if member.may_answer else None


def _send_url(held: HeldItem, member: Membership) -> str:
    """Where this member sends what is held; nothing where he may not, or it never is."""
    may_send = member.may_answer and held.reason not in NEVER_SENT
    return whole_url(reverse("gateway:held_item", args=[held.pk])) if may_send else ""


def _yours(held: HeldItem) -> str:
    return _("Your text") if held.channel in PHONE_CHANNELS else _("Your mail")


@speaks(lambda reply, member, remaining: language_of(member))
def mail_on_failure(reply: MessageReply, member: Membership, remaining: Remaining) -> Rendered:
    """Tells a member that an answer did not arrive, not whole or perhaps not, and why, with its text and what remains.

    In the thread of its conversation. Answering this mail must send nothing: it quotes what he wrote.
    """
    message = reply.message
    left = [(way, another_way_url(reply, member, way.channel)) for way in remaining.ways]
    context = {
        "reply": reply,
        "progress": progress_of(reply),
        "is_in_doubt": is_in_doubt(reply),
        "is_partly_there": remaining.is_partly_there,
        "customer": contact_name(message.contact, message),
        "ways": [(how_of(way), way.address, url) for way, url in left],
        "why_none": remaining.why_none,
        "url": dashboard_url(message),
    }
    return Rendered(
        text=render_to_string("gateway/mail/failed.txt", context),
        html=render_to_string("gateway/mail/failed.html", context),
        subject=answer_subject(message.subject),
        from_header=via("", message.business.name),
        headers=(*below(earlier_ids(member_of(message, member))), _AUTOMATIC),
    )


@speaks(lambda reply, member: language_of(member))
def mail_on_silence(reply: MessageReply, member: Membership) -> Rendered:
    """Asks a member what to do about an answer of which nothing is heard; with its text, in its thread.

    Answering this mail must send nothing: it quotes what he wrote.
    """
    message = reply.message
    context = {
        "reply": reply,
        "customer": contact_name(message.contact, message),
        "url": dashboard_url(message),
    }
    return Rendered(
        text=render_to_string("gateway/mail/silent.txt", context),
        subject=answer_subject(message.subject),
        from_header=via("", message.business.name),
        headers=(*below(earlier_ids(member_of(message, member))), _AUTOMATIC),
    )


# What to do instead, where writing the same again would be refused again.
_INSTEAD = {
    HeldReason.UNKNOWN_ADDRESS: gettext_lazy(
        "Answer from the address at which you are notified, or in the dashboard:"
    ),
    HeldReason.WELCOME: gettext_lazy(
        "Answer the welcome mail from the address that it was sent to. The dashboard:"
    ),
    HeldReason.MEMBER_WROTE: gettext_lazy(
        "That address is for customers. Answer a notification, or write in the dashboard:"
    ),
    HeldReason.NO_TOKEN: gettext_lazy(
        "Answer the newest notification that was sent to you, or write in the dashboard:"
    ),
    HeldReason.OTHERS_TOKEN: gettext_lazy(
        "Answer a notification that was sent to you, or write in the dashboard:"
    ),
    HeldReason.NO_ACCESS: gettext_lazy("Ask an owner to give you access to the dashboard:"),
    HeldReason.EMPTY: gettext_lazy("Write above the mail that you quote, or in the dashboard:"),
    HeldReason.UNREADABLE: gettext_lazy("Write it as plain text, or in the dashboard:"),
}


@speaks(lambda held, words: language_of(held.membership))
def mail_of_refusal(held: HeldItem, words: str) -> Rendered:
    """Tells who wrote a held mail that it was refused, why, and what to do instead; nothing of anybody else."""
    speaks_for_member = held.membership_id is not None
    context = {
        "held": held,
        "words": words,
        "business": held.business.name if held.business else "",
        "instead": _INSTEAD.get(HeldReason(held.reason)) or _("Write in the dashboard:"),
        "url": whole_url(reverse("gateway:inbox")) if speaks_for_member else "",
        "public_address": held.business.public_address if held.business else "",
    }
    return Rendered(
        text=render_to_string("gateway/mail/refused.txt", context),
        subject=answer_subject(held.subject or _("Your mail")),
        from_header=from_business(held.business) if held.business else from_gateway(),
        headers=(*below(_id(held.mail_id)), _AUTOMATIC),
    )


def text_of_refusal(held: HeldItem, words: str) -> Rendered:
    """The same as a text."""
    came = timezone.localtime(held.created_at)
    who = f"{held.business.name}: " if held.business else ""
    when = date_format(came, "SHORT_DATETIME_FORMAT")
    said = _("Your message of %(when)s was not passed on.") % {"when": when}
    return Rendered(text=f"{who}{said} {words}".strip())


@speaks(lambda address, business, accepted_by, undo: language_of_person(address.user))
def mail_of_new_address(
    address: MemberAddress, business: str, accepted_by: str, undo: str
) -> Rendered:
    """Tells a member, where he is known, from which other address he can be heard now."""
    context = {"address": address.address, "accepted_by": accepted_by, "undo": undo}
    return Rendered(
        text=render_to_string("gateway/mail/new_address.txt", context),
        subject=fold(
            _("%(business)s: your answers may now come from %(address)s")
            % {"business": business, "address": address.address}
        ),
        from_header=via("", business),
        headers=(_AUTOMATIC,),
    )


def mail_of_proof(who: str, address: str, url: str) -> Rendered:
    """Asks the holder of a mailbox whether it is that person's, with the link that says so."""
    context = {"who": fold(who), "address": address, "url": url}
    return Rendered(
        text=render_to_string("gateway/mail/proof.txt", context),
        subject=_("Confirm your mail address"),
        from_header=from_gateway(),
        headers=(_AUTOMATIC,),
    )


def mail_of_unreachable(member: Membership, reason: str) -> Rendered:
    """Tells the others of a business that mail to one of them comes back."""
    name, business = name_of(member.user) or email_of(member.user), member.business.name
    context = {
        "member": name,
        "business": business,
        "reason": reason,
        "url": whole_url(reverse("gateway:inbox")),
    }
    return Rendered(
        text=render_to_string("gateway/mail/unreachable.txt", context),
        subject=fold(
            _("%(business)s: mail to %(name)s comes back") % {"business": business, "name": name}
        ),
        from_header=via("", business),
        headers=(_AUTOMATIC,),
    )


@speaks(lambda member, reply_to: language_of(member))
def mail_of_welcome(member: Membership, reply_to: str) -> Rendered:
    """Asks a new member for an answer, which shows from where he writes."""
    context = {"business": member.business, "url": whole_url(reverse("gateway:inbox"))}
    return Rendered(
        text=render_to_string("gateway/mail/welcome.txt", context),
        subject=fold(
            _("Answer this mail to answer the customers of %(business)s")
            % {"business": member.business.name}
        ),
        from_header=via("", member.business.name),
        reply_to=reply_to,
        headers=(_AUTOMATIC,),
    )


def mail_of_check() -> Rendered:
    """The mail by which a member tests whether mail reaches him."""
    context = {"url": whole_url(reverse("gateway:checks"))}
    return Rendered(
        text=render_to_string("gateway/mail/check.txt", context),
        subject=_("Mail from the gateway reaches you"),
        from_header=via("", _("Gateway")),
        headers=(_AUTOMATIC,),
    )


@speaks(lambda inviter, inviter_name, token, expires_at: language_of(inviter))
def mail_of_invitation(
    inviter: Membership, inviter_name: str, token: str, expires_at: datetime
) -> Rendered:
    """Asks somebody to become a member, by a link that works once until `expires_at`."""
    context = {
        "inviter": inviter_name,
        "business": inviter.business,
        "expires_at": expires_at,
        "url": whole_url(reverse("gateway:invitation", args=[token])),
    }
    words = {"inviter": inviter_name, "business": inviter.business.name}
    return Rendered(
        text=render_to_string("gateway/mail/invitation.txt", context),
        subject=fold(_("%(inviter)s invites you to %(business)s") % words),
        from_header=via(name_of(inviter.user), inviter.business.name),
        headers=(_AUTOMATIC,),
    )


@speaks(lambda messages, member, giver: language_of(member))
def mail_of_assignment(messages: list[CustomerMessage], member: Membership, giver: str) -> Rendered:
    """Tells a member which conversations a colleague gave to him. Answering this mail must send nothing."""
    given = [
        (contact_name(message.contact, message), message, dashboard_url(message))
        for message in messages
    ]
    words = {"giver": giver, "customer": given[0][0], "count": len(given)}
    if len(given) == 1:
        subject = _("%(giver)s gave you the conversation with %(customer)s") % words
    else:
        subject = _("%(giver)s gave you %(count)s conversations") % words
    context = {"giver": giver, "business": member.business, "given": given}
    return Rendered(
        text=render_to_string("gateway/mail/assigned.txt", context),
        subject=fold(subject),
        from_header=via("", member.business.name),
        headers=(_AUTOMATIC,),
    )


def _id(mail_id: str) -> list[str]:
    """The Message-ID of what the mail is about, where it may be named."""
    return [each for each in [id_of_others(mail_id)] if each]
