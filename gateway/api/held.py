"""What is held for the caller's businesses: list it, send it, file it, refuse it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.accept import CannotAccept
from gateway.api import pages
from gateway.api.access import id_or_404, members_of, whole, whole_reply
from gateway.api.endpoint import Endpoint
from gateway.api.errors import CannotReach, Conflict
from gateway.api.schema import described, errors
from gateway.api.serializers.conversation import MessageShown, ReplyShown
from gateway.api.serializers.held import (
    Filing,
    HeldListShown,
    HeldShown,
    Refusing,
    Sending,
)
from gateway.held import (
    AlreadySettled,
    NotForYou,
    settle_accept,
    settle_file,
    settle_refuse,
    settle_send,
)
from gateway.models import HeldItem, Membership
from gateway.outbound.answer import MayNotAnswer
from gateway.outbound.ways import NotReachable
from gateway.refusal import why_not_told

Done = TypeVar("Done")


class Held(Endpoint):
    """What waits for a person."""

    @described(
        operation_id="listHeld",
        summary="List what is held, the newest first",
        parameters=pages.PARAMETERS,
        responses={200: HeldListShown, **errors(400, 401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        members = members_of(request)
        page = pages.page_by_id(_open_for(members), request)
        context = {"members": members, "why_not_told": why_not_told(page.items)}
        shown = HeldShown(page.items, many=True, context=context)
        return Response({"next": page.next, "previous": page.previous, "results": shown.data})


class Send(Endpoint):
    """A held answer goes out."""

    @described(
        operation_id="sendHeld",
        summary="Send a held answer in the caller's name",
        request=Sending,
        responses={200: ReplyShown, **errors(400, 401, 403, 404, 409, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        item, member = _settling(request, pk)
        given = Sending(data=request.data, context={"business_id": member.business_id})
        given.is_valid(raise_exception=True)
        channel, accept = given.validated_data["channel"], given.validated_data["accept_address"]
        to = given.validated_data["message"]
        reply = _settle(lambda: settle_send(item, member, channel, to=to, accept=accept))
        return Response(ReplyShown(whole_reply(reply.pk)).data)


class Accept(Endpoint):
    """An address from which the welcome mail was answered."""

    @described(
        operation_id="acceptHeldAddress",
        summary="Accept the address from which a welcome mail was answered",
        request=None,
        responses={204: OpenApiResponse(description="Done."), **errors(400, 401, 403, 404, 409)},
    )
    def post(self, request: Request, pk: str) -> Response:
        item, member = _settling(request, pk)
        _settle(lambda: settle_accept(item, member))
        return Response(status=204)


class File(Endpoint):
    """A held message finds its conversation."""

    @described(
        operation_id="fileHeld",
        summary="File a held message under a conversation, or as a new one",
        request=Filing,
        responses={
            200: MessageShown,
            204: OpenApiResponse(description="Filed for another business, whose it is now."),
            **errors(400, 401, 403, 404, 409, 429),
        },
    )
    def post(self, request: Request, pk: str) -> Response:
        item, member = _settling(request, pk)
        given = Filing(data=request.data, context={"business_id": member.business_id})
        given.is_valid(raise_exception=True)
        under = given.validated_data["message"]
        business = given.validated_data["business"] or member.business
        filed = _settle(lambda: settle_file(item, member.user, business, under))
        if business != member.business:
            return Response(status=204)
        return Response(MessageShown(whole(filed.pk)).data)


class Refuse(Endpoint):
    """A held item is put aside."""

    @described(
        operation_id="refuseHeld",
        summary="Put a held item aside; it stays stored, and its writer may be told once",
        request=Refusing,
        responses={
            204: OpenApiResponse(description="Done."),
            **errors(400, 401, 403, 404, 409, 429),
        },
    )
    def post(self, request: Request, pk: str) -> Response:
        item, member = _settling(request, pk)
        given = Refusing(data=request.data)
        given.is_valid(raise_exception=True)
        tell, words = given.validated_data["tell"], given.validated_data["words"]
        _settle(lambda: settle_refuse(item, member.user, tell=tell, words=words))
        return Response(status=204)


def _open_for(members: dict[uuid.UUID, Membership]) -> QuerySet[HeldItem]:
    items = HeldItem.objects.filter(business__in=members, settlement="")
    return items.select_related(
        "message__contact", "membership__user", "membership__business", "question"
    ).prefetch_related("attachments")


def _settling(request: Request, pk: str) -> tuple[HeldItem, Membership]:
    """An item of the caller's businesses, settled or not, and through which membership he settles it."""
    members = members_of(request)
    item = HeldItem.objects.filter(business__in=members, pk=id_or_404(pk)).first()
    if item is None or item.business_id is None:
        raise Http404
    member = members[item.business_id]
    if not member.may_answer:
        raise PermissionDenied(f"Your role at {member.business} allows reading only.")
    return item, member


def _settle(settle: Callable[[], Done]) -> Done:
    try:
        return settle()
    except AlreadySettled as error:
        raise Conflict(str(error)) from error
    except CannotAccept as error:
        refused: Any = {"accept_address": [ErrorDetail(str(error), "not_acceptable")]}
        raise ValidationError(refused) from error
    except NotForYou as error:
        raise ValidationError(str(error), "not_possible") from error
    except MayNotAnswer as error:
        raise PermissionDenied(str(error)) from error
    except NotReachable as error:
        raise CannotReach(error) from error
