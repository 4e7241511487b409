"""Whose conversations a caller sees, and what he may do with them."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import Http404
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from gateway.api.errors import Joined
from gateway.api.serializers.conversation import SHOWN_REPLIES
from gateway.inbox import memberships_of
from gateway.models import CustomerMessage, Membership, MessageReply
from gateway.outbound.progress import deliveries

# A conversation may have any number of replies; a list shows the newest of each.
REPLIES_IN_A_LIST = 10


def members_of(request: Request) -> dict[uuid.UUID, Membership]:
    """The caller's live memberships by business. Raises PermissionDenied where he has none."""
    members = _members(request)
    if not members:
        raise PermissionDenied("You are not a member of a business.")
    return members


def conversation_of(request: Request, pk: str) -> tuple[CustomerMessage, Membership]:
    """A conversation of one of the caller's businesses, and through which membership he sees it.

    Raises Http404 for any other, for one in the trash, and for what is no id; Joined for one that is a
    part of another now.
    """
    members = _members(request)
    found = CustomerMessage.objects.filter(business__in=members)
    message = found.filter(pk=id_or_404(pk)).select_related("contact", "listing").first()
    if message is not None and message.merged_into_id:
        raise Joined(message.merged_into_id)
    if message is None or message.deleted_at:
        raise Http404
    return message, members[message.business_id]


def answering(request: Request, pk: str) -> tuple[CustomerMessage, Membership]:
    """As `conversation_of`, for a member who may act on it. Raises PermissionDenied for an agent."""
    message, member = conversation_of(request, pk)
    if not member.may_answer:
        raise PermissionDenied(f"Your role at {member.business} allows reading only.")
    return message, member


def must_be_signed_in(request: Request) -> None:
    """Refuses a token what would outlive it: whoever stole one would stay after it was revoked.

    Raises PermissionDenied.
    """
    if request.auth is not None:
        raise PermissionDenied("No token may do this, since it would outlive it: sign in.")


def id_or_404(text: str) -> uuid.UUID:
    """The UUID in an address. Raises Http404: what is no id names nothing."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error


def reads(request: Request, member: Membership) -> bool:
    """Whether this request is a person reading: not an agent's, not a prefetch, not HEAD, not by a token
    that may only read.

    Browsers announce a prefetch by Sec-Purpose (Fetch standard, section 3.2.4), older ones by Purpose.
    """
    purposes = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if getattr(request.auth, "reads_only", False):
        return False
    return request.method == "GET" and member.may_answer and "prefetch" not in purposes.lower()


def for_list(listed: list[CustomerMessage]) -> list[CustomerMessage]:
    """With all that a list shows, in a fixed number of queries and a bounded number of rows."""
    newest = _replies().order_by("-created_at", "-id")[:REPLIES_IN_A_LIST]
    shown = ("listing", "contact__addresses", "attachments", "tags", "copies")
    prefetch_related_objects(listed, *shown, Prefetch("replies", newest, SHOWN_REPLIES))
    return listed


def whole(pk: uuid.UUID) -> CustomerMessage:
    """One conversation with all that its page shows."""
    found = CustomerMessage.objects.select_related("contact", "listing")
    return found.prefetch_related(
        "contact__addresses",
        "attachments",
        "tags",
        "copies",
        Prefetch("replies", _replies(), SHOWN_REPLIES),
    ).get(pk=pk)


def whole_reply(pk: uuid.UUID) -> MessageReply:
    """One reply with all that is shown of it."""
    return _replies().get(pk=pk)


def _members(request: Request) -> dict[uuid.UUID, Membership]:
    members = {member.business_id: member for member in memberships_of(request.user)}
    for member in members.values():
        member.user = cast(Any, request.user)  # known already: saves a query each
    return members


def _replies() -> QuerySet[MessageReply]:
    return MessageReply.objects.prefetch_related(
        "attachments", "stayed_back__attachments", "copied", deliveries()
    )
