"""The tags of a business, and which of them its conversations have."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from gateway.models import Colour, CustomerMessage, Tag, Tagging
from gateway.states import inbox_changed
from gateway.text import one_line

LONGEST_NAME = 40  # characters
MOST_ON_ONE = 30  # of one conversation
MOST_TAGS = 200  # of a business: more than one can choose from


class CannotTag(Exception):
    """The name cannot be a tag; says why."""


def tags_of(businesses: Iterable[uuid.UUID]) -> QuerySet[Tag]:
    """The tags of these businesses, by name."""
    tags = Tag.objects.filter(business__in=businesses).select_related("business")
    return tags.order_by(Lower("name"), "id")


def tag_named(business_id: uuid.UUID, name: str) -> Tag:
    """The tag of this name, which is made where there is none. Raises CannotTag."""
    name = _name(name)
    return _known(business_id, name) or _made(business_id, name)


def put_on(message_id: uuid.UUID, tag: Tag) -> None:
    """The conversation has the tag; one of another business never does. Raises CustomerMessage.DoesNotExist."""
    message = CustomerMessage.objects.get(pk=message_id, business=tag.business_id)
    with transaction.atomic():
        Tagging.objects.bulk_create([Tagging(message=message, tag=tag)], ignore_conflicts=True)
        inbox_changed(tag.business_id)


def take_off(message: CustomerMessage, tag_id: uuid.UUID) -> None:
    """The conversation has the tag no more."""
    with transaction.atomic():
        Tagging.objects.filter(message=message, tag=tag_id).delete()
        inbox_changed(message.business_id)


def set_tags(message: CustomerMessage, names: Iterable[str]) -> None:
    """A locked conversation has these tags and no others. Raises CannotTag."""
    tags = [tag_named(message.business_id, name) for name in names]
    Tagging.objects.filter(message=message).exclude(tag__in=tags).delete()
    rows = [Tagging(message=message, tag=tag) for tag in tags]
    Tagging.objects.bulk_create(rows, ignore_conflicts=True)


def change_tag(tag: Tag, name: str, colour: str) -> None:
    """Gives a tag another name and colour. Raises CannotTag."""
    tag.name, tag.colour = _name(name), colour
    try:
        with transaction.atomic():
            tag.save()
            inbox_changed(tag.business_id)
    except IntegrityError as error:
        raise CannotTag(_("There is a tag of this name already.")) from error


def delete_tag(tag: Tag) -> None:
    """Takes a tag away, from every conversation as well."""
    with transaction.atomic():
        tag.delete()
        inbox_changed(tag.business_id)


def _name(text: str) -> str:
    name = one_line(text)
    if not 0 < len(name) <= LONGEST_NAME:
        words = _("A tag is a word or a few, of at most %(most)d characters.")
        raise CannotTag(words % {"most": LONGEST_NAME})
    return name


def _known(business_id: uuid.UUID, name: str) -> Tag | None:
    lowered = Tag.objects.alias(lowered=Lower("name"))
    return lowered.filter(business=business_id, lowered=Lower(Value(name))).first()


def _made(business_id: uuid.UUID, name: str) -> Tag:
    count = Tag.objects.filter(business=business_id).count()
    if count >= MOST_TAGS:
        raise CannotTag(
            _("There are %(most)d tags already; delete some first.") % {"most": MOST_TAGS}
        )
    colour = list(Colour)[count % len(Colour)]
    try:
        with transaction.atomic():
            return Tag.objects.create(business_id=business_id, name=name, colour=colour)
    except IntegrityError:  # somebody made it at the same instant
        if known := _known(business_id, name):
            return known
        raise
