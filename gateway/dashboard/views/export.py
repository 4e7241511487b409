"""What the list shows, as a table to keep."""

from __future__ import annotations

import logging

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.filters import InboxFilter
from gateway.export import as_csv
from gateway.inbox import Inbox

log = logging.getLogger(__name__)


@require_safe
@member_page
def export(request: HttpRequest, viewer: Viewer) -> StreamingHttpResponse:
    """The conversations of the businesses that he owns as CSV, by the folder, search and filters of the list."""
    businesses = [member.business_id for member in viewer.owned]
    if not businesses:
        raise PermissionDenied(_("Only an owner takes conversations with him."))
    wanted = InboxFilter(request.GET, businesses, viewer.user).wanted
    log.info("User %s exports conversations", viewer.user.pk)
    lines = as_csv(Inbox(businesses, wanted), timezone.get_current_timezone())
    name = f"messages-{timezone.localdate().isoformat()}.csv"
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
