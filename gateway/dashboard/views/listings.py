"""A listing's links: what a business prints and puts on its pages, so that customers write about the listing."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gateway.codes import code_of, links_of, listing_of, listings_of, qr_of
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.shell import shell_at

MANY = 200


@require_safe
@member_page
def listing_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The listings of the member's businesses."""
    return _page(request, viewer, None)


@require_safe
@member_page
def listing_links(request: HttpRequest, viewer: Viewer, pk: str) -> HttpResponse:
    """One listing's code, links and QR codes, ready to be copied and printed."""
    listing = listing_of(pk, viewer.businesses)
    if listing is None:
        raise Http404("There is no such listing.")
    links = links_of(listing, listing.business)
    return _page(request, viewer, listing, code=f"#{code_of(listing)}", links=links)


@require_safe
@login_not_required
def qr(request: HttpRequest, code: str, channel: str) -> HttpResponse:
    """The QR code of a listing's link; whoever has the code has what is in it."""
    drawn = qr_of(code, channel)
    if drawn is None:
        raise Http404("There is no such code.")
    return HttpResponse(
        drawn,
        content_type="image/svg+xml",
        headers={"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"},
    )


def _page(
    request: HttpRequest, viewer: Viewer, listing: object | None, **more: object
) -> HttpResponse:
    context = {
        "shell": shell_at(request, viewer, "listings"),
        "listings": listings_of(viewer.businesses).select_related("business")[:MANY],
        "listing": listing,
        **more,
    }
    return render(request, "gateway/listings.html", context)
