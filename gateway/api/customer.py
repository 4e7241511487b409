"""What customers do: write to a business, and follow their conversation."""

from __future__ import annotations

from typing import cast

from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import id_or_404
from gateway.api.authentication import LinkAuthentication
from gateway.api.endpoint import Endpoint
from gateway.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from gateway.api.idempotency import once
from gateway.api.parsers import Json
from gateway.api.schema import described, errors
from gateway.api.serializers.customer import CustomerConversation, MessageTaken, NewMessage
from gateway.inbound.messages import InboundForm
from gateway.inbound.receive import receive
from gateway.links import conversation_url
from gateway.models import CustomerMessage
from gateway.own_view import own_replies
from gateway.participants import customer_of, read_token_of
from gateway.readings import staff_read


class Messages(Endpoint):
    """Messages to a business; no login needed."""

    permission_classes = (AllowAny,)
    parser_classes = (Json, FormParser, MultiPartParser)

    @described(
        operation_id="sendMessage",
        summary="Write to a business",
        parameters=[IDEMPOTENCY_KEY],
        request=NewMessage,
        responses={201: MessageTaken, **errors(400, 401, 403, 404, 409, 413, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        given = NewMessage(data=request.data)
        given.is_valid(raise_exception=True)
        form = given.form(request.user if request.user.is_authenticated else None)
        answer = once(request, lambda: _take_in(form))
        return _with_link(answer)


class Thread(Endpoint):
    """A conversation for the customer who began it."""

    authentication_classes = (LinkAuthentication, *Endpoint.authentication_classes)
    permission_classes = (AllowAny,)

    @described(
        operation_id="followConversation",
        summary="Follow a conversation: its sender, the holder of its link, or staff",
        responses={200: CustomerConversation, **errors(401, 404, 429)},
    )
    def get(self, request: Request, pk: str) -> Response:
        message = _named(pk)
        if message is None or not _may_follow(request, message):
            raise Http404
        if _is_staffs(request, message):
            staff_read(request.user, message)
        shown = own_replies(message).prefetch_related("attachments")
        prefetch_related_objects([message], Prefetch("replies", shown))
        context = {"token": read_token_of(customer_of(message))}
        return Response(CustomerConversation(message, context=context).data)


def _named(pk: str) -> CustomerMessage | None:
    """The living conversation of this id, or the one of the same customer that it was joined to."""
    found = CustomerMessage.objects.select_related("business", "contact", "listing")
    found = found.prefetch_related("attachments")
    named = found.filter(pk=id_or_404(pk)).first()
    if named is not None and named.merged_into_id:
        named = found.filter(pk=named.merged_into_id, contact=named.contact_id).first()
    return None if named is None or named.deleted_at else named


def _take_in(form: InboundForm) -> Response:
    (received,) = receive(form)
    message = cast(CustomerMessage, received.message)  # a form always opens a conversation
    return Response({"message_id": str(message.pk)}, status=201)


def _with_link(answer: Response) -> Response:
    """The answer with the signed link, which is derived each time and never stored."""
    message = CustomerMessage.objects.filter(pk=answer.data["message_id"]).first()
    if message is None:
        raise Http404  # the answer to a repeated call, erased since
    taken = {**answer.data, "conversation_url": conversation_url(message)}
    return Response(MessageTaken(taken).data, status=answer.status_code)


def _may_follow(request: Request, message: CustomerMessage) -> bool:
    if request.auth is not None and not request.user.is_authenticated:
        return True  # LinkAuthentication found the link of this very conversation
    user = request.user
    return user.is_authenticated and (message.sender_id == user.pk or user.is_staff)


def _is_staffs(request: Request, message: CustomerMessage) -> bool:
    """Whether only being staff lets this caller read it."""
    return request.user.is_authenticated and message.sender_id != request.user.pk
