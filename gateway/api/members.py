"""Who belongs to the caller's businesses: list them, change roles, remove, invite."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import id_or_404, members_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.api.serializers.members import (
    InvitationListShown,
    InvitationShown,
    MemberChanges,
    MemberListShown,
    MemberShown,
    NewInvitation,
)
from gateway.invitations import CannotInvite, invite, open_invitations, withdraw
from gateway.members import LastOwner, change_role, remove
from gateway.members import members_of as people_of
from gateway.models import Membership, Role


class Members(Endpoint):
    """The people of the caller's businesses."""

    @described(
        operation_id="listMembers",
        summary="List the people of your businesses, in the order in which they came",
        responses={200: MemberListShown, **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        shown = _shown(request, people_of(members_of(request)))
        return Response({"next": None, "previous": None, "results": shown})


class OneMember(Endpoint):
    """One person of a business."""

    @described(
        operation_id="changeMember",
        summary="Give a member another role; for an owner of the business",
        request=MemberChanges,
        responses={200: MemberShown, **errors(400, 401, 403, 404, 429)},
    )
    def patch(self, request: Request, pk: str) -> Response:
        business_id = _business_of(request, pk)
        given = MemberChanges(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            changed = change_role(business_id, uuid.UUID(pk), Role(given.validated_data["role"]))
        except Membership.DoesNotExist as error:
            raise Http404 from error
        except LastOwner as error:
            raise ValidationError({"role": [ErrorDetail(str(error), "last_owner")]}) from error
        people = people_of([business_id])
        return Response(_shown(request, [each for each in people if each.pk == changed.pk])[0])

    @described(
        operation_id="removeMember",
        summary="End a member's access at once; for an owner of the business",
        responses={
            204: OpenApiResponse(description="Has no access any more."),
            **errors(400, 401, 403, 404, 429),
        },
    )
    def delete(self, request: Request, pk: str) -> Response:
        try:
            remove(_business_of(request, pk), uuid.UUID(pk))
        except Membership.DoesNotExist as error:
            raise Http404 from error
        except LastOwner as error:
            raise ValidationError([ErrorDetail(str(error), "last_owner")]) from error
        return Response(status=204)


class Invitations(Endpoint):
    """Who was invited and has not come yet."""

    @described(
        operation_id="listInvitations",
        summary="List the open invitations of the businesses that you own",
        responses={200: InvitationListShown, **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        shown = InvitationShown(open_invitations(_owned(request)), many=True)
        return Response({"next": None, "previous": None, "results": shown.data})

    @described(
        operation_id="invite",
        summary="Invite somebody by mail; for an owner of the business",
        request=NewInvitation,
        responses={201: InvitationShown, **errors(400, 401, 403, 429)},
    )
    def post(self, request: Request) -> Response:
        owned = _owned(request)
        given = NewInvitation(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        if wanted["business"] not in owned:
            detail = ErrorDetail("You own no such business.", "does_not_exist")
            raise ValidationError({"business": [detail]})
        try:
            sent = invite(owned[wanted["business"]], wanted["address"], Role(wanted["role"]))
        except CannotInvite as error:
            raise ValidationError({"address": [ErrorDetail(str(error), "not_possible")]}) from error
        return Response(InvitationShown(sent).data, status=201)


class OneInvitation(Endpoint):
    """One invitation."""

    @described(
        operation_id="withdrawInvitation",
        summary="Withdraw an invitation: its link opens nothing any more",
        responses={204: OpenApiResponse(description="Gone."), **errors(401, 403, 404, 429)},
    )
    def delete(self, request: Request, pk: str) -> Response:
        withdraw(get_object_or_404(open_invitations(_owned(request)), pk=id_or_404(pk)))
        return Response(status=204)


def _owned(request: Request) -> dict[uuid.UUID, Membership]:
    """The caller's memberships as an owner. Raises PermissionDenied where he has none."""
    members = members_of(request)
    owned = {pk: member for pk, member in members.items() if member.role == Role.OWNER}
    if not owned:
        raise PermissionDenied("Only an owner of a business decides this.")
    return owned


def _business_of(request: Request, pk: str) -> uuid.UUID:
    """Which of the caller's businesses this member belongs to, where he is an owner of it."""
    members = members_of(request)
    found = Membership.objects.filter(pk=id_or_404(pk), business__in=members, is_active=True)
    business_id = get_object_or_404(found).business_id
    if (own := members[business_id]).role != Role.OWNER:
        raise PermissionDenied(f"Only an owner of {own.business} decides this.")
    return business_id


def _shown(request: Request, people: list[Membership]) -> Any:
    members = members_of(request)
    owned = {pk for pk, member in members.items() if member.role == Role.OWNER}
    return MemberShown(people, many=True, context={"owned": owned}).data
