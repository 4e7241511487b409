"""What follows when an answer failed for good: it goes another way by itself, or its writer is told.

Its writer is told as well where nobody but he can say whether it went out.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.errors import Expired
from channels_out.models import Delivery
from channels_out.outbox import NotPossible, cancel
from channels_out.outgoing import Rendered
from channels_out.state import State
from gateway.links import dashboard_url
from gateway.models import (
    Direction,
    Dispatch,
    Failure,
    FailureOutcome,
    Membership,
    MessageReply,
)
from gateway.outbound.another_way import (
    agreed_ways,
    is_partly_there,
    remaining_for,
    send_another_way,
)
from gateway.outbound.failures import failed_replies, look_again
from gateway.outbound.progress import is_in_doubt, lock_standing, standing_of, waits
from gateway.outbound.render_news import mail_on_failure
from gateway.outbound.tell_writer import tell_writer_of
from gateway.outbound.ways import NotReachable
from gateway.participants import contact_name
from gateway.states import changing
from gateway.telling.matter import AnswerNews

BATCH = 50
# Whoever died over one is taken for dead by then, and what raised an error is tried again.
LEASE = timedelta(minutes=5)
log = logging.getLogger(__name__)


class NotArrived(AnswerNews):
    """An answer did not arrive, not whole or perhaps not."""

    kind = "not_arrived"

    @staticmethod
    def is_so(answer: MessageReply) -> bool:
        """While somebody is wanted for it."""
        return _wants_somebody(standing_of(answer))

    def mail(self, member: Membership) -> Rendered:
        """Why, and what remains to be done."""
        return mail_on_failure(self.answer, member, remaining_for(self.answer))

    def words(self, member: Membership) -> str:
        """The same as a text."""
        return _words(self.answer)


def follow_up() -> int:
    """Does what is due about failed answers; how many it took on."""
    now = timezone.now()
    due = Failure.objects.filter(due_at__lte=now).order_by("due_at")
    failures = list(due.select_related("reply__message__business")[:BATCH])
    return sum(_follow_up(failure) for failure in failures if _claim(failure, now))


def _claim(failure: Failure, now: datetime) -> bool:
    """One worker takes it on; the others leave it alone until his lease ends."""
    still_due = Failure.objects.filter(pk=failure.pk, due_at=failure.due_at)
    return bool(still_due.update(due_at=now + LEASE))


def _follow_up(failure: Failure) -> int:
    reply = failure.reply
    if _still_failed(failure) and not (_may_go_by_itself(reply) and _goes_another_way(failure)):
        _tell(failure)
    return 1


@transaction.atomic
def _tell(failure: Failure) -> None:
    """What was told not to have arrived does not go out later: nothing of it waits for the customer any more."""
    reply = failure.reply
    if not _still_failed(failure):
        return
    for waiting in lock_standing(reply):
        if waits(waiting) and waiting.state == State.QUEUED:
            cancel(waiting)
    told = tell_writer_of(reply, NotArrived(reply))
    _end(failure, FailureOutcome.TOLD if told else FailureOutcome.NOBODY)


@transaction.atomic
def _still_failed(failure: Failure) -> bool:
    """Whether nobody has settled it or sent it again since and it has not arrived, else the failure is over.

    Under the lock that whoever records a failure holds: one that comes now is noted anew.
    """
    has_failed = _wants_somebody(lock_standing(failure.reply))
    if not has_failed:
        with changing(failure.reply.message_id) as message:
            look_again(message)
        _end(failure, FailureOutcome.OVER)
    return has_failed


def _wants_somebody(standing: list[Delivery]) -> bool:
    return any(sent.state == State.FAILED or sent.waits_for_a_person for sent in standing)


def _may_go_by_itself(reply: MessageReply) -> bool:
    """Where its business wants that.

    For a person to judge is what is out of date, what another answer followed that is on its way or
    arrived, as it may say the same, what belongs to a conversation in the trash or in spam, and what was
    written to another customer than its conversation is joined to.
    """
    message = reply.message
    if message.deleted_at or message.is_spam or not message.business.fails_over:
        return False
    stale = Dispatch.objects.filter(
        reply=reply, is_replaced=False, delivery__error_name=Expired.code
    )
    others = Dispatch.objects.filter(reply=reply, participant__contact__isnull=False)
    if others.exclude(participant__contact=message.contact_id).exists():
        return False
    later = message.replies.filter(
        direction=Direction.OUTBOUND, is_automatic=False, created_at__gt=reply.created_at
    )
    return not (stale.exists() or later.exclude(pk__in=failed_replies(message.pk)).exists())


def _words(reply: MessageReply) -> str:
    """The same as a text."""
    customer = contact_name(reply.message.contact, reply.message)
    url = dashboard_url(reply.message)
    if is_in_doubt(reply):
        words = _("Nobody knows whether your answer to %(customer)s arrived. What to do: %(url)s")
    elif is_partly_there(reply):
        words = _("Your answer to %(customer)s did not arrive whole. What to do: %(url)s")
    else:
        words = _("Your answer to %(customer)s did not arrive. What to do: %(url)s")
    return words % {"customer": customer, "url": url}


def _end(failure: Failure, outcome: FailureOutcome) -> None:
    Failure.objects.filter(pk=failure.pk).update(due_at=None, outcome=outcome)


def _goes_another_way(failure: Failure) -> bool:
    """Whether it is on the next way that the customer agreed to; each way is tried once."""
    for way in agreed_ways(failure.reply):
        try:
            with transaction.atomic():
                send_another_way(failure.reply, way.channel)
                _end(failure, FailureOutcome.ANOTHER_WAY)
        except (NotReachable, NotPossible) as error:
            log.info("Answer %s does not go by %s: %s", failure.reply_id, way.channel, error)
        else:
            return True
    return False
