"""What a member may know of a listing: the links that open a text about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import members_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.codes import code_of, links_of, listing_of, qr_url


class TextLink(serializers.Serializer[Any]):
    """A link that opens the customer's own program with a message to us."""

    channel = serializers.CharField()
    address = serializers.CharField(help_text="The number or mail address of ours.")
    url = serializers.CharField()
    qr_url = serializers.URLField(help_text="The link as a QR code (SVG), which anybody may load.")


class ListingLinks(serializers.Serializer[Any]):
    """A listing's code, and the links with it prefilled: one for each channel with a number, and by mail."""

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
        listing = listing_of(pk, members_of(request))
        if listing is None:
            raise Http404
        links = [
            {**asdict(link), "qr_url": qr_url(listing, link.channel)}
            for link in links_of(listing, listing.business)
        ]
        return Response({"code": f"#{code_of(listing)}", "links": links})
