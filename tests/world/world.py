"""The world of one region: who is there, what was written, and who is told of it."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import time_machine

from channels_out.models import Delivery
from gateway.asking.ask import PURPOSE as QUESTION
from tests.world.agenda import Agenda
from tests.world.matters import Matter, Written, plan_matters
from tests.world.mime import Mail
from tests.world.people import Customer, Shop, give_numbers, make_customers, make_shops
from tests.world.post_office import PostOffice, Text
from tests.world.rivals import Letter, Line, rivals
from tests.world.shares import MONTHS, share

BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)
DAYS = MONTHS * 30
MARKER = re.compile(r"\bqz[a-z]{5}\b")
# Measured: what a customer's matters come to.
MESSAGES_A_CUSTOMER = 11
CUSTOMERS_A_SHOP = 10
FEWEST_SHOPS = 6
PHRASES = {
    False: (
        "Is it still there?",
        "Could I see it today?",
        "What about the price?",
        "I would take it.",
    ),
    True: ("Ist es noch zu haben?", "Kann ich heute kommen?", "Was kostet es denn?", "Danke sehr."),
}


class World:
    """Everything that is true. What people do is in `customers`, `owners` and `asked`."""

    def __init__(self, seed: int, set_up: str, messages: int) -> None:
        self.set_up = set_up
        self.rng = random.Random(f"{seed}:life")
        self.counts: Counter[str] = Counter()
        self.agenda = Agenda(BEGIN)
        self.post = PostOffice(self.agenda, self.rng, self._bring)
        self.rivals = rivals()
        self.written: dict[str, Written] = {}
        self.of_customer: defaultdict[Customer, list[Matter]] = defaultdict(list)
        self.texts: defaultdict[Line, list[Written]] = defaultdict(list)
        self.asked: dict[Line, UUID] = {}  # the question that stands last on a phone
        self.given: dict[str, Any] = {}  # the conversation of a reply address or of a text of ours
        with time_machine.travel(BEGIN, tick=False):
            self._populate(random.Random(f"{seed}:people"), messages)

    def _populate(self, rng: random.Random, messages: int) -> None:
        count = max(FEWEST_SHOPS, messages // MESSAGES_A_CUSTOMER)
        self.shops = make_shops(rng, max(FEWEST_SHOPS, count // CUSTOMERS_A_SHOP))
        self.customers = make_customers(rng, count, BEGIN, DAYS)
        self.matters = plan_matters(rng, self.customers, self.shops, BEGIN, DAYS)
        give_numbers(self.shops, self.set_up)
        self._owners = {owner.email: owner for shop in self.shops for owner in shop.owners}
        mailboxes = [
            (person, each)
            for person in self.customers
            for each in (person.email, person.other_email)
        ]
        self._mailboxes = {address: person for person, address in mailboxes if address}
        self._phones: defaultdict[str, list[Customer]] = defaultdict(list)
        for person in self.customers:
            self._phones[person.phone].append(person)

    @property
    def is_dedicated(self) -> bool:
        """Whether each business has numbers of its own."""
        return self.set_up == "dedicated"

    def happens(self, name: str) -> bool:
        """Whether it does, this time."""
        return self.rng.random() < share(name)

    def holder(self, phone: str) -> Customer | None:
        """Who holds a phone now."""
        now = self.agenda.now
        held = (each for each in self._phones[phone] if each.since <= now)
        return next((each for each in held if each.until is None or now < each.until), None)

    def words(self, person: Customer) -> str:
        """Something to say."""
        return self.rng.choice(PHRASES[person.german])

    def write(self, *matters: Matter, how: str, by_owner: bool = False, **more: Any) -> Written:
        """A new message with a marker of its own."""
        marker = "qz" + _word(len(self.written))
        written = Written(marker, matters, by_owner, self.agenda.now, how, **more)
        self.written[marker] = written
        for matter in matters:
            matter.written += 1
        return written

    def send_text(
        self, written: Written, person: Customer, number: tuple[str, str], body: str, *,
        quoted: str = "", seconds: float = 0.0,
    ) -> None:  # fmt: skip
        """A customer's text about one matter, to a number of ours."""
        matter = written.matters[0]
        if matter.customer is person:
            matter.number = number
        channel, ours = number
        line = (number, person.phone)
        self.texts[line].append(written)
        has_code = "#" in body
        letter = Letter(
            written.marker,
            self.agenda.now,
            self._businesses_of(written) if self.is_dedicated or has_code else (),
            (line,),
            answers=(quoted,) if quoted else (),
            opens=has_code,
        )
        text = Text(channel, person.phone, ours, f"{written.marker} {body}", quoted)
        self.post.text(text, partial(self._arrived, written, letter), seconds)

    def send_mail(self, written: Written, mail: Mail) -> None:
        """A customer's mail."""
        businesses = self._businesses_of(written)
        letter = Letter(
            written.marker,
            self.agenda.now,
            businesses,
            tuple((business, mail.sender) for business in businesses),
            tokens=mail.recipients,
            answers=mail.ids,
        )
        self.post.mail(mail, partial(self._arrived, written, letter))

    def took_form(self, written: Written, phone: str, email: str) -> None:
        """A form came in."""
        business = self._businesses_of(written)[0]
        lines: list[Line] = [(business, email)] if email else []
        if phone and self.is_dedicated:
            numbers = written.matters[0].shop.numbers
            lines += [((channel, sender.address), phone) for channel, sender in numbers.items()]
        letter = Letter(written.marker, self.agenda.now, (business,), tuple(lines), opens=True)
        self._arrived(written, letter)
        self.post.wake()

    def later(self, low: float, high: float, doing: Callable[[], None]) -> None:
        """Does it after between so many seconds."""
        self.agenda.after(self.rng.uniform(low, high), doing)

    def run(self) -> None:
        """Thirteen months."""
        from tests.world import customers

        for matter in self.matters:
            self.agenda.at(matter.begins_at, partial(customers.begin, self, matter))
        for shop in self.shops:
            for listing in shop.listings:
                if self.happens("listing_gone"):
                    when = BEGIN + timedelta(days=self.rng.uniform(30, DAYS))
                    self.agenda.at(when, partial(_delete, shop, listing))
        self.agenda.run()

    def _arrived(self, written: Written, letter: Letter) -> None:
        written.arrived = True
        for rival in self.rivals:
            rival.wrote(letter)

    def _bring(self, sent: Delivery) -> None:
        """Gives what was sent to whom it reaches."""
        from tests.world import asked, customers, owners

        owner = self._owners.get(sent.to_address)
        if owner is not None:
            owners.got_mail(self, owner, sent)
            return
        person = self._mailboxes.get(sent.to_address) or self.holder(sent.to_address)
        if sent.purpose == QUESTION:
            if person is not None:
                asked.got_question(self, person, sent)
        elif found := MARKER.search(sent.rendered.text):
            customers.got_answer(self, person, self.written[found[0]], sent)

    @staticmethod
    def _businesses_of(written: Written) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(each.shop.business.pk for each in written.matters))


def number_of(sender: Any) -> tuple[str, str]:
    """One of our numbers, as a phone knows it."""
    return str(sender.channel), sender.address


def _delete(shop: Shop, listing: Any) -> None:
    """The listing is sold."""
    shop.listings.remove(listing)
    listing.delete()


def _word(number: int) -> str:
    word = ""
    for _ in range(5):
        number, rest = divmod(number, 26)
        word += chr(ord("a") + rest)
    return word
