"""How a customer takes our question: he reads it as a person does, and answers what is true, if he answers."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from channels_out.models import Delivery
from tests.world.matters import Matter, Written
from tests.world.people import Customer
from tests.world.post_office import Text
from tests.world.rivals import Line
from tests.world.world import MARKER, World

OPTION = re.compile(r"(?:^|\s)(\d{1,2}) (.+?)(?=, \d{1,2} |\s?\?)")
LINK = re.compile(r"https://gateway\.test(/\S+)")
WRITTEN_AT = re.compile(r'<time datetime="([^"]+)">')
SHOWN = re.compile(r'name="shown" value="([^"]+)"')
BUTTON = re.compile(r'value="([^"]+)">([^<]+)</button>')
# What stands for nothing that was named before, in the languages of this world.
NEW = ("something new", "etwas Neues")
NOBODY = ("somebody else", "jemand anderes")
HOUR = 3600.0
DAY = 24 * HOUR


def got_question(world: World, person: Customer, sent: Delivery) -> None:
    """Our question or our link is on his phone."""
    line = ((sent.channel, sent.sender.address), person.phone)
    link = LINK.search(sent.rendered.text)
    if link:
        world.counts["links sent"] += 1
        if world.happens("opens_link"):
            world.later(120, 12 * HOUR, partial(_use_link, world, person, line, link[1]))
        return
    quoted = _quoted(world, sent.rendered.text)
    if not quoted or quoted[0].matters[0].customer is not person:
        return
    world.counts["questions sent"] += 1
    if len({each.matters[0] for each in quoted}) > 1:
        world.counts["questions sent that no number answers"] += 1
        return
    meant = quoted[0]
    world.asked[line] = sent.pk
    options = OPTION.findall(sent.rendered.text.partition("\n")[0])
    # "something new with X" is only offered where X is the only business that is named.
    is_of_one = any(name.startswith(NEW) and name not in NEW for _, name in options)
    world.counts["questions sent that name one business only"] += is_of_one
    answer = choice(meant, options)
    if answer is not None and world.happens("answers_question"):
        world.later(20, 2 * HOUR, partial(_say, world, meant, line, sent.pk, answer))
    elif world.happens("writes_on"):
        world.later(300, 20 * HOUR, partial(_write_on, world, meant, line[0]))


def choice(meant: Written, options: list[tuple[str, str]]) -> tuple[str, str] | None:
    """What he would tick for what he wrote last, or None where nothing fits.

    What he wrote about before is there by its title, or by the name of the business alone; what is new is
    something new with its business.
    """
    matter = meant.matters[0]
    shop = matter.shop.business.name
    theirs = [each for each in options if shop in each[1]]
    known = [each for each in theirs if not each[1].startswith(NEW)]
    titled = next((each for each in known if _titled(matter, each[1])), None)
    untitled = next((each for each in known if each[1] == shop), None)
    if titled or (matter.is_known and untitled):
        return titled or untitled
    new_there = next((each for each in theirs if each[1].startswith(NEW)), None)
    alone = None if _topics(options) else untitled
    nobody = next((each for each in options if each[1] in (*NEW, *NOBODY)), None)
    return new_there or alone or nobody


def _topics(options: list[tuple[str, str]]) -> bool:
    return any("(" in name for _, name in options)


def _titled(matter: Matter, name: str) -> bool:
    return name == f"{matter.listing} ({matter.shop.business.name})"


def _say(world: World, meant: Written, line: Line, asked: UUID, answer: tuple[str, str]) -> None:
    """Unless he reads another question by then: he answers the one that stands last on his phone."""
    if world.asked[line] != asked:
        return
    matter = meant.matters[0]
    person = matter.customer
    if world.holder(person.phone) is person:
        matter.is_known |= matter.shop.business.name in answer[1]
        words = answer[1] if world.happens("answers_in_words") else answer[0]
        world.counts["questions answered"] += 1
        channel, ours = line[0]
        world.post.text(Text(channel, person.phone, ours, words), _no_news)


def _write_on(world: World, meant: Written, number: tuple[str, str]) -> None:
    from tests.world.customers import text

    text(world, meant.matters[0], number, "Hello, are you there?")


def _quoted(world: World, question: str) -> list[Written]:
    """What he wrote, of which the question says how it begins; nothing for a digit that came too late."""
    return [world.written[marker] for marker in MARKER.findall(question)]


def _use_link(world: World, person: Customer, line: Line, path: str) -> None:
    """He chooses on our page, or writes there whom he means; and goes on as long as it asks for more."""
    page = world.post.page(path)
    while written_at := WRITTEN_AT.search(page):
        meant = _written_at(world, line, datetime.fromisoformat(written_at[1]))
        if meant is None or meant.matters[0].customer is not person:
            return
        page = _choose(world, meant, path, page)
    world.post.wake()


def _written_at(world: World, line: Line, at: datetime) -> Written | None:
    """What he finds on his phone at that time: a second passes until we have a text."""
    before = [each for each in world.texts[line] if each.at <= at + timedelta(seconds=1)]
    return before[-1] if before else None


def _choose(world: World, meant: Written, path: str, page: str) -> str:
    """Our page as it is after his choice."""
    buttons = [(value, html.unescape(name)) for value, name in BUTTON.findall(page)]
    chosen = choice(meant, buttons)
    shown = {"shown": SHOWN.findall(page)[0]}
    matter = meant.matters[0]
    shop = matter.shop
    matter.is_known = True
    world.counts["links used"] += 1
    if chosen is not None and shop.business.name in chosen[1]:
        return world.post.page(path, {"option": chosen[0], **shown})
    code = shop.codes.get(matter.listing.pk) if matter.listing in shop.listings else None
    return world.post.page(path, {"name": code or shop.business.public_address, **shown})


def _no_news() -> None:
    """An answer to our question is no message."""
