"""Tells the owner of what a customer wrote, by a mail that can be answered, by a text, or later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.utils import timezone

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from channels_out.state import OnDoubt
from gateway.copies import addresses_on_copy
from gateway.languages import language_of
from gateway.links import dashboard_url
from gateway.models import (
    Attachment,
    CustomerMessage,
    Dispatch,
    HeldItem,
    Membership,
    MessageReply,
    Notice,
    Participant,
)
from gateway.outbound.actions_in_mail import with_actions
from gateway.outbound.brakes import holds_back
from gateway.outbound.render_mail import for_member, mail_to_members
from gateway.outbound.render_news import mail_on_held, text_on_held
from gateway.outbound.ways import Reach, Way, reach_by, reach_of
from gateway.participants import (
    email_of,
    message_id_of,
    verified_email_of,
    writer_name,
)
from gateway.people import People
from gateway.telling.choices import spoken_to, wishes_of
from gateway.telling.clock import zone_of
from gateway.telling.matter import About, Matter
from gateway.telling.plan import Step, notice_of, steps_for
from gateway.telling.tell import mail_to, stand_by
from gateway.telling.texts import line_to, text_to, words_about


@dataclass(frozen=True)
class SentToNobody(Matter):
    """What a member wrote waits and was sent to nobody; `answered` is its Message-ID, or nothing."""

    kind = "sent_to_nobody"
    is_own = True
    held: HeldItem
    answered: str = ""

    @classmethod
    def found(cls, kept: dict[str, Any]) -> Self | None:
        """While it waits."""
        held = HeldItem.objects.filter(pk=kept["held"], settlement="")
        item = held.select_related("message__business", "message__contact").first()
        return cls(item, kept["answered"]) if item else None

    def kept(self) -> dict[str, Any]:
        """What is held."""
        return {"held": str(self.held.pk), "answered": self.answered}

    def mail(self, member: Membership) -> Rendered:
        """Why, and how he sends it."""
        return mail_on_held(self.held, member, self.answered)

    def address(self, member: Membership) -> str:
        """Only one that he has shown to be his: the one it came from may be anybody's."""
        return verified_email_of(member.user)

    def conversation(self) -> About | None:
        """The one that it seems to answer."""
        return (self.held.message, None) if self.held.message else None


def whom_to_tell(
    message: CustomerMessage,
    people: People,
    is_stranger: bool = False,
    *,
    is_new: bool = False,
) -> list[Membership]:
    """Who of a business's people gets a notification of what a customer wrote.

    Nobody is told of a customer who writes faster than people do; a stranger who texts has written nothing
    yet. `is_new` says that it opened the conversation.
    """
    if not is_stranger and holds_back(message, is_new=is_new):
        return []
    return people.to_notify(message, is_new=is_new)


def notify_members(
    message: CustomerMessage,
    reply: MessageReply | None,
    sides: list[Participant],
    attachments: list[Attachment],
    way_back: Way | None = None,
) -> None:
    """Tells each of these members' sides as he wishes, at once or later; in the transaction that filed it.

    Without a reply it is of a conversation that was just made. `way_back` is how the customer can be
    reached, where that is known already.
    """
    steps = steps_for(message, reply, sides)
    later = [notice_of(step, message, reply) for step in steps if step.kind]
    at_once = [step for step in steps if not step.kind]
    mails = [step for step in at_once if step.channel == Channel.EMAIL]
    told = []
    copied = addresses_on_copy(message) if reply and mails else []
    for alike in _read_alike(mails):
        with spoken_to(alike[0].member):
            reach = reach_by(way_back) if way_back else reach_of(message)
            mail = mail_to_members(message, reply, attachments, reach, copied=copied)
            told += [_notify(message, reply, step.side, mail, reach) for step in alike]
    told += filter(None, (_text(message, reply, step) for step in at_once if step.line))
    if told:
        Dispatch.objects.bulk_create(told)
    if later:
        Notice.objects.bulk_create(later)


def tell_writer(held: HeldItem, member: Membership, answered: str) -> None:
    """Tells a member that what he wrote waits and why, once a day for one reason; in the caller's transaction.

    Of a text by text, where one can go to him. `answered` is the Message-ID of what he wrote, or nothing.
    """
    if _was_told(held, member) or (held.channel in PHONE_CHANNELS and _texted_back(held, member)):
        return
    matter = SentToNobody(held, answered)
    if matter.address(member):
        mail_to(member, matter, f"{held.message_id or 'held'}:{member.pk}")


def _texted_back(held: HeldItem, member: Membership) -> bool:
    """Whether a text goes to him; if it does not arrive, he is told by mail."""
    line = line_to(member, wishes_of(member))
    text = line and text_to(member, line, text_on_held(held, member), f"held:{member.pk}")
    if not text:
        return False
    stand_by(text, member, SentToNobody(held))
    return True


def _was_told(held: HeldItem, member: Membership) -> bool:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    same = HeldItem.objects.filter(
        membership__user=member.user_id,
        channel=held.channel,
        reason=held.reason,
        created_at__gte=today,
    )
    return same.exclude(pk=held.pk).exists()


def _read_alike(steps: list[Step]) -> Iterable[list[Step]]:
    """Those whose members read the same words and the same clock."""
    alike: dict[tuple[str, ZoneInfo], list[Step]] = defaultdict(list)
    for step in steps:
        alike[language_of(step.member), zone_of(wishes_of(step.member))].append(step)
    return alike.values()


def _notify(
    message: CustomerMessage,
    reply: MessageReply | None,
    side: Participant,
    mail: Rendered,
    reach: Reach,
) -> Dispatch:
    own_id = message_id_of(side)
    member = side.membership
    written = reply.pk if reply else message.pk
    rendered = for_member(mail, side, own_id, reach, is_first=reply is None)
    delivery = enqueue(
        channel=Channel.EMAIL,
        to_address=email_of(member.user) if member else "",
        rendered=with_actions(rendered, message, written, side),
        purpose="notification",
        lane=f"{message.pk}:{side.membership_id}",
        on_doubt=OnDoubt.RESEND,
        message_id=own_id,
    )
    return Dispatch(delivery=delivery, message=message, reply=reply, participant=side)


def _text(message: CustomerMessage, reply: MessageReply | None, step: Step) -> Dispatch | None:
    if step.line is None:
        return None
    with spoken_to(step.member):
        words = words_about(
            writer_name(message, reply),
            message.business.name,
            reply.reply if reply else message.message,
            dashboard_url(message),
        )
    delivery = text_to(step.member, step.line, words, f"{message.pk}:{step.side.membership_id}")
    if delivery is None:
        return None
    return Dispatch(delivery=delivery, message=message, reply=reply, participant=step.side)
