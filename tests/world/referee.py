"""Compares what was stored with what was meant.

A matter's home is the conversation that its first message opened; where that was filed under another one,
it is that one, and only the first message counts as wrong there. In a wrong business every message of a
customer counts. What answers a mail, or quotes a text, may be where that is as well; an owner's answer belongs
where he read what he answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.models import CustomerMessage, Direction, HeldItem, MessageReply
from gateway.words import BY_A_PERSON
from tests.world.matters import Matter, Written
from tests.world.rivals import Rival
from tests.world.score import Score
from tests.world.world import MARKER, World

# These steps say which conversation; the others only which business, and take its newest one.
BY_MAIL = {"token", "new_topic", "reference", "provider_id", "public_address", "ended"}
NAMES_THE_CONVERSATION = {*BY_MAIL, "form", "link", "quote", "code", "asked"}
ASKED = ("asked", "asked_alike")
CERTAIN, UNMARKED, MARKED = "certain", "unmarked", "marked"


@dataclass(frozen=True)
class Place:
    """Where one message was filed, by what step and how sure that was."""

    business: Any
    conversation: Any
    step: str = ""
    sure: str = CERTAIN
    note: str = ""


@dataclass
class _Stored:
    """What the database holds, by marker."""

    places: defaultdict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    openers: list[tuple[str, Place]] = field(default_factory=list)
    held: dict[str, tuple[str, bool]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Truth:
    """Where each matter belongs, which message began it, and the matters of what opened each conversation."""

    homes: dict[Matter, Any]
    began: dict[Matter, Written]
    opened_by: dict[Any, tuple[Matter, ...]]
    given: Mapping[str, Any]


def judge(world: World) -> Score:
    """What the gateway made of this world."""
    stored = _read()
    score = Score(counts=world.counts + world.post.counts)
    truth = _truth(world, stored.places, stored.openers, world.given)
    for written, matter in _arrived(world, score):
        found = stored.places.get(written.marker, [])
        score.messages += 1
        score.of_customers += not written.by_owner
        score.doubled += len(found) > len(written.matters)
        _count_held(score, written, stored)
        if not found:
            score.lost += written.marker not in stored.held
            continue
        place = _nearest(found, matter)
        score.steps[place.step] += 1
        _judge(score, written, matter, place, truth)
    return score


def judge_rival(world: World, rival: Rival) -> Score:
    """What another rule made of what the customers of this world wrote."""
    score = Score()
    places = {
        marker: [Place(each.business, each.key) for each in conversations]
        for marker, conversations in rival.places.items()
    }
    openers = [
        (each.opened_by, Place(each.business, each.key))
        for each in dict.fromkeys(c for found in rival.places.values() for c in found)
    ]
    truth = _truth(world, places, openers, rival.given)
    for written, matter in _arrived(world, score):
        if written.by_owner:
            continue
        score.messages += 1
        score.of_customers += 1
        found = places.get(written.marker, [])
        if not found:
            score.held += 1
            continue
        _judge(score, written, matter, _nearest(found, matter), truth)
    return score


def _arrived(world: World, score: Score) -> Iterator[tuple[Written, Matter]]:
    for written in world.written.values():
        if not written.arrived:
            score.never_received += written.how == "text"
            continue
        for matter in written.matters:
            yield written, matter


def _judge(score: Score, written: Written, matter: Matter, place: Place, truth: _Truth) -> None:
    if place.business != matter.shop.business.pk and not written.by_owner:
        kind = "business"
        score.wrong_business += 1
    elif _is_right(written, matter, place, truth):
        return
    else:
        kind = place.sure
        setattr(score, f"wrong_{kind}", getattr(score, f"wrong_{kind}") + 1)
    score.wrong_by[f"{kind}: {place.step}"] += 1
    score.cases.append(
        f"{kind} | {place.step} | {written.how} {written.marker} at {written.at:%Y-%m-%d %H:%M} |"
        f" customer {matter.customer.key}, matter {matter.key}, {matter.shop.business.slug} | {place.note}"
    )


def _is_right(written: Written, matter: Matter, place: Place, truth: _Truth) -> bool:
    if written.by_owner:
        return bool(place.conversation == written.conversation)
    if written.explicit and place.conversation == truth.given.get(written.explicit):
        return True
    if place.conversation != truth.homes[matter]:
        return False
    opener = truth.opened_by.get(place.conversation)
    return truth.began[matter] is not written or opener is None or matter in opener


def _nearest(found: list[Place], matter: Matter) -> Place:
    own = (each for each in found if each.business == matter.shop.business.pk)
    return next(own, found[0])


def _count_held(score: Score, written: Written, stored: _Stored) -> None:
    held = stored.held.get(written.marker)
    if held is None:
        return
    reason, is_asked = held
    is_settled = any(each.step in ASKED for each in stored.places.get(written.marker, []))
    if is_asked and is_settled:
        score.asked += 1
    else:
        score.held += 1
        score.reasons[reason] += 1


def _truth(
    world: World,
    places: dict[str, list[Place]],
    openers: list[tuple[str, Place]],
    given: Mapping[str, Any],
) -> _Truth:
    homes: dict[Matter, Any] = {}
    began: dict[Matter, Written] = {}
    as_written = {marker: number for number, marker in enumerate(world.written)}
    for marker, place in sorted(openers, key=lambda each: as_written[each[0]]):
        for matter in world.written[marker].matters:
            if matter.shop.business.pk == place.business:
                homes.setdefault(matter, place.conversation)
    for written, matter in _arrived(world, Score()):
        began.setdefault(matter, written)
        if found := places.get(written.marker):
            homes.setdefault(matter, _nearest(found, matter).conversation)
    opened_by = {place.conversation: world.written[marker].matters for marker, place in openers}
    return _Truth(homes, began, opened_by, given)


def _read() -> _Stored:
    stored = _Stored()
    columns = ("filed_by", "filed_note", "business", "pk", "message")
    for step, note, business, pk, text in CustomerMessage.objects.order_by("id").values_list(
        *columns
    ):
        place = Place(business, pk, step, _sure(step, note), note)
        if marker := _marker(text):
            stored.openers.append((marker, place))
            stored.places[marker].append(place)
    columns = ("filed_by", "filed_note", "message__business", "message", "reply", "direction")
    for step, note, business, pk, text, direction in MessageReply.objects.order_by(
        "id"
    ).values_list(*columns):
        by = step or ("dashboard" if direction == Direction.OUTBOUND else "")
        if marker := _marker(text):
            stored.places[marker].append(Place(business, pk, by, _sure(step, note), note))
    for text, reason, question in HeldItem.objects.values_list("text", "reason", "question"):
        if marker := _marker(text):
            stored.held[marker] = (reason, question is not None)
    return stored


def _marker(text: str) -> str:
    found = MARKER.search(text)
    return found[0] if found else ""


def _sure(step: str, note: str) -> str:
    if note and step not in BY_A_PERSON:
        return MARKED
    return CERTAIN if step in NAMES_THE_CONVERSATION or not step else UNMARKED
