"""A member begins a conversation."""

from __future__ import annotations

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import members_of, whole
from gateway.api.endpoint import Endpoint
from gateway.api.errors import CannotReach
from gateway.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from gateway.api.idempotency import once
from gateway.api.schema import described, errors
from gateway.api.serializers.beginning import NewConversation
from gateway.api.serializers.conversation import MessageShown
from gateway.begin import begin_conversation
from gateway.outbound.answer import MayNotAnswer
from gateway.outbound.ways import NotReachable


class Begin(Endpoint):
    """Conversations that the business begins."""

    @described(
        operation_id="beginConversation",
        summary="Begin a conversation with a customer who phoned: take down what he asked, and write to him",
        parameters=[IDEMPOTENCY_KEY],
        request=NewConversation,
        responses={201: MessageShown, **errors(400, 401, 403, 409, 429)},
    )
    def post(self, request: Request) -> Response:
        given = NewConversation(data=request.data, context={"members": members_of(request)})
        given.is_valid(raise_exception=True)
        return once(request, lambda: _begun(given))


def _begun(given: NewConversation) -> Response:
    try:
        reply = begin_conversation(given.taken(), given.validated_data["reply"], "api")
    except NotReachable as error:
        raise CannotReach(error) from error
    except MayNotAnswer as error:
        raise PermissionDenied(str(error)) from error
    return Response(MessageShown(whole(reply.message_id)).data, status=201)
