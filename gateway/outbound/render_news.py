"""What members are told about what they wrote: an answer that was not sent or failed, a new address, the welcome."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from channels_out.outgoing import Rendered
from gateway.links import another_way_url, dashboard_url, whole_url
from gateway.models import (
    NEVER_SENT,
    HeldItem,
    HeldReason,
    MemberAddress,
    Membership,
    MessageReply,
)
from gateway.outbound.progress import progress_of
from gateway.outbound.render_mail import (
    answer_subject,
    earlier_ids,
    fold,
    from_business,
    from_gateway,
    how_of,
    via,
)
from gateway.outbound.ways import Way
from gateway.participants import contact_name, email_of, member_of, name_of

# They are machines' mails: nobody's absence notice may answer them (RFC 3834 section 2).
_AUTOMATIC = ("Auto-Submitted", "auto-generated")


def mail_on_held(held: HeldItem, member: Membership, answered: str) -> Rendered:
    """Tells a member why his mail was not sent, with its text; in the thread of `answered`, its Message-ID.

    Answering this mail must send nothing.
    """
    message = held.message
    may_send = member.may_answer and held.reason not in NEVER_SENT
    context = {
        "held": held,
        "business": member.business,
        "customer": contact_name(message.contact, message) if message else "",
        "is_shut_out": not member.may_answer,
        "send_url": whole_url(reverse("gateway:held_item", args=[held.pk])) if may_send else "",
        "url": dashboard_url(message) if message else whole_url(reverse("gateway:inbox")),
    }
    earlier = earlier_ids(member_of(message, member)) if message else []
    return Rendered(
        text=render_to_string("gateway/mail/held.txt", context),
        subject=answer_subject(held.subject or (message.subject if message else "Your mail")),
        from_header=via("", member.business.name),
        headers=(*_in_thread(earlier, answered), _AUTOMATIC),
    )


def mail_on_failure(reply: MessageReply, member: Membership, ways: list[Way]) -> Rendered:
    """Tells a member that an answer did not arrive and why, with its text and the ways that remain.

    In the thread of its conversation. Answering this mail must send nothing: it quotes what he wrote.
    """
    message = reply.message
    left = [(way, another_way_url(reply, member, way.channel)) for way in ways]
    context = {
        "reply": reply,
        "progress": progress_of(reply),
        "customer": contact_name(message.contact, message),
        "ways": [(how_of(way), way.address, url) for way, url in left],
        "url": dashboard_url(message),
    }
    return Rendered(
        text=render_to_string("gateway/mail/failed.txt", context),
        html=render_to_string("gateway/mail/failed.html", context),
        subject=answer_subject(message.subject),
        from_header=via("", message.business.name),
        headers=(*_in_thread(earlier_ids(member_of(message, member)), ""), _AUTOMATIC),
    )


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
        headers=(*_in_thread(earlier_ids(member_of(message, member)), ""), _AUTOMATIC),
    )


# What to do instead, where writing the same again would be refused again.
_INSTEAD = {
    HeldReason.UNKNOWN_ADDRESS: "Answer from the address at which you are notified, or in the dashboard:",
    HeldReason.WELCOME: "Answer the welcome mail from the address that it was sent to. The dashboard:",
    HeldReason.MEMBER_WROTE: "That address is for customers. Answer a notification, or write in the dashboard:",
    HeldReason.NO_TOKEN: "Answer the newest notification that was sent to you, or write in the dashboard:",
    HeldReason.OTHERS_TOKEN: "Answer a notification that was sent to you, or write in the dashboard:",
    HeldReason.NO_ACCESS: "Ask an owner to give you access to the dashboard:",
    HeldReason.EMPTY: "Write above the mail that you quote, or in the dashboard:",
    HeldReason.UNREADABLE: "Write it as plain text, or in the dashboard:",
}


def mail_of_refusal(held: HeldItem, words: str) -> Rendered:
    """Tells who wrote a held mail that it was refused, why, and what to do instead; nothing of anybody else."""
    speaks_for_member = held.membership_id is not None
    context = {
        "held": held,
        "words": words,
        "business": held.business.name if held.business else "",
        "instead": _INSTEAD.get(HeldReason(held.reason), "Write in the dashboard:"),
        "url": whole_url(reverse("gateway:inbox")) if speaks_for_member else "",
        "public_address": held.business.public_address if held.business else "",
    }
    return Rendered(
        text=render_to_string("gateway/mail/refused.txt", context),
        subject=answer_subject(held.subject or "Your mail"),
        from_header=from_business(held.business) if held.business else from_gateway(),
        headers=(*_in_thread([], held.mail_id), _AUTOMATIC),
    )


def text_of_refusal(held: HeldItem, words: str) -> Rendered:
    """The same as a text."""
    came = timezone.localtime(held.created_at)
    who = f"{held.business.name}: " if held.business else ""
    said = f"{who}Your message of {came:%d %b, %H:%M} was not passed on. {words}"
    return Rendered(text=said.strip())


def mail_of_new_address(
    address: MemberAddress, business: str, accepted_by: str, undo: str
) -> Rendered:
    """Tells a member, where he is known, from which other address he can be heard now."""
    context = {"address": address.address, "accepted_by": accepted_by, "undo": undo}
    return Rendered(
        text=render_to_string("gateway/mail/new_address.txt", context),
        subject=fold(f"{business}: your answers may now come from {address.address}"),
        from_header=via("", business),
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
        subject=fold(f"{business}: mail to {name} comes back"),
        from_header=via("", business),
        headers=(_AUTOMATIC,),
    )


def mail_of_welcome(member: Membership, reply_to: str) -> Rendered:
    """Asks a new member for an answer, which shows from where he writes."""
    context = {"business": member.business, "url": whole_url(reverse("gateway:inbox"))}
    return Rendered(
        text=render_to_string("gateway/mail/welcome.txt", context),
        subject=fold(f"Answer this mail to answer the customers of {member.business.name}"),
        from_header=via("", member.business.name),
        reply_to=reply_to,
        headers=(_AUTOMATIC,),
    )


def _in_thread(earlier: list[str], answered: str) -> tuple[tuple[str, str], ...]:
    """What puts the mail below the one that it is about (RFC 5322 section 3.6.4)."""
    ids = [*earlier, *([answered] if _is_message_id(answered) else [])]
    return (("In-Reply-To", ids[-1]), ("References", " ".join(ids))) if ids else ()


def _is_message_id(text: str) -> bool:
    """Whether a stranger's Message-ID may stand in a header of ours."""
    inside = text.removeprefix("<").removesuffix(">")
    whole = text == f"<{inside}>" and inside.isascii() and inside.isprintable()
    return whole and len(text) < 500 and not set(inside) & set(" <>")
