"""What a member does about an answer on its way: send it again, say that it went out, take it back."""

from __future__ import annotations

from collections.abc import Callable

from channels_out.models import Delivery
from channels_out.outbox import NotPossible, cancel, retry, settle
from channels_out.state import State
from gateway.models import MessageReply
from gateway.outbound.progress import PURPOSE


def send_again(reply: MessageReply) -> None:
    """Sends again, the same way, what of an answer failed or by a member's word did not go out.

    Raises NotPossible when nothing of it waits for that.
    """

    def again(sent: Delivery) -> None:
        if sent.state == State.FAILED:
            retry(sent)
        else:
            settle(sent, was_sent=False)

    _each(
        reply,
        lambda sent: sent.state == State.FAILED or sent.waits_for_a_person,
        again,
        "Only an answer that failed, or of which nobody knows, is sent again",
    )


def was_sent(reply: MessageReply) -> None:
    """A member says that an answer in doubt did go out. Raises NotPossible when none is."""
    _each(
        reply,
        lambda sent: sent.waits_for_a_person,
        lambda sent: settle(sent, was_sent=True),
        "Only of an answer in doubt a person says whether it went out",
    )


def take_back(reply: MessageReply) -> None:
    """Cancels what of an answer has not begun to go out. Raises NotPossible once all of it has."""
    _each(
        reply,
        lambda sent: sent.state == State.QUEUED,
        cancel,
        "It is too late to take this answer back",
    )


def _each(
    reply: MessageReply,
    concerns: Callable[[Delivery], bool],
    act: Callable[[Delivery], object],
    problem: str,
) -> None:
    standing = Delivery.objects.filter(
        dispatch__reply=reply, dispatch__is_replaced=False, purpose=PURPOSE
    )
    concerned = [delivery for delivery in standing.order_by("id") if concerns(delivery)]
    if not concerned:
        raise NotPossible(f"{problem}.")
    for delivery in concerned:
        act(delivery)
