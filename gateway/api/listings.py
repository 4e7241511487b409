"""What a member may know of a listing: the links that open a text about it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import members_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.codes import code_of, links_of
from gateway.models import CustomerMessage

_listings = CustomerMessage._meta.get_field("listing").related_model._default_manager


class TextLink(serializers.Serializer[Any]):
    """A link that opens the customer's own program with a text to a number of ours."""

    channel = serializers.CharField()
    number = serializers.CharField()
    url = serializers.CharField()


class ListingLinks(serializers.Serializer[Any]):
    """A listing's code, and the links with it prefilled: one for each channel with a number."""

    code = serializers.CharField(help_text="As it stands in a text: `#K7PQ42`.")
    links = TextLink(many=True)


class Links(Endpoint):
    """Links to write about a listing by text."""

    @described(
        operation_id="listingLinks",
        summary="The code of a listing, and links that open a text with it",
        responses={200: ListingLinks, **errors(401, 403, 404, 429)},
    )
    def get(self, request: Request, pk: str) -> Response:
        listing = _listing(request, pk)
        return Response(
            {"code": f"#{code_of(listing)}", "links": links_of(listing, listing.business)}
        )


def _listing(request: Request, pk: str) -> Any:
    """A listing of one of the caller's businesses. Raises Http404 for any other, and for what is no key."""
    try:
        found = _listings.filter(pk=pk, business__in=members_of(request))
        listing = found.select_related("business").first()
    except (ValidationError, ValueError, OverflowError) as error:
        raise Http404 from error
    if listing is None:
        raise Http404
    return listing
