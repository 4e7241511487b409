"""What customers do: they begin a matter, and go on with it when they hear of it."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from uuid import UUID

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.conf import reply_domain
from gateway.inbound.messages import InboundForm
from gateway.inbound.receive import receive
from gateway.listing_addresses import listing_address
from gateway.models import Status
from gateway.states import change, set_status
from tests.world.matters import Matter, Written
from tests.world.mime import Mail
from tests.world.people import Customer
from tests.world.shares import share
from tests.world.world import World, number_of

HOUR = 3600.0
DAY = 24 * HOUR
MOST_WRITTEN = 24  # messages of both sides about one matter


def begin(world: World, matter: Matter) -> None:
    """He has something new to ask."""
    if matter.listing is not None and matter.listing not in matter.shop.listings:
        matter.listing = None  # it is gone by now
    way = world.rng.random()
    if way < share("by_form"):
        _by_form(world, matter)
    elif way < share("by_form") + share("by_mail"):
        _by_mail(world, matter)
    else:
        _by_text(world, matter)
    world.of_customer[matter.customer].append(matter)
    if world.happens("late_thought"):
        world.later(3 * DAY, 60 * DAY, partial(_comes_back, world, matter))


def got_answer(world: World, person: Customer | None, answer: Written, sent: Delivery) -> None:
    """A business's answer is on his phone or in his mailbox."""
    if person is None or answer.answers is None:
        return
    matter = answer.matters[0]
    is_mail = sent.channel == Channel.EMAIL
    if answer.business == matter.shop.business.pk:
        _tell_rivals(world, answer, sent)
    if matter.customer is not person:
        world.counts["answers that reached somebody else"] += 1
        if (
            not is_mail and world.rng.random() < 0.3
        ):  # a typing error in somebody's form has led it here
            number = (sent.channel, sent.sender.address)
            written = world.write(matter, how="text")
            world.later(
                60, HOUR, partial(world.send_text, written, person, number, "Wrong number, sorry.")
            )
        return
    if answer.business != matter.shop.business.pk:
        return  # another business answers than he wrote to: he lets it be
    matter.is_known = True
    world.given[sent.rendered.reply_to if is_mail else sent.provider_id] = answer.conversation
    if is_mail:
        matter.reply_to = sent.rendered.reply_to
        matter.ids.append(sent.message_id)
        if world.happens("machine_answers"):
            _machine(world, matter)
    else:
        matter.number = (sent.channel, sent.sender.address)
    if world.happens("customer_goes_on") and matter.written < MOST_WRITTEN:
        go_on = _by_mail_again if is_mail else partial(_by_text_again, sid=sent.provider_id)
        world.agenda.after(_pause(world), partial(go_on, world, matter))


def text(
    world: World, matter: Matter, number: tuple[str, str], words: str, quoted: str = ""
) -> None:
    """He texts about a matter, in one piece or two."""
    person = matter.customer
    if world.holder(person.phone) is not person:
        return
    is_swapped = False
    first = world.write(matter, how="text", explicit=quoted)
    if world.happens("in_two_pieces"):
        is_swapped = world.happens("pieces_swapped")
        second = world.write(matter, how="text")
        world.later(3, 50, partial(world.send_text, second, person, number, world.words(person)))
    world.send_text(
        first, person, number, words, quoted=quoted, seconds=60.0 if is_swapped else 0.0
    )
    if world.happens("nudges"):
        world.later(20 * HOUR, 2 * DAY, partial(_nudge, world, matter, first, number))


def _by_form(world: World, matter: Matter) -> None:
    person = matter.customer
    phone = person.phone if world.happens("form_gives_phone") else ""
    # By WhatsApp nobody can be written to first: such a form asks for a mailbox.
    email = (
        person.email
        if not phone or world.set_up == "single" or world.happens("form_gives_mail")
        else ""
    )
    if phone and world.happens("form_wrong_phone"):
        phone = world.rng.choice(world.customers).phone
    wish = world.rng.choice(["", str(number_of(matter.shop.number(person.uses_whatsapp))[0])])
    written = world.write(matter, how="form")
    form = InboundForm(
        business=matter.shop.business,
        sender_name=person.name,
        sender_email=email,
        sender_phone=phone,
        subject=matter.subject,
        text=f"{world.words(person)} {written.marker}",
        listing=matter.listing,
        reply_by=wish if phone else "",
    )
    receive(form)
    world.took_form(written, phone, email)


def _by_text(world: World, matter: Matter) -> None:
    person, shop = matter.customer, matter.shop
    known = [each.number for each in world.of_customer[person] if each.shop is shop and each.number]
    number = number_of(shop.number(person.uses_whatsapp))
    words = world.words(person)
    if known and world.happens("without_warning"):
        text(world, matter, known[-1], words)
    elif world.is_dedicated and (matter.listing is None or world.happens("bare_on_dedicated")):
        text(world, matter, number, words)
    elif matter.listing is None:
        _by_form(world, matter)  # a shared number is only given out with a listing's code
    elif world.happens("code_erased"):
        world.counts["codes erased"] += 1
        text(world, matter, number, words)
    else:
        text(world, matter, number, f"{matter.listing} #{shop.codes[matter.listing.pk]}: {words}")


def _by_mail(world: World, matter: Matter) -> None:
    person, shop = matter.customer, matter.shop
    earlier = [each for each in world.of_customer[person] if each.reply_to]
    same = [each for each in earlier if each.shop is shop]
    others = [each for each in earlier if each.shop is not shop]
    ids: tuple[str, ...] = ()
    subject, quoted = matter.subject, ""
    address = shop.business.public_address
    if same and world.happens("remembered"):
        world.counts["new matters to a remembered reply address"] += 1
        address = same[-1].reply_to
    elif others and world.happens("forwarded_elsewhere"):
        world.counts["mails of one business passed on to another"] += 1
        ids, quoted, subject = (
            tuple(others[-1].ids[-3:]),
            "We have it.",
            f"Fwd: {others[-1].subject}",
        )
    elif matter.listing is not None and world.rng.random() < 0.5:
        address = listing_address(matter.listing) or address
    written = world.write(matter, how="mail")
    mail = _mail(world, written, person, (address,), subject)
    world.send_mail(written, replace(mail, ids=ids, quoted=quoted))


def _mail(
    world: World, written: Written, person: Customer, to: tuple[str, ...], subject: str
) -> Mail:
    return Mail(
        sender=person.email,
        name=person.name,
        to=to,
        subject=subject,
        text=f"{world.words(person)} {written.marker}",
        own_id=f"<{written.marker}@home.example>",
        names_envelope=world.rng.random() < 0.7,
    )


def _by_text_again(world: World, matter: Matter, sid: str = "") -> None:
    if matter.number is None:
        return
    is_quoted = sid and matter.number[0] == Channel.WHATSAPP and world.happens("quotes")
    text(world, matter, matter.number, world.words(matter.customer), sid if is_quoted else "")


def _by_mail_again(world: World, matter: Matter) -> None:
    person = matter.customer
    if person.until and world.agenda.now > person.until:
        return
    if world.is_dedicated and world.happens("switches_to_text"):
        world.counts["mails answered by text"] += 1
        text(
            world, matter, number_of(matter.shop.number(person.uses_whatsapp)), world.words(person)
        )
        return
    other = _another_open(world, matter) if world.happens("two_at_once") else None
    # To two at once it answers each; then its home alone counts.
    explicit = "" if other else matter.reply_to
    written = world.write(matter, *filter(None, [other]), how="mail", explicit=explicit)
    to: tuple[str, ...] = (matter.reply_to,)
    cc: tuple[str, ...] = (other.reply_to,) if other else ()
    if not other and world.happens("token_in_cc"):
        to, cc = ("partner@elsewhere.example",), to
    mail = _mail(world, written, person, to, f"Re: {matter.subject}")
    if person.other_email and world.rng.random() < 0.3:
        mail = replace(mail, sender=person.other_email)
    ids = () if person.drops_references else tuple(matter.ids[-5:])
    world.send_mail(written, replace(mail, cc=cc, ids=ids, quoted=_quoted(world)))


def _another_open(world: World, matter: Matter) -> Matter | None:
    theirs = world.of_customer[matter.customer]
    return next((each for each in theirs if each.reply_to and each.shop is not matter.shop), None)


def _quoted(world: World) -> str:
    return "Yes, it is still there." if world.rng.random() < 0.7 else ""


def _machine(world: World, matter: Matter) -> None:
    person = matter.customer
    written = world.write(matter, how="machine")
    mail = _mail(world, written, person, (matter.reply_to,), "Automatic reply: away")
    headers = ("Auto-Submitted: auto-replied",)
    world.send_mail(written, replace(mail, ids=tuple(matter.ids[-1:]), headers=headers))


def _nudge(world: World, matter: Matter, before: Written, number: tuple[str, str]) -> None:
    if not before.answered:
        text(world, matter, number, "Hello?")


def _comes_back(world: World, matter: Matter) -> None:
    """After days or weeks he takes it up by himself."""
    if matter.number is not None:
        world.counts["taken up again by text"] += 1
        _by_text_again(world, matter)
    elif matter.reply_to:
        world.counts["taken up again by mail"] += 1
        _by_mail_again(world, matter)


def archive(world: World, written: Written, conversation: UUID) -> None:
    """Its owner puts the conversation away."""
    with change(conversation) as message:
        set_status(message, Status.ARCHIVED)
    for rival in world.rivals:
        rival.archived(written.marker)


def _tell_rivals(world: World, answer: Written, sent: Delivery) -> None:
    assert answer.answers is not None
    if sent.channel == Channel.EMAIL:
        token = sent.rendered.reply_to
        assert token.endswith(reply_domain())
        line = (answer.matters[0].shop.business.pk, sent.to_address)
        ids = [token, sent.message_id]
    else:
        line = ((sent.channel, sent.sender.address), sent.to_address)
        ids = [sent.provider_id]
    for rival in world.rivals:
        rival.answered(answer.answers.marker, line, ids, world.agenda.now)


def _pause(world: World) -> float:
    """Seconds until people write back: most soon, some after hours, a few after days."""
    kind = world.rng.random()
    if kind < 0.70:
        return world.rng.lognormvariate(math.log(900), 1.0)
    if kind < 0.92:
        return world.rng.uniform(HOUR, 20 * HOUR)
    return world.rng.uniform(DAY, 6 * DAY)
