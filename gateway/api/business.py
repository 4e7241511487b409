"""What members of a business do: list, read, answer, change, throw away."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.accept import CannotAccept, accept_for_contact
from gateway.api import filters, pages
from gateway.api.access import (
    answering,
    conversation_of,
    for_list,
    id_or_404,
    members_of,
    reads,
    whole,
    whole_reply,
)
from gateway.api.endpoint import Endpoint
from gateway.api.errors import CannotReach, Joined
from gateway.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from gateway.api.idempotency import once
from gateway.api.parsers import Json
from gateway.api.schema import described, errors
from gateway.api.serializers.business import REPLY_FORM, Changes, Moved, NewReply, Written
from gateway.api.serializers.conversation import AttachmentShown, MessageShown, ReplyShown
from gateway.api.serializers.lists import InboxShown, UnreadShown, unread_of
from gateway.blocking import block, unblock
from gateway.copies import CannotCopy
from gateway.files import fetch_again, stored
from gateway.inbox import Inbox as Conversations
from gateway.inbox import unread_total
from gateway.join import join
from gateway.models import Attachment, CustomerMessage, Membership, MessageReply
from gateway.move import CannotMove, file_under, split_before, split_off
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.ways import NotReachable
from gateway.states import change, trash


class Inbox(Endpoint):
    """The conversations of the caller's businesses."""

    @described(
        operation_id="listMessages",
        summary="List conversations, newest activity first",
        parameters=[*filters.PARAMETERS, *pages.PARAMETERS],
        responses={200: InboxShown, **errors(400, 401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        businesses = list(members_of(request))
        listed = Conversations(businesses, filters.wanted(request.query_params))
        page = pages.page_of(listed, request)
        results = MessageShown(for_list(page.conversations), many=True)
        return Response(
            {
                "next": page.next,
                "previous": page.previous,
                "unread_count": unread_total(businesses),
                "results": results.data,
            }
        )


class Unread(Endpoint):
    """How many conversations wait to be read."""

    @described(
        operation_id="countUnread",
        summary="Count unread conversations, in all and by listing",
        responses={200: UnreadShown, **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        return Response(unread_of(list(members_of(request))))


class Conversation(Endpoint):
    """One conversation."""

    @described(
        operation_id="readMessage",
        summary="Read a conversation; a person who may answer marks it as read",
        responses={200: MessageShown, **errors(401, 404, 410, 429)},
    )
    def get(self, request: Request, pk: str) -> Response:
        message, member = conversation_of(request, pk)
        if reads(request, member):
            message.mark_as_read()
        return _shown(message)

    @described(
        operation_id="changeMessage",
        summary="Change status, spam, archive, listing or who takes care of it",
        request=Changes,
        responses={200: MessageShown, **errors(400, 401, 403, 404, 410, 429)},
    )
    def patch(self, request: Request, pk: str) -> Response:
        message, member = answering(request, pk)
        changes = Changes(data=request.data, context={"member": member})
        changes.is_valid(raise_exception=True)
        with change(message.pk) as locked:
            changes.apply(locked)
        return _shown(message)

    @described(
        operation_id="deleteMessage",
        summary="Move a conversation to the trash, from which it can be restored for 30 days",
        responses={204: OpenApiResponse(description="Gone."), **errors(401, 403, 404, 410, 429)},
    )
    def delete(self, request: Request, pk: str) -> Response:
        message, _ = answering(request, pk)
        trash(message.pk)
        return Response(status=204)


class Block(Endpoint):
    """Whether the writer of a conversation is blocked."""

    @described(
        operation_id="blockSender",
        summary="Block the sender: this conversation, and all that he writes from now on, is spam",
        request=None,
        responses={200: MessageShown, **errors(401, 403, 404, 410, 429)},
    )
    def put(self, request: Request, pk: str) -> Response:
        message, _ = answering(request, pk)
        block(message.pk)
        return _shown(message)

    @described(
        operation_id="unblockSender",
        summary="Hear the sender again, and take the conversation out of spam",
        responses={200: MessageShown, **errors(401, 403, 404, 410, 429)},
    )
    def delete(self, request: Request, pk: str) -> Response:
        message, _ = answering(request, pk)
        unblock(message.pk)
        return _shown(message)


class Fetch(Endpoint):
    """A file that its provider did not hand over."""

    @described(
        operation_id="fetchAttachment",
        summary="Fetch a file again that could not be fetched",
        request=None,
        responses={200: AttachmentShown, **errors(401, 403, 404, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        files = Attachment.objects.select_related("reply")
        file = get_object_or_404(files, pk=id_or_404(pk))
        answering(request, str(file.reply.message_id if file.reply else file.message_id))
        fetch_again(file)
        file.refresh_from_db()
        return Response(AttachmentShown(file).data)


class Reply(Endpoint):
    """Answers to the customer."""

    parser_classes = (Json, MultiPartParser)

    @described(
        operation_id="reply",
        summary="Answer the customer",
        parameters=[IDEMPOTENCY_KEY],
        request={"application/json": NewReply, "multipart/form-data": REPLY_FORM},
        responses={201: ReplyShown, **errors(400, 401, 403, 404, 409, 410, 413, 415, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        message, member = answering(request, pk)
        given = NewReply(data=request.data)
        given.is_valid(raise_exception=True)
        with stored(given.validated_data["attachments"]) as files:
            return once(request, lambda: _post(message, member, given, files))


class AcceptAddress(Endpoint):
    """Addresses of the customer."""

    @described(
        operation_id="acceptAddress",
        summary="Say that a mail of the customer came from a further address of his",
        request=Written,
        responses={200: MessageShown, **errors(400, 401, 403, 404, 410, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        message, _ = answering(request, pk)
        given = Written(data=request.data, context={"message": message})
        given.is_valid(raise_exception=True)
        try:
            accept_for_contact(given.validated_data["reply"])
        except CannotAccept as error:
            raise ValidationError({"reply": [ErrorDetail(str(error), "not_acceptable")]}) from error
        return _shown(message)


class Moving(Endpoint):
    """Messages that belong to another conversation."""

    @described(
        operation_id="moveMessages",
        summary="File a message, and what followed it, under another conversation or a new one",
        request=Moved,
        responses={200: MessageShown, **errors(400, 401, 403, 404, 410, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        given = Moved(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            message, member = answering(request, pk)
        except Joined as joined:
            if joined.target != given.validated_data["to"]:
                raise
            message, _ = answering(request, str(joined.target))
            return _shown(message)
        return _shown(_moved(message, member, given.validated_data))


def _moved(message: CustomerMessage, member: Membership, given: dict[str, Any]) -> CustomerMessage:
    """Where the message is now, also when an earlier call has moved it already."""
    reply_id, target_id = given["reply"], given["to"]
    places = MessageReply.objects.filter(pk=reply_id, message__in={message.pk, target_id})
    reply = places.first()
    try:
        if reply_id == message.pk and target_id is not None:
            return join(message.pk, target_id, member)
        if reply is None:
            return split_before(message, reply_id)
        if target_id is None:
            return split_off(reply, member, with_later=given["with_later"])
        return file_under(reply, target_id, member, with_later=given["with_later"])
    except CannotMove as error:
        raise ValidationError({"reply": [ErrorDetail(str(error), "cannot_move")]}) from error


def _post(
    message: CustomerMessage,
    member: Membership,
    given: NewReply,
    files: list[Attachment],
) -> Response:
    answer = Answer(
        message_id=message.pk,
        author=member,
        text=given.validated_data["reply"],
        channel=given.validated_data["channel"],
        template=given.validated_data["template"],
        variables=given.validated_data["variables"],
        attachments=files,
        written_via="api",
        suggestion=given.validated_data["suggestion"],
        copies=given.validated_data["copies"],
    )
    try:
        reply = post_reply(answer)
    except NotReachable as error:
        raise CannotReach(error) from error
    except CannotCopy as error:
        raise ValidationError({"copies": [ErrorDetail(str(error), "not_possible")]}) from error
    shown = ReplyShown(whole_reply(reply.pk))
    return Response(shown.data, status=201)


def _shown(message: CustomerMessage) -> Response:
    return Response(MessageShown(whole(message.pk)).data)
