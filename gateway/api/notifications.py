"""How the caller is told: read it, change it."""

from __future__ import annotations

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import id_or_404, members_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.api.serializers.notifications import Wishes, WishesListShown, WishesShown
from gateway.models import Membership, NotificationSettings
from gateway.telling.choices import wishes_of


class Notifications(Endpoint):
    """The caller's settings at each of his businesses."""

    @described(
        operation_id="listNotificationSettings",
        summary="List how the caller is told, at each of his businesses",
        responses={200: WishesListShown, **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        wishes = [wishes_of(member) for member in members_of(request).values()]
        shown = WishesShown(wishes, many=True)
        return Response({"next": None, "previous": None, "results": shown.data})


class NotificationsOfOne(Endpoint):
    """The caller's settings at one business."""

    @described(
        operation_id="getNotificationSettings",
        summary="Read how the caller is told at one business",
        responses={200: WishesShown, **errors(401, 403, 404, 429)},
    )
    def get(self, request: Request, pk: str) -> Response:
        return Response(WishesShown(wishes_of(_member(request, pk))).data)

    @described(
        operation_id="changeNotificationSettings",
        summary="Change how the caller is told at one business",
        request=Wishes,
        responses={200: WishesShown, **errors(400, 401, 403, 404, 429)},
    )
    def patch(self, request: Request, pk: str) -> Response:
        member = _member(request, pk)
        wishes, _ = NotificationSettings.objects.get_or_create(membership=member)
        before = wishes.digest_at
        given = Wishes(data=request.data, context={"wishes": wishes})
        given.is_valid(raise_exception=True)
        if wishes.digest_at != before:  # chosen anew, so what was ended before is over
            wishes.digest_stopped_at = None
        wishes.save()
        wishes.membership = member
        return Response(WishesShown(wishes).data)


def _member(request: Request, pk: str) -> Membership:
    member = members_of(request).get(id_or_404(pk))
    if member is None:
        raise Http404
    return member
