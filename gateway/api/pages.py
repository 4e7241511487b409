"""Pages of the list, forward and backward by key: no count, no offset, and nothing twice.

The key is (last_activity_at, id), which no two conversations share.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from gateway.inbox import PAGE_SIZE, BadCursor, Cursor, Inbox
from gateway.links import whole_url
from gateway.models import CustomerMessage
from gateway.models.base import Row

LARGEST_PAGE = 100
CURSOR, SIZE = "cursor", "page_size"
_AFTER, _BEFORE = "a", "b"
Item = TypeVar("Item", bound=Row)

PARAMETERS = [
    OpenApiParameter(CURSOR, description="Opaque; taken from `next` or `previous`."),
    OpenApiParameter(SIZE, OpenApiTypes.INT, description=f"1 to {LARGEST_PAGE}."),
]


@dataclass(frozen=True)
class Place:
    """Behind or before which conversation a page lies."""

    cursor: Cursor
    before: bool = False

    def __str__(self) -> str:
        return f"{_BEFORE if self.before else _AFTER}{self.cursor}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """The place that `str` wrote. Raises BadCursor."""
        if text[:1] not in {_AFTER, _BEFORE}:
            raise BadCursor("Begin again without the cursor.")
        return cls(Cursor.parse(text[1:]), text.startswith(_BEFORE))


@dataclass(frozen=True)
class InboxPage:
    """The conversations of one page and the whole addresses of its neighbours."""

    conversations: list[CustomerMessage]
    next: str | None
    previous: str | None


def page_of(inbox: Inbox, request: Request) -> InboxPage:
    """The page that the request asks for. Raises ValidationError for a bad cursor or size."""
    place, size = _place(request), _size(request)
    if place and place.before:
        rows, before = inbox.page_before(place.cursor, size)
        after = True
    else:
        forward = inbox.page(place.cursor if place else None, size)
        rows, before, after = forward.conversations, place is not None, forward.next is not None
    return InboxPage(
        rows,
        next=_url(request, Place(Cursor.of(rows[-1]))) if after and rows else None,
        previous=_url(request, Place(Cursor.of(rows[0]), before=True)) if before and rows else None,
    )


@dataclass(frozen=True)
class IdPage(Generic[Item]):
    """The rows of one page and the whole addresses of its neighbours."""

    items: list[Item]
    next: str | None
    previous: str | None


def page_by_id(items: QuerySet[Item], request: Request) -> IdPage[Item]:
    """The page that the request asks for of rows whose ids grow with time, the newest first.

    Raises ValidationError for a bad cursor or size.
    """
    size, cursor = _size(request), request.query_params.get(CURSOR, "")
    side, after = _id_place(cursor) if cursor else (_AFTER, None)
    backward = side == _BEFORE
    beyond = items.filter(**{"pk__gt" if backward else "pk__lt": after}) if after else items
    rows = list(beyond.order_by("pk" if backward else "-pk")[: size + 1])
    is_more, rows = len(rows) > size, rows[:size]
    shown = rows[::-1] if backward else rows
    return IdPage(
        shown,
        next=_id_url(request, _AFTER, shown[-1]) if shown and (is_more or backward) else None,
        previous=_id_url(request, _BEFORE, shown[0])
        if shown and cursor and (is_more or not backward)
        else None,
    )


def _id_place(cursor: str) -> tuple[str, uuid.UUID]:
    try:
        if cursor[0] in {_AFTER, _BEFORE}:
            return cursor[0], uuid.UUID(cursor[1:])
    except ValueError:
        pass
    raise ValidationError({CURSOR: [ErrorDetail("Begin again without the cursor.", "invalid")]})


def _id_url(request: Request, side: str, item: Row) -> str:
    address = whole_url(request.get_full_path())
    return str(replace_query_param(address, CURSOR, f"{side}{item.pk.hex}"))


def _place(request: Request) -> Place | None:
    text = request.query_params.get(CURSOR, "")
    try:
        return Place.parse(text) if text else None
    except BadCursor as error:
        raise ValidationError({CURSOR: [ErrorDetail(str(error), "invalid")]}) from error


def _size(request: Request) -> int:
    text = request.query_params.get(SIZE, "") or str(PAGE_SIZE)
    if not (text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= LARGEST_PAGE):
        raise ValidationError({SIZE: [ErrorDetail(f"Write 1 to {LARGEST_PAGE}.", "invalid")]})
    return int(text)


def _url(request: Request, place: Place) -> str:
    return str(replace_query_param(whole_url(request.get_full_path()), CURSOR, str(place)))
