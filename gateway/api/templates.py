"""The WhatsApp templates of the caller's businesses: read them, add and change them."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.http import Http404
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import id_or_404, members_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.api.serializers.templates import NewTemplate, Template, TemplateShown
from gateway.models import Membership, Role, WhatsAppTemplate


class Templates(Endpoint):
    """The WhatsApp templates of the caller's businesses."""

    @described(
        operation_id="listTemplates",
        summary="List the WhatsApp templates of your businesses",
        responses={200: TemplateShown(many=True), **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        templates = WhatsAppTemplate.objects.filter(business__in=members_of(request))
        return Response(TemplateShown(templates, many=True).data)

    @described(
        operation_id="addTemplate",
        summary="Add a template that WhatsApp approved; for an owner of the business",
        request=NewTemplate,
        responses={201: TemplateShown, **errors(400, 401, 403, 404, 429)},
    )
    def post(self, request: Request) -> Response:
        given = NewTemplate(data=request.data)
        given.is_valid(raise_exception=True)
        member = _owner(request, given.validated_data.pop("business"))
        made = _saved(WhatsAppTemplate(business=member.business), given.validated_data)
        return Response(TemplateShown(made).data, status=201)


class OneTemplate(Endpoint):
    """One template."""

    @described(
        operation_id="changeTemplate",
        summary="Change a template or switch it off; for an owner of the business",
        request=Template(partial=True),
        responses={200: TemplateShown, **errors(400, 401, 403, 404, 429)},
    )
    def patch(self, request: Request, pk: str) -> Response:
        found = WhatsAppTemplate.objects.filter(pk=id_or_404(pk)).select_related("business").first()
        if found is None:
            raise Http404
        _owner(request, found.business_id)
        given = Template(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return Response(TemplateShown(_saved(found, given.validated_data)).data)


def _owner(request: Request, business: uuid.UUID) -> Membership:
    member = members_of(request).get(business)
    if member is None:
        raise Http404
    if member.role != Role.OWNER:
        raise PermissionDenied(f"Only an owner of {member.business} decides this.")
    return member


def _saved(template: WhatsAppTemplate, values: dict[str, Any]) -> WhatsAppTemplate:
    for name, value in values.items():
        setattr(template, name, value)
    try:
        template.full_clean()
    except Refused as error:
        raise ValidationError(error.message_dict, "invalid") from error
    template.save()
    return template
