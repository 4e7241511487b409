"""What a member says about an answer on its way: again, another way, it was sent, take it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from channels_out.outbox import NotPossible
from gateway.api.access import answering, id_or_404, whole_reply
from gateway.api.endpoint import Endpoint
from gateway.api.errors import CannotReach, Conflict
from gateway.api.fields import Line
from gateway.api.schema import described, errors
from gateway.api.serializers.conversation import ReplyShown
from gateway.models import MessageReply
from gateway.outbound import by_hand
from gateway.outbound.another_way import send_another_way
from gateway.outbound.nudge import nudge
from gateway.outbound.ways import NotReachable


class Again(serializers.Serializer[Any]):
    """By which way."""

    channel = Line(
        required=False,
        allow_blank=True,
        default="",
        max_length=20,
        help_text="Another one than before; empty: the same again.",
    )


class By(serializers.Serializer[Any]):
    """By which channel."""

    channel = Line(
        required=False,
        allow_blank=True,
        default="",
        max_length=20,
        help_text="`sms` or `email`; empty: the next that can be used.",
    )


class SendAgain(Endpoint):
    """An answer that failed, or of which a person says that it did not go out."""

    @described(
        operation_id="sendReplyAgain",
        summary="Send an answer again that failed, by the same channel or another one",
        request=Again,
        responses={200: ReplyShown, **errors(400, 401, 403, 404, 409, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        given = Again(data=request.data)
        given.is_valid(raise_exception=True)
        channel = given.validated_data["channel"]
        if channel:
            return _done(request, pk, lambda reply: send_another_way(reply, channel))
        return _done(request, pk, by_hand.send_again)


class Nudge(Endpoint):
    """An answer that went out on WhatsApp and of which nothing is heard."""

    @described(
        operation_id="nudgeCustomer",
        summary="Send the customer a link to read an answer of which nothing is heard, once",
        request=By,
        responses={200: ReplyShown, **errors(400, 401, 403, 404, 409, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        given = By(data=request.data)
        given.is_valid(raise_exception=True)
        channel = given.validated_data["channel"]
        return _done(request, pk, lambda reply: nudge(reply, channel))


class WasSent(Endpoint):
    """An answer of which nobody could be asked whether it went out."""

    @described(
        operation_id="replyWasSent",
        summary="Say that an answer in doubt did go out",
        request=None,
        responses={200: ReplyShown, **errors(401, 403, 404, 409, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        return _done(request, pk, by_hand.was_sent)


class Cancel(Endpoint):
    """An answer that has not begun to go out."""

    @described(
        operation_id="cancelReply",
        summary="Take back an answer of which nothing has begun to go out",
        request=None,
        responses={200: ReplyShown, **errors(401, 403, 404, 409, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        return _done(request, pk, by_hand.take_back)


def _done(request: Request, pk: str, act: Callable[[MessageReply], object]) -> Response:
    reply = get_object_or_404(MessageReply, pk=id_or_404(pk))
    answering(request, str(reply.message_id))
    try:
        act(reply)
    except NotPossible as error:
        raise Conflict(str(error)) from error
    except NotReachable as error:
        raise CannotReach(error) from error
    return Response(ReplyShown(whole_reply(reply.pk)).data)
