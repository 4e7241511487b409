"""Files of conversations: for members, for the customer by his link, and for providers that fetch media."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_not_required
from django.core.files import File
from django.db.models import Q, QuerySet
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.customer_link import customer_link
from gateway.files import fetch_again
from gateway.held import for_staff
from gateway.links import file_of
from gateway.models import Attachment, HeldItem, Participant
from gateway.own_view import own_attachments
from gateway.stray_files import mark_gone
from gateway.templatetags.gateway_dashboard import printable

# Nothing of a file runs, loads or sends; a browser's own picture page styles itself inline.
INERT = "default-src 'none'; sandbox"
INERT_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
# What a browser would run or draw as a page is handed out as plain bytes.
ACTIVE = ("html", "xml", "svg", "javascript", "ecmascript")


@require_safe
@member_page
def attachment(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponseBase:
    """A file of a conversation or a held item of the member's businesses."""
    return _serve(_his(viewer).filter(pk=pk).first())


@require_safe
@member_page
def thumbnail(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponseBase:
    """The small copy of a picture; the picture itself while there is none."""
    return _serve(_his(viewer).filter(pk=pk).first(), is_small=True)


@require_POST
@member_page
def fetch(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Has a file fetched again that the provider did not hand over; then shows its conversation."""
    files = _his(viewer).select_related("message", "reply__message")
    file = get_object_or_404(files.filter(held=None), pk=pk)
    message = file.reply.message if file.reply else file.message
    if message is None:
        raise Http404("There is no such file.")
    viewer.answering(message)
    fetch_again(file)
    return redirect("gateway:conversation", message.pk)


def _his(viewer: Viewer) -> QuerySet[Attachment]:
    his = (
        Q(message__business__in=viewer.businesses)
        | Q(reply__message__business__in=viewer.businesses)
        | Q(held__business__in=viewer.businesses)
    )
    if viewer.user.is_staff:
        his |= Q(held__in=HeldItem.objects.filter(for_staff()))
    return Attachment.objects.filter(his)


@require_safe
@login_not_required
@customer_link
def customer_file(
    request: HttpRequest, participant: Participant, pk: uuid.UUID
) -> HttpResponseBase:
    """A file of the one conversation that the link opens."""
    return _serve(own_attachments(participant.message).filter(pk=pk).first())


@require_safe
@login_not_required
def signed_file(request: HttpRequest, signed: str) -> HttpResponseBase:
    """A file at a signed address that lives for some days: providers fetch media there."""
    return _serve(file_of(signed))


def _serve(file: Attachment | None, *, is_small: bool = False) -> HttpResponseBase:
    if file is None or not file.is_stored:
        raise Http404("There is no such file.")
    content = _open(file.thumbnail) if is_small else None
    small = content is not None
    content = content or _open(file.file)
    if content is None:
        mark_gone([file.pk])
        raise Http404("The file is not stored any more.")
    shown = file.is_picture
    response = FileResponse(
        content,
        as_attachment=not shown,
        filename=printable(file.name) or "attachment",
        content_type="image/jpeg" if small else _harmless(file.content_type),
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = INERT_PICTURE if shown else INERT
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _open(stored: FieldFile) -> File[bytes] | None:
    """None where nothing is stored."""
    try:
        return stored.open("rb") if stored else None
    except FileNotFoundError:
        return None


def _harmless(content_type: str) -> str:
    plain = content_type.lower()
    return "application/octet-stream" if any(word in plain for word in ACTIVE) else content_type
