"""What a member does about an answer on its way: send it again, say that it went out, take it back."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import NotPossible, cancel, retry, settle
from channels_out.state import State
from gateway.models import MessageReply
from gateway.outbound.another_way import cannot_be_repeated, send_another_way
from gateway.outbound.by_phone import segments_in
from gateway.outbound.failures import has_failed, taken_back_replies
from gateway.outbound.limits import OverBudget, count_texts, uncount_texts
from gateway.outbound.progress import lock_standing
from gateway.outbound.ways import NotReachable, reach_of, why_stopped
from gateway.states import answer_taken_back, changing


def send_again(reply: MessageReply) -> None:
    """Sends again, by the same channel, what of an answer failed or by a member's word did not go out.

    Raises NotPossible when nothing of it waits for that, and NotReachable where the customer has stopped it,
    WhatsApp takes it no more or it is more than the business may send today.
    """
    if cannot_be_repeated(reply):
        send_another_way(reply, reply.channel)
        return

    def again(sent: Delivery) -> None:
        if sent.state == State.FAILED:
            _look_for_stop(reply, sent)
            _count(reply, sent)
            retry(sent)
        else:
            settle(sent, was_sent=False)

    _each(
        reply,
        lambda sent: sent.state == State.FAILED or sent.waits_for_a_person,
        again,
        _("Only an answer that failed, or of which nobody knows, is sent again"),
    )


def _look_for_stop(reply: MessageReply, sent: Delivery) -> None:
    """It would only fail once more."""
    if reason := why_stopped(Channel(sent.channel), sent.sender, sent.to_address):
        raise NotReachable(reason, reach_of(reply.message).usable)


def _count(reply: MessageReply, sent: Delivery) -> None:
    """What goes out once more costs once more."""
    try:
        count_texts(reply.message.business, segments_in([sent]))
    except OverBudget as over:
        raise NotReachable(str(over), []) from over


def was_sent(reply: MessageReply) -> None:
    """A member says that an answer in doubt did go out. Raises NotPossible when none is."""
    _each(
        reply,
        lambda sent: sent.waits_for_a_person,
        lambda sent: settle(sent, was_sent=True),
        _("Only of an answer in doubt a person says whether it went out"),
    )


@transaction.atomic
def take_back(reply: MessageReply) -> None:
    """Cancels an answer of which nothing has begun to go out. Raises NotPossible once a part of it has.

    Its writer gets its words back to write them anew: the customer must have none of them yet.
    """
    standing = lock_standing(reply)
    if any(sent.state not in (State.QUEUED, State.CANCELLED) for sent in standing):
        standing = []
    queued = [sent for sent in standing if sent.state == State.QUEUED]
    _act(queued, cancel, _("It is too late to take this answer back"))
    with changing(reply.message_id) as message:
        answer_taken_back(message, taken_back_replies(message.pk))
        message.has_failed = has_failed(message)
    uncount_texts(reply.message.business, segments_in(queued), queued[0].created_at)


@transaction.atomic
def _each(
    reply: MessageReply,
    concerns: Callable[[Delivery], bool],
    act: Callable[[Delivery], object],
    problem: str,
) -> None:
    _act([sent for sent in lock_standing(reply) if concerns(sent)], act, problem)


def _act(concerned: list[Delivery], act: Callable[[Delivery], object], problem: str) -> None:
    if not concerned:
        raise NotPossible(f"{problem}.")
    for delivery in concerned:
        act(delivery)
