"""What owners do: they read notifications, and answer by mail or in the dashboard."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from channels_out.models import Delivery
from gateway.held import settle_send
from gateway.models import HeldItem
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.ways import NotReachable
from tests.world.customers import DAY, HOUR, MOST_WRITTEN, archive
from tests.world.matters import Written
from tests.world.mime import Mail
from tests.world.people import Owner
from tests.world.world import MARKER, World


def got_mail(world: World, owner: Owner, sent: Delivery) -> None:
    """A notification of what a customer wrote, or the news that an answer of his is held."""
    found = MARKER.search(sent.rendered.text)
    read = world.written[found[0]] if found else None
    if read is None:
        return
    if read.by_owner:
        world.later(HOUR, 5 * HOUR, partial(_approve, owner))
        return
    if not sent.rendered.reply_to:
        return  # only the news that something waits
    if read.answered or not world.happens("owner_answers") or _is_over(read):
        return
    read.answered = True  # the first of several owners who reads it
    conversation = sent.dispatch.message_id
    world.agenda.after(_pause(world), partial(_answer, world, owner, read, sent, conversation))
    if world.happens("archived"):
        put_away = partial(archive, world, read, conversation)
        world.later(7 * DAY, 40 * DAY, put_away)


def _is_over(read: Written) -> bool:
    return any(matter.written >= MOST_WRITTEN for matter in read.matters)


def _answer(world: World, owner: Owner, read: Written, sent: Delivery, conversation: Any) -> None:
    written = world.write(
        read.matters[0],
        how="answer",
        by_owner=True,
        answers=read,
        conversation=conversation,
        business=owner.membership.business_id,
    )
    words = f"Yes, it is still there. {written.marker}"
    if owner.by_mail:
        _by_mail(world, owner, written, words, sent)
        return
    try:
        post_reply(Answer(conversation, owner.membership, words, written_via="dashboard"))
    except NotReachable:
        world.counts["answers that no channel could take, said in the dashboard"] += 1
        return
    written.arrived = True
    world.post.wake()


def _by_mail(world: World, owner: Owner, written: Written, words: str, sent: Delivery) -> None:
    sender = owner.email
    if world.happens("owner_passes_on"):
        sender = owner.colleague
    elif owner.alias and world.rng.random() < 0.2:
        sender = owner.alias
    mail = Mail(
        sender=sender,
        name="Owner",
        to=(sent.rendered.reply_to,),
        subject=f"Re: {sent.rendered.subject}",
        text=words,
        own_id=f"<{written.marker}@people.example>",
        ids=() if owner.drops_references else (sent.message_id,),
        quoted=sent.rendered.text if world.rng.random() < 0.7 else "",
    )
    world.post.mail(mail, partial(_arrived, written))


def _arrived(written: Written) -> None:
    written.arrived = True


def _approve(owner: Owner) -> None:
    """He sends what is held with one click; his own address is accepted from then on."""
    mine = HeldItem.objects.filter(membership=owner.membership, settlement="")
    for item in mine.select_related("membership__user"):
        try:
            settle_send(item, owner.membership, accept=item.from_address == owner.alias)
        except NotReachable:
            continue


def _pause(world: World) -> float:
    if world.happens("owner_waits_a_day"):
        return world.rng.uniform(DAY, 3 * DAY)
    if world.rng.random() < 0.65:
        return world.rng.lognormvariate(math.log(1800), 0.9)
    return world.rng.uniform(HOUR, 18 * HOUR)
