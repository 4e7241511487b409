"""Mails as they leave: an answer to a customer, a notification to a member."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate, dropwhile, takewhile
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_out.channel import Channel
from channels_out.outgoing import Rendered, StoredFile
from gateway.conf import mail_domain
from gateway.languages import language_for, speaks
from gateway.links import customer_file_url, dashboard_url, whole_url
from gateway.marker import marker
from gateway.models import (
    Attachment,
    AttachmentState,
    Brake,
    Business,
    CustomerMessage,
    Direction,
    MessageReply,
    Participant,
)
from gateway.outbound.threads import earlier_ids, with_customer, with_own
from gateway.outbound.ways import Reach, Way
from gateway.own_opening import is_own_opening, own_subject
from gateway.own_view import own_replies
from gateway.participants import contact_name, customer_of, reply_address_of, writer_name
from gateway.words import weekday_and_time

# What most mail servers take, with room for base64's third more; the rest is linked.
LARGEST_ATTACHMENTS = 7_000_000
# Of what an answer answers, the customer has the rest in his own program: messages, and characters of them.
MOST_QUOTED = 5
QUOTED = 5_000
LOOKED_BACK = 30


@speaks(lambda message, *_: language_for(message))
def mail_to_customer(
    message: CustomerMessage, reply: MessageReply, address: str, own_id: str
) -> Rendered:
    """A member's answer as a mail to `address`: a human message, so it carries no header of automatic mail."""
    attached, linked = _stored(reply.attachments.all())
    context = {
        "message": message,
        "reply": reply,
        "linked": [(file.name, customer_file_url(message, file)) for file in linked],
        "marker": marker(),
        "quoted": _last_from_customer(message, reply),
    }
    return Rendered(
        text=render_to_string("gateway/mail/customer.txt", context),
        html=render_to_string("gateway/mail/customer.html", context),
        subject=answer_subject(own_subject(message)),
        from_header=via(reply.sender_name, message.business.name),
        reply_to=reply_address_of(customer_of(message)),
        headers=with_customer(message, address, own_id),
        attachments=attached,
    )


@speaks(lambda message, *_: language_for(message))
def mail_when_away(
    message: CustomerMessage, reply: MessageReply, address: str, own_id: str
) -> Rendered:
    """The away answer as a mail (RFC 3834): nobody's program answers it, and answering it by hand threads.

    It repeats nothing of what it answers, whose From may be forged: nobody's words travel by it.
    """
    context = {"message": message, "reply": reply, "marker": marker()}
    return Rendered(
        text=render_to_string("gateway/mail/away.txt", context),
        html=render_to_string("gateway/mail/away.html", context),
        subject=fold(_("Auto: Your message to %(business)s") % {"business": message.business.name}),
        from_header=from_business(message.business),
        reply_to=reply_address_of(customer_of(message)),
        headers=(
            *with_customer(message, address, own_id),
            ("Auto-Submitted", "auto-replied"),
            # What Exchange looks at.
            ("X-Auto-Response-Suppress", "All"),
        ),
    )


def mail_to_members(
    message: CustomerMessage,
    reply: MessageReply | None,
    attachments: list[Attachment],
    reach: Reach,
    before: Sequence[Any] = (),
    copied: Sequence[str] = (),
    waits_since: datetime | None = None,
    left_out: int = 0,
) -> Rendered:
    """The notification of one customer's message, as every member reads it; `for_member` addresses it.

    `reach` is how the customer can be reached. `before` is what was written before and is told in the same
    mail, each with `writer`, `text`, `at` and the row that was `written`. `copied` are those on copy. With
    `waits_since` it tells how long the customer has waited for an answer. `left_out` is how many more were
    written after the first of these.
    """
    written, customer = reply or message, contact_name(message.contact, message)
    subject = message.subject
    if waits_since:
        subject = _("%(customer)s waits for an answer") % {"customer": customer}
    writer, text = writer_name(message, reply), reply.reply if reply else message.message
    attached, linked = _stored(attachments)
    context = {
        "message": message,
        "written": written,
        "text": text if text.strip() or attachments else _("An empty message."),
        "before": before,
        "left_out": left_out,
        "writer": writer,
        "customer": customer,
        "waits_since": waits_since,
        "destination": destination(reach, copied),
        "marker": marker(),
        "url": dashboard_url(message),
        "linked": linked,
    }
    return Rendered(
        text=render_to_string("gateway/mail/member.txt", context),
        html=render_to_string("gateway/mail/member.html", context),
        subject=fold(subject),
        from_header=via(writer, message.business.name),
        headers=(("Auto-Submitted", "auto-generated"),),
        attachments=attached,
    )


def for_member(
    mail: Rendered, member: Participant, own_id: str, reach: Reach, *, is_first: bool
) -> Rendered:
    """The notification to one member: answering it answers the customer. `is_first` of his conversation.

    Each other way to the customer has a reply address of its own.
    """
    earlier = [] if is_first else earlier_ids(member)
    others = [way for way in reach.ways if way.usable and way != reach.preferred]
    context = {
        "others": [(how_of(each), reply_address_of(member, each.channel)) for each in others]
    }
    body, end, behind = mail.html.rpartition("</body>")
    return replace(
        mail,
        text=mail.text + render_to_string("gateway/mail/other_ways.txt", context),
        html=body + render_to_string("gateway/mail/other_ways.html", context) + end + behind,
        reply_to=reply_address_of(member),
        headers=(*with_own(earlier, own_id), *mail.headers),
    )


def mail_on_brake(brake: Brake, limit: int) -> Rendered:
    """Tells a business how many messages of one writer its people were not told of."""
    context = {"brake": brake, "limit": limit, "url": whole_url(reverse("gateway:inbox"))}
    words = {"count": brake.held_back, "writer": brake.writer}
    subject = _("%(count)d more messages from %(writer)s") % words
    return Rendered(
        text=render_to_string("gateway/mail/brake.txt", context),
        subject=fold(subject),
        from_header=via("", brake.business.name),
        headers=(("Auto-Submitted", "auto-generated"),),
    )


def destination(reach: Reach, copied: Sequence[str] = ()) -> str:
    """Where an answer will go, as the first line of a notification says it; by mail to those on copy as well."""
    way = reach.preferred
    if way is None:
        reasons = " ".join(each.reason for each in reach.ways)
        # Translators: begins as one of the DESTINATIONS in gateway/marker.py.
        words = _("This customer cannot be reached now: %(reasons)s Your answer will be held.")
        return words % {"reasons": reasons}
    # Translators: begins as one of the DESTINATIONS in gateway/marker.py.
    goes = _("Your answer goes %(how)s to %(address)s") % {
        "how": how_of(way),
        "address": way.address,
    }
    goes = f"{goes}{_until(way)}{_but_long(reach)}."
    if not copied or way.channel != Channel.EMAIL:
        return goes
    return f"{goes} {_('Copies go to %(addresses)s.') % {'addresses': ', '.join(copied)}}"


HOW = {
    Channel.EMAIL: gettext_lazy("by email"),
    Channel.SMS: gettext_lazy("by text message"),
    Channel.WHATSAPP: gettext_lazy("by WhatsApp"),
}


def how_of(way: Way) -> str:
    """By which channel, in words that follow a verb."""
    return _("by WhatsApp template") if way.template else str(HOW[Channel(way.channel)])


def from_business(business: Business) -> str:
    """The From of a mail that no person wrote."""
    return via("", business.name)


def from_gateway() -> str:
    """The From of a mail about no single business."""
    return own_address()


def fold(text: str) -> str:
    """A stranger's text as it may stand in a header: one line, no control characters (RFC 5322 2.2)."""
    return " ".join("".join(char if _may_stand(char) else " " for char in text).split())


def _may_stand(char: str) -> bool:
    # Emoji and Indic and Persian words are joined with these two.
    return char.isprintable() or char in "\u200c\u200d"


def _until(way: Way) -> str:
    if not way.closes_at:
        return ""
    return _("; WhatsApp closes %(when)s") % {"when": weekday_and_time(way.closes_at)}


def _but_long(reach: Reach) -> str:
    """Where else what suits a mail goes."""
    mail = next((way for way in reach.ways if way.usable and way.channel == Channel.EMAIL), None)
    if mail is None or mail == reach.preferred or reach.preferred_by_wish:
        return ""
    return _("; a long one or a document by email to %(address)s") % {"address": mail.address}


def via(name: str, business: str) -> str:
    """The From of a mail of ours: who speaks, through which business."""
    words = _("%(name)s via %(business)s") % {"name": name, "business": business}
    shown = re.sub(r'["\\<>@,;:]', " ", fold(words if name else business))
    return f'"{" ".join(shown.split())}" <{own_address()}>'


def own_address() -> str:
    """From where all our mail comes; no person writes from it."""
    return f"messages@{mail_domain()}"


def answer_subject(subject: str) -> str:
    """The subject of an answer, under which mail programs find its thread."""
    folded = fold(subject)
    return folded if folded.lower().startswith("re:") else f"Re: {folded}"


def _stored(attachments: Iterable[Attachment]) -> tuple[tuple[StoredFile, ...], list[Attachment]]:
    attached: list[StoredFile] = []
    linked: list[Attachment] = []
    room = LARGEST_ATTACHMENTS
    for attachment in attachments:
        if attachment.state == AttachmentState.STORED and attachment.size <= room:
            room -= attachment.size
            attached.append(
                StoredFile(attachment.name, attachment.content_type, attachment.file.name or "")
            )
        else:
            linked.append(attachment)
    return tuple(attached), linked


def _last_from_customer(message: CustomerMessage, reply: MessageReply) -> list[str]:
    """What the customer wrote since the answer before this one, the first first; else what that one answered."""
    passed = own_replies(message).filter(created_at__lte=reply.created_at, is_automatic=False)
    newest = passed.exclude(pk=reply.pk).order_by("-created_at", "-id")
    texts = newest.values_list("direction", "reply")[:LOOKED_BACK]
    opening = [(Direction.INBOUND, message.message)] if is_own_opening(message) else []
    known = [*texts, *opening]
    his = takewhile(_is_his, dropwhile(lambda each: not _is_his(each), known))
    return _fitting([text for _, text in his if text])[::-1]


def _is_his(written: tuple[str, str]) -> bool:
    return written[0] == Direction.INBOUND


def _fitting(newest: list[str]) -> list[str]:
    """The newest, and those before it as far as they are few and short."""
    lengths = accumulate(len(text) for text in newest)
    fitting = [text for text, length in zip(newest, lengths, strict=True) if length <= QUOTED]
    return fitting[:MOST_QUOTED] or newest[:1]
