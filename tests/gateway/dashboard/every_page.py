"""Every page of the dashboard that can be looked at, found by its route, so that a new one is never forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import URLPattern, reverse

from gateway import urls
from gateway.models import CustomerMessage, HeldItem, Membership, Note, Tag
from gateway.participants import customer_of, read_token_of
from tests.factories import make_listing, make_message, make_reply


@dataclass(frozen=True)
class World:
    """One thing of each kind that a page can be about."""

    ann: Membership
    message: CustomerMessage
    reply: Any
    held: HeldItem
    listing: Any
    tag: Tag
    note: Note


def make_world(ann: Membership) -> World:
    """One of each, of her business."""
    listing = make_listing(ann.business)
    message = make_message(ann, listing=listing)
    return World(
        ann,
        message,
        make_reply(message, ann),
        HeldItem.objects.create(
            reason="unknown_address", channel="email", business=ann.business, message=message
        ),
        listing,
        Tag.objects.create(business=ann.business, name="First"),
        Note.objects.create(message=message, author=ann.user, author_name="Ann", text="Haggles."),
    )


# What stands in the address of a page that is about one thing.
ABOUT: dict[str, Callable[[World], dict[str, Any]]] = {
    "conversation": lambda world: {"pk": world.message.pk},
    "offer_canned": lambda world: {"pk": world.message.pk},
    "join": lambda world: {"pk": world.message.pk},
    "held_item": lambda world: {"pk": world.held.pk},
    "listing_links": lambda world: {"pk": world.listing.pk},
    "move": lambda world: {"pk": world.reply.pk},
    "customer_page": lambda world: {"token": read_token_of(customer_of(world.message))},
}
# Files, and pages that a signed link opens: each is about one row and lists nothing.
OF_ONE_ROW = {
    "action",
    "another_way",
    "attachment",
    "confirm_address",
    "customer_file",
    "invitation",
    "qr",
    "question",
    "signed_file",
    "tab_icon",
    "template",
    "thumbnail",
    "undo_address",
    "unsubscribe",
}
# A download of all that is asked for, read in batches.
OF_EVERYTHING = {"export"}
ANYTHING = {"UUIDConverter": uuid.UUID(int=1), "SlugConverter": "any", "StringConverter": "any"}


def pages(browser: Client, world: World) -> Iterator[tuple[str, str]]:
    """The name and the path of every route that can be looked at."""
    for route in urls.urlpatterns:
        assert isinstance(route, URLPattern)
        name = str(route.name)
        if name in OF_ONE_ROW | OF_EVERYTHING:
            continue
        path = reverse(f"gateway:{name}", kwargs=_arguments(route, world))
        if browser.get(path).status_code != 405:
            yield name, path


def _arguments(route: URLPattern, world: World) -> dict[str, Any]:
    about = ABOUT.get(str(route.name))
    if about is not None:
        return about(world)
    found: dict[str, Any] = {
        name: ANYTHING[type(each).__name__] for name, each in route.pattern.converters.items()
    }
    return found | ({"business": world.ann.business_id} if "business" in found else {})
