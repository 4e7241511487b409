"""The description of the API: OpenAPI 3, and Swagger UI from our own files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema, inline_serializer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny

from gateway.api.endpoint import Endpoint

# `errors` would hide an attribute of a serializer class, so the shape is built and not written.
ERRORS = inline_serializer(
    "Errors",
    {
        "type": serializers.ChoiceField(["validation_error", "client_error", "server_error"]),
        "errors": inline_serializer(
            "Error",
            {
                "code": serializers.CharField(),
                "detail": serializers.CharField(),
                "attr": serializers.CharField(
                    allow_null=True, help_text="The field, or null where it is not about one."
                ),
            },
            many=True,
        ),
        "reason": serializers.CharField(
            required=False, help_text="Why a customer cannot be reached on a channel."
        ),
        "usable": serializers.ListField(
            child=serializers.CharField(),
            required=False,
            help_text="The channels that can be used.",
        ),
    },
)


def errors(*codes: int) -> dict[int, Any]:
    """These status codes, each with the one error shape."""
    return dict.fromkeys(codes, ERRORS)


Call = TypeVar("Call", bound=Callable[..., Any])


def described(**about: Any) -> Callable[[Call], Call]:
    """drf-spectacular's `extend_schema`, without the host project's DEFAULT_SCHEMA_CLASS that it falls back on."""

    def describe(call: Call) -> Call:
        vars(call)["kwargs"] = {"schema": AutoSchema}  # where drf-spectacular looks first
        return extend_schema(**about)(call)

    return describe


Route = tuple[str, str, str, Any]


def only_ours(endpoints: list[Route], **_: Any) -> list[Route]:
    """The calls of this API, without those of a host project's own."""
    return [one for one in endpoints if issubclass(one[3].cls, Endpoint)]


class Schema(SpectacularAPIView):
    """OpenAPI 3 as JSON, or as YAML where that is asked for."""

    custom_settings = {"PREPROCESSING_HOOKS": ["gateway.api.schema.only_ours"]}
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    versioning_class = None
    content_negotiation_class = DefaultContentNegotiation
    renderer_classes = [
        OpenApiJsonRenderer,
        OpenApiJsonRenderer2,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    ]


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own files: no inline script or style, so that a strict CSP lets it run."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    versioning_class = None
    content_negotiation_class = DefaultContentNegotiation
    url_name = "gateway-api:schema"
    template_name = "gateway/api/docs.html"
