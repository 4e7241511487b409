"""Who there is: businesses with their owners and numbers, and customers. Made of a seed, the same for every set-up."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.codes import code_of, links_of
from gateway.models import Business, DedicatedSender, Membership
from tests.factories import make_listing, make_member
from tests.world.shares import AGING, share

ACCOUNT = "AC" + "0" * 32
GOODS = (
    "bike",
    "flat",
    "boat",
    "sofa",
    "piano",
    "van",
    "desk",
    "tent",
    "camera",
    "stove",
    "kayak",
    "lamp",
)
COLOURS = ("Blue", "Red", "Green", "Black", "White", "Old", "Small", "Large", "Grey", "Yellow")
TRADES = (
    "Bikes",
    "Flats",
    "Boats",
    "Rooms",
    "Music",
    "Motors",
    "Garden",
    "Books",
    "Tools",
    "Paints",
)
NAMES = (
    "Ann",
    "Ben",
    "Cem",
    "Dora",
    "Eli",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "Jana",
    "Kai",
    "Lea",
    "Max",
    "Nora",
)
LISTINGS = 5
POOL = 6  # numbers: as many as nearly every customer has businesses
FRONT_DOORS = 2  # numbers in links and QR codes, beside the pool's
QUICK = 1000.0  # messages a second: how fast a number may send is not what is tried here


@dataclass(eq=False)
class Owner:
    """One who answers. `alias` is an address of his that the gateway does not know yet."""

    membership: Membership
    email: str
    alias: str
    colleague: str
    by_mail: bool
    drops_references: bool


@dataclass(eq=False)
class Shop:
    """A business, with the numbers it gives to customers."""

    business: Business
    owners: list[Owner]
    listings: list[Any]
    codes: dict[Any, str]
    numbers: dict[str, Sender] = field(default_factory=dict)

    def number(self, uses_whatsapp: bool) -> Sender:
        """The one that a customer writes to; by WhatsApp if he likes that and it is there."""
        wish = Channel.WHATSAPP if uses_whatsapp else Channel.SMS
        return self.numbers.get(wish) or next(iter(self.numbers.values()))


@dataclass(eq=False)
class Customer:
    """A person with a phone and a mailbox. The phone is his from `since` until `until`."""

    key: int
    name: str
    email: str
    other_email: str
    phone: str
    german: bool
    uses_whatsapp: bool
    drops_references: bool
    since: datetime
    until: datetime | None = None
    before: Customer | None = None


def make_shops(rng: random.Random, count: int) -> list[Shop]:
    """Businesses with one or two people each, and their listings, in the database."""
    return [_shop(rng, number) for number in range(count)]


def give_numbers(shops: list[Shop], set_up: str) -> None:
    """Dedicated: each its own, every third also WhatsApp. Pool: POOL for all, and FRONT_DOORS. Single: one for all."""
    if set_up == "dedicated":
        for number, shop in enumerate(shops):
            shop.numbers[Channel.SMS] = _sender(Channel.SMS, number, shop.business)
            if number % 3 == 0:
                shop.numbers[Channel.WHATSAPP] = _sender(Channel.WHATSAPP, number, shop.business)
        return
    channel = Channel.SMS if set_up == "pool" else Channel.WHATSAPP
    talking, doors = (POOL, FRONT_DOORS) if set_up == "pool" else (1, 0)
    for number in range(talking + doors):
        _sender(channel, number, None, is_front_door=number >= talking)
    shared = {sender.address: sender for sender in Sender.objects.filter(channel=channel)}
    for shop in shops:
        links = links_of(shop.listings[0], shop.business)
        shop.numbers[channel] = next(
            shared[link.address] for link in links if link.channel == channel
        )


def make_customers(rng: random.Random, count: int, begin: datetime, days: int) -> list[Customer]:
    """Customers, some of whom get the phone of an earlier one after some months."""
    people: list[Customer] = []
    for key in range(count):
        person = _customer(rng, key, begin)
        if people and rng.random() < share("phone_changes_hands"):
            _take_over(rng, person, rng.choice(people), begin, days)
        people.append(person)
    return people


def _shop(rng: random.Random, number: int) -> Shop:
    name = f"{NAMES[number % len(NAMES)]}'s {TRADES[number % len(TRADES)]} {_letters(number)}"
    business = Business.objects.create(name=name, slug=f"shop-{number}")
    owners = [_owner(rng, business) for _ in range(2 if rng.random() < 0.3 else 1)]
    titles = rng.sample([f"{colour} {thing}" for colour in COLOURS for thing in GOODS], LISTINGS)
    listings = [make_listing(business, title) for title in titles]
    return Shop(business, owners, listings, {each.pk: code_of(each) for each in listings})


def _owner(rng: random.Random, business: Business) -> Owner:
    member = make_member(business)
    local = member.user.email.partition("@")[0]
    has_alias = rng.random() < share("owner_alias")
    return Owner(
        membership=member,
        email=member.user.email,
        alias=f"{local}@private.example" if has_alias else "",
        colleague=f"{local}.colleague@people.example",
        by_mail=rng.random() < share("owner_by_mail"),
        drops_references=rng.random() < share("drops_references"),
    )


def _sender(
    channel: Channel, number: int, business: Business | None, is_front_door: bool = False
) -> Sender:
    sender = Sender.objects.create(
        channel=channel,
        address=f"+1415555{number:04d}",
        account=ACCOUNT,
        country="US",
        per_second=QUICK,
        is_shared=business is None,
        is_front_door=is_front_door,
    )
    if business is not None:
        DedicatedSender.objects.create(sender=sender, business=business)
    return sender


def _customer(rng: random.Random, key: int, begin: datetime) -> Customer:
    name = f"{rng.choice(NAMES)} {_letters(key)}"
    has_other = rng.random() < share("other_address")
    return Customer(
        key=key,
        name=name,
        email=f"customer{key}@home.example",
        other_email=f"customer{key}@office.example" if has_other else "",
        phone=f"+1917{2_000_000 + key}",
        german=rng.random() < share("german"),
        uses_whatsapp=rng.random() < share("uses_whatsapp"),
        drops_references=rng.random() < share("drops_references"),
        since=begin,
    )


def _take_over(
    rng: random.Random, person: Customer, before: Customer, begin: datetime, days: int
) -> None:
    """`before` writes no more after a while, and `person` begins with his phone some months later."""
    if before.until is not None or before.before is not None:
        return
    low, high, _ = rng.choices(AGING, [each[2] for each in AGING])[0]
    gap = timedelta(days=rng.uniform(low, high))
    before.until = begin + timedelta(days=rng.uniform(20, max(30, days - gap.days - 40)))
    person.phone, person.before, person.since = before.phone, before, before.until + gap


def _letters(number: int) -> str:
    """A number as a short word."""
    word = ""
    for _ in range(3):
        number, rest = divmod(number, 20)
        word += "bcdfghjklmnprstvwxyz"[rest] + "aeiou"[rest % 5]
    return word.capitalize()
