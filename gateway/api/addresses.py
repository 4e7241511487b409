"""The caller's own addresses: list them, add and confirm one, remove one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from channels_out.channel import Channel
from gateway.api.access import id_or_404, members_of, must_be_signed_in
from gateway.api.endpoint import Endpoint
from gateway.api.fields import Line
from gateway.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from gateway.api.idempotency import once
from gateway.api.schema import described, errors
from gateway.api.serializers.base import Shown
from gateway.models import AddressProof, MemberAddress, Membership
from gateway.participants import verified_email_of
from gateway.proving import (
    CannotProve,
    addresses_of,
    confirm_mail,
    confirm_phone,
    mail_link,
    mailed_to,
    remove_address,
    text_code,
)


class OwnAddressShown(Shown):
    """An address that the caller has shown to be his own."""

    is_told_at = serializers.SerializerMethodField(
        help_text="Whether our mail to the person goes there."
    )

    class Meta:
        model = MemberAddress
        fields = (
            "id",
            "channel",
            "address",
            "verified_at",
            "bounced_at",
            "bounced_because",
            "is_told_at",
        )

    def get_is_told_at(self, address: MemberAddress) -> bool:
        return address.channel == Channel.EMAIL and address.address == self.context["told_at"]


class OwnAddressListShown(serializers.Serializer[Any]):
    """The caller's addresses, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = OwnAddressShown(many=True)


class NewAddress(serializers.Serializer[Any]):
    """A mail address, to which a link is mailed, or a phone, to which a code is texted."""

    channel = serializers.ChoiceField(Channel.choices)
    address = Line(max_length=254)

    def validate_channel(self, channel: str) -> str:
        if channel == Channel.WHATSAPP:
            raise ValidationError(_("A phone is confirmed by a text: write sms."), "invalid_choice")
        return channel


class ProofShown(Shown):
    """What was sent, and where; the address counts once that is confirmed."""

    class Meta:
        model = AddressProof
        fields = ("id", "channel", "address", "created_at")


class Proof(serializers.Serializer[Any]):
    """Either the `code` of the text, or the `link` of the mail (its last part is enough)."""

    code = Line(required=False, max_length=20)
    link = Line(required=False, max_length=500)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if len(given) != 1:
            raise ValidationError(_("Write either the code or the link."), "invalid")
        return given


class Addresses(Endpoint):
    """The caller's addresses."""

    @described(
        operation_id="listAddresses",
        summary="List the addresses that you have shown to be your own, the oldest first",
        responses={200: OwnAddressListShown, **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        members_of(request)
        shown = _shown(request, addresses_of(request.user), many=True)
        return Response({"next": None, "previous": None, "results": shown})

    @described(
        operation_id="addAddress",
        summary="Send a link or a code to an address of yours; signed in only, since it speaks for you",
        parameters=[IDEMPOTENCY_KEY],
        request=NewAddress,
        responses={202: ProofShown, **errors(400, 401, 403, 409, 429)},
    )
    def post(self, request: Request) -> Response:
        members = members_of(request)
        must_be_signed_in(request)
        given = NewAddress(data=request.data)
        given.is_valid(raise_exception=True)
        return once(request, lambda: _asked(request, members.values(), **given.validated_data))


class Confirming(Endpoint):
    """What was sent comes back."""

    @described(
        operation_id="confirmAddress",
        summary="Confirm an address by what was sent there; signed in only",
        request=Proof,
        responses={200: OwnAddressShown, **errors(400, 401, 403, 429)},
    )
    def post(self, request: Request) -> Response:
        members = members_of(request)
        must_be_signed_in(request)
        given = Proof(data=request.data)
        given.is_valid(raise_exception=True)
        ((name, written),) = given.validated_data.items()
        try:
            if name == "code":
                address = confirm_phone(request.user, written)
            else:
                address = _confirmed_by_link(request, members.values(), written)
        except CannotProve as error:
            raise ValidationError({name: [ErrorDetail(str(error), "not_possible")]}) from error
        return Response(_shown(request, address))


class OneAddress(Endpoint):
    """One address of the caller."""

    @described(
        operation_id="removeAddress",
        summary="Take an address away: it no longer speaks for you; your last mail address stays",
        responses={
            204: OpenApiResponse(description="Gone."),
            **errors(400, 401, 403, 404, 429),
        },
    )
    def delete(self, request: Request, pk: str) -> Response:
        members_of(request)
        address = get_object_or_404(addresses_of(request.user), pk=id_or_404(pk))
        try:
            remove_address(address)
        except CannotProve as error:
            raise ValidationError([ErrorDetail(str(error), "last_address")]) from error
        return Response(status=204)


def _asked(request: Request, members: Iterable[Membership], channel: str, address: str) -> Response:
    try:
        if channel == Channel.SMS:
            proof = text_code(request.user, members, address)
        else:
            proof = mail_link(request.user, address)
    except CannotProve as error:
        raise ValidationError({"address": [ErrorDetail(str(error), "not_possible")]}) from error
    return Response(ProofShown(proof).data, status=202)


def _confirmed_by_link(request: Request, members: Iterable[Membership], link: str) -> MemberAddress:
    proof = mailed_to(request.user, link.rstrip("/").rpartition("/")[2])
    if proof is None:
        detail = ErrorDetail(
            _("This link has ended, or is not yours. Ask for a new one."), "invalid"
        )
        raise ValidationError({"link": [detail]})
    return confirm_mail(proof, members)


def _shown(request: Request, rows: Any, *, many: bool = False) -> Any:
    context = {"told_at": verified_email_of(request.user)}
    return OwnAddressShown(rows, many=many, context=context).data
