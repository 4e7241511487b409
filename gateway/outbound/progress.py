"""How far an answer is on its way to the customer: one word for all the messages it was sent as."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_out.errors import ProviderDown
from channels_out.models import Delivery
from channels_out.outbox.circuit import no_answer
from channels_out.state import State
from gateway.models import Dispatch, MessageReply

PURPOSE = "reply"
# Of what the gateway answers by itself while a business is closed.
AWAY = "away"
# The lanes of what goes out once the customer has written.
WAITING = "waits:"
ASKED = _("A WhatsApp template asked the customer to write; the answer follows when he does.")
# What `deliveries()` adds to a dispatch: whether it waits for a provider that does not answer.
WAITS = "waits_for_provider"
# A text in several parts has arrived when its last part has; what needs a person's eye comes first.
LEAST_ADVANCED_FIRST = (
    State.FAILED,
    State.IN_DOUBT,
    State.CANCELLED,
    State.QUEUED,
    State.SENDING,
    State.SENT,
    State.DELIVERED,
    State.READ,
)


@dataclass(frozen=True)
class Progress:
    """Where an answer stands; `reason` and `next_step` are sentences for the owner, empty while all is well.

    `is_template` says that it went in a WhatsApp template.
    """

    state: str
    reason: str = ""
    next_step: str = ""
    channel: str = ""
    is_template: bool = False


def progress_of(reply: MessageReply) -> Progress | None:
    """The state of the least advanced of a reply's deliveries, or None when it did not go out.

    Needs no query for replies that were read with `deliveries()`; only those know that the provider is
    what they wait for.
    """
    standing = [each for each in reply.dispatches.all() if not each.is_replaced]
    carrying = _that_count([each for each in standing if each.delivery.purpose in (PURPOSE, AWAY)])
    if not carrying:
        return None
    least = min(carrying, key=_advance)
    last, is_template = least.delivery, least.template_id is not None
    if last.state == State.QUEUED and not least.asks_first and any(map(_asks_first, carrying)):
        return Progress(last.state, str(ASKED), "", last.channel)
    if last.state == State.QUEUED and getattr(least, WAITS, False):
        down = ProviderDown()
        return Progress(last.state, said(down.reason), said(down.next_step), last.channel)
    # An away answer that failed is nobody's to send.
    next_step = "" if reply.is_automatic else said(last.next_step)
    return Progress(last.state, said(last.reason), next_step, last.channel, is_template)


def said(stored: str) -> str:
    """A sentence of `channels_out.errors`, which is stored in English, in the reader's language."""
    return gettext(stored)


def is_in_doubt(reply: MessageReply) -> bool:
    """Whether no part of an answer failed, and of one it is not known whether it went out."""
    progress = progress_of(reply)
    return progress is not None and progress.state == State.IN_DOUBT


def hops_of(reply: MessageReply) -> list[Progress]:
    """The ways that an answer went before and on which it failed; no query, as `progress_of`."""
    replaced = [each for each in reply.dispatches.all() if each.is_replaced]
    return [
        Progress(
            each.delivery.state,
            said(each.delivery.reason),
            channel=each.delivery.channel,
            is_template=each.template_id is not None,
        )
        for each in replaced
    ]


def waits(delivery: Delivery) -> bool:
    """Whether it goes out once the customer has written, after a template that asks him to."""
    return delivery.lane.startswith(WAITING)


def asked_and_over() -> Q:
    """What counts no more of an answer: a template that asked for the customer's word, once the answer follows.

    Only such a template stands beside a text.
    """
    following = Dispatch.objects.filter(
        reply=OuterRef("reply"), is_replaced=False, template=None, delivery__purpose=PURPOSE
    ).exclude(delivery__lane__startswith=WAITING)
    return Q(Exists(following), ~Q(delivery__state=State.QUEUED), template__isnull=False)


def _that_count(standing: Iterable[Dispatch]) -> list[Dispatch]:
    """The same, of the dispatches of one answer."""
    rows = list(standing)
    if all(each.asks_first or waits(each.delivery) for each in rows):
        return rows
    return [each for each in rows if not each.asks_first or each.delivery.state == State.QUEUED]


def _asks_first(dispatch: Dispatch) -> bool:
    return dispatch.asks_first


def _advance(dispatch: Dispatch) -> int:
    return LEAST_ADVANCED_FIRST.index(State(dispatch.delivery.state))


def parts_of(standing: Iterable[Dispatch]) -> set[str]:
    """Where the parts of an answer stand, of dispatches that were read with their templates.

    A template that asks the customer to write is none of them; where it failed, what waits for him has
    failed with it.
    """
    rows = _that_count(standing)
    states = {each.delivery.state for each in rows if not each.asks_first}
    asked_in_vain = any(each.asks_first and each.delivery.state == State.FAILED for each in rows)
    return states - {State.QUEUED} | {State.FAILED} if asked_in_vain else states


def deliveries() -> Prefetch[str]:
    """What `progress_of` looks at, for `prefetch_related` of replies; without the rendered messages."""
    carrying = Dispatch.objects.filter(delivery__purpose__in=(PURPOSE, AWAY))
    carrying = carrying.select_related("delivery", "template")
    carrying = carrying.annotate(**{WAITS: no_answer("delivery__")})
    return Prefetch("dispatches", queryset=carrying.defer("delivery__payload"))


def lock_standing(reply: MessageReply) -> list[Delivery]:
    """What counts of an answer and was not replaced, locked in the outbox's order, before its conversation.

    Who sends it again and who sends it another way wait here for each other: the customer gets it once.
    """
    locked = list(_carrying(reply).select_for_update(of=("self",)))
    # Looked at under the lock: while it was waited for, it may have gone another way.
    return _counting(reply, locked)


def standing_of(reply: MessageReply) -> list[Delivery]:
    """The same, not locked: as it is at this moment."""
    return _counting(reply, list(_carrying(reply)))


def _carrying(reply: MessageReply) -> QuerySet[Delivery]:
    return Delivery.objects.filter(dispatch__reply=reply, purpose=PURPOSE).order_by("pk")


def _counting(reply: MessageReply, carrying: list[Delivery]) -> list[Delivery]:
    counting = Dispatch.objects.filter(reply=reply, is_replaced=False).exclude(asked_and_over())
    standing = set(counting.values_list("delivery", flat=True))
    return [delivery for delivery in carrying if delivery.pk in standing]
