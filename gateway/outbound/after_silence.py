"""What follows when nothing is heard of an answer on WhatsApp: its writer is asked, or the customer gets a link."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import NotPossible
from channels_out.outgoing import Rendered
from channels_out.state import State
from gateway.links import dashboard_url
from gateway.models import Direction, Membership, MessageReply, Silence, SilenceOutcome
from gateway.outbound.nudge import nudge
from gateway.outbound.progress import lock_standing, standing_of
from gateway.outbound.render_news import mail_on_silence
from gateway.outbound.tell_writer import tell_writer_of
from gateway.outbound.ways import NotReachable
from gateway.participants import contact_name
from gateway.telling.matter import AnswerNews

BATCH = 50
# Whoever died over one is taken for dead by then.
LEASE = timedelta(minutes=5)
log = logging.getLogger(__name__)


class NotHeard(AnswerNews):
    """Nothing is heard of an answer."""

    kind = "not_heard"

    @staticmethod
    def is_so(answer: MessageReply) -> bool:
        """While nothing is heard."""
        return _is_unheard(answer, standing_of(answer))

    def mail(self, member: Membership) -> Rendered:
        """What to do about it."""
        return mail_on_silence(self.answer, member)

    def words(self, member: Membership) -> str:
        """The same as a text."""
        return _words(self.answer)


def follow_up() -> int:
    """Does what is due about answers of which nothing was heard in time; how many it took on."""
    now = timezone.now()
    due = Silence.objects.filter(due_at__lte=now).order_by("due_at")
    silences = list(
        due.select_related("reply__message__business", "reply__message__contact")[:BATCH]
    )
    return sum(_follow_up(silence) for silence in silences if _claim(silence))


def _claim(silence: Silence) -> bool:
    """One worker takes it on; the others leave it alone until his lease ends."""
    still_due = Silence.objects.filter(pk=silence.pk, due_at=silence.due_at)
    return bool(still_due.update(due_at=timezone.now() + LEASE))


def _follow_up(silence: Silence) -> int:
    reply = silence.reply
    if not _is_silent(reply):
        _end(silence, SilenceOutcome.HEARD)
    elif not (reply.message.business.nudges and _nudged(silence)):
        with transaction.atomic():
            told = tell_writer_of(reply, NotHeard(reply))
            _end(silence, SilenceOutcome.TOLD if told else SilenceOutcome.NOBODY)
    return 1


def _words(reply: MessageReply) -> str:
    """What its writer is asked, as a text."""
    customer = contact_name(reply.message.contact, reply.message)
    url = dashboard_url(reply.message)
    words = _("WhatsApp does not say whether %(customer)s got your answer. What to do: %(url)s")
    return words % {"customer": customer, "url": url}


@transaction.atomic
def _is_silent(reply: MessageReply) -> bool:
    """Whether the provider has it and says no more, and the customer has not written on WhatsApp since."""
    return _is_unheard(reply, lock_standing(reply))


def _is_unheard(reply: MessageReply, standing: list[Delivery]) -> bool:
    states = {sent.state for sent in standing if sent.channel == Channel.WHATSAPP}
    if State.SENT not in states or states - {State.SENT, State.DELIVERED, State.READ}:
        return False
    since = reply.message.replies.filter(
        direction=Direction.INBOUND, channel=Channel.WHATSAPP, created_at__gt=reply.created_at
    )
    return not since.exists()


def _nudged(silence: Silence) -> bool:
    try:
        nudge(silence.reply)
    except (NotReachable, NotPossible) as error:
        log.info("No link is sent for answer %s: %s", silence.reply_id, error)
        return False
    return True


def _end(silence: Silence, outcome: SilenceOutcome) -> None:
    open_still = Silence.objects.filter(pk=silence.pk, due_at__isnull=False)
    open_still.update(due_at=None, outcome=outcome, settled_at=timezone.now())
