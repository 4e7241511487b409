"""What the page behind a button in a notification says before it is pressed, and what pressing does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gateway.action_links import Asked
from gateway.canned import filled
from gateway.dashboard.compose import after
from gateway.inbound.messages import Outcome, Received
from gateway.inbound.once import once
from gateway.models import Attachment, CannedAnswer, Direction, MessageReply, Receipt
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.preview import preview
from gateway.outbound.render_mail import how_of
from gateway.outbound.ways import Draft, NotReachable, Way
from gateway.participants import contact_name

TRASH = gettext_lazy("The conversation is in the trash. Restore it in the dashboard first.")
MOVED = gettext_lazy("The message was moved to another conversation meanwhile.")


class Changed(Exception):
    """The page that was confirmed says something else by now."""


@dataclass(frozen=True)
class Plan:
    """An answer as the page shows it; `problem` says why it cannot be sent, `sent_at` that it was.

    `texts` are what the customer reads, `since` is what happened after the message that is answered. `seen`
    stands for all that is shown.
    """

    text: str = ""
    texts: tuple[str, ...] = ()
    way: Way | None = None
    since: tuple[str, ...] = ()
    seen: str = ""
    problem: str = ""
    sent_at: datetime | None = None

    @property
    def how(self) -> str:
        """By which channel, in words."""
        return how_of(self.way) if self.way else ""


def plan_of(asked: Asked) -> Plan:
    """What would be answered, to whom and how, as things are now."""
    sent = Receipt.objects.filter(key=_key(asked)).first()
    if sent is not None:
        return Plan(sent_at=sent.created_at)
    answers = CannedAnswer.objects.filter(business=asked.message.business_id, name=asked.label)
    answer, problem = answers.first(), problem_of(asked)
    if problem or answer is None:
        return Plan(problem=problem or _("This answer was renamed or deleted meanwhile."))
    text = filled(answer.text, asked.message, asked.member)
    try:
        shown = preview(asked.message, Draft(text))
    except NotReachable as error:
        return Plan(text, problem=error.reason)
    texts, way = tuple(shown.texts or [text]), shown.way
    newer = list(after(asked.message, asked.written))
    said = [*texts, way.channel, way.address, *(str(each.pk) for each in newer)]
    seen = hashlib.sha256("\0".join(said).encode()).hexdigest()
    return Plan(text, texts, way, tuple(_since(asked, newer)), seen)


def send(asked: Asked, seen: str) -> None:
    """Sends a canned answer once, however often it is asked for.

    Raises Changed where the page that was `seen` says something else by now, and what `post_reply` raises.
    """

    def answer(files: list[Attachment]) -> Received:
        plan = plan_of(asked)
        if plan.way is None or plan.seen != seen:
            raise Changed
        reply = post_reply(
            Answer(
                message_id=asked.message.pk,
                author=asked.member,
                text=plan.text,
                channel=plan.way.channel,
                written_via="button",
            )
        )
        return Received(Outcome.RELAYED, message=asked.message, reply=reply)

    once(_key(asked), (), answer)


def problem_of(asked: Asked) -> str:
    """Why nothing can be done by this link, or nothing."""
    message, written = asked.message, asked.written
    if written != message.pk and not message.replies.filter(pk=written).exists():
        return str(MOVED)
    return str(TRASH) if message.deleted_at else ""


def _key(asked: Asked) -> str:
    """One for each member, message and canned answer."""
    label = hashlib.sha256(asked.label.encode()).hexdigest()[:32]
    return f"button:{asked.member.pk}:{asked.written}:{label}"


def _since(asked: Asked, newer: list[MessageReply]) -> list[str]:
    """Who wrote since, without their words: the mail with the link may be in other hands."""
    customer = contact_name(asked.message.contact, asked.message)
    written = [each for each in newer if each.direction == Direction.INBOUND]
    partners = [each.sender_name for each in written if each.by_partner]
    lines = []
    if count := len(written) - len(partners):
        words = ngettext(
            "%(customer)s wrote again since: %(count)d message.",
            "%(customer)s wrote again since: %(count)d messages.",
            count,
        )
        lines.append(words % {"customer": customer, "count": count})
    for name in dict.fromkeys(partners):
        lines.append(_("%(name)s, who is on copy, wrote since.") % {"name": name})
    answers = [each for each in newer if each.direction == Direction.OUTBOUND]
    for name in dict.fromkeys(_answerer(asked, each) for each in answers):
        lines.append(_("%(name)s answered since.") % {"name": name})
    return lines


def _answerer(asked: Asked, answer: MessageReply) -> str:
    if answer.sender_id == asked.member.user_id:
        return asked.name
    return answer.sender_name or "A colleague"
