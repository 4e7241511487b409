"""What is said beside what was filed and is not certain: each is empty where nothing speaks against it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_out.channel import Channel
from gateway.inbound.whatsapp_users import CHANGED_AFTER
from gateway.models import CustomerMessage, Route
from gateway.routes import last_used

# A conversation that was used within these weeks may be meant, even if it is in the archive by now.
LATELY = timedelta(weeks=3)
LIKELY = gettext_lazy(
    "This number serves several businesses; that yours is meant is likely, not certain."
)


def doubt_of(address: str, dmarc: str, is_known: bool) -> str:
    """What speaks against a mail being from the customer, one of whose addresses this is or (not `is_known`) is not."""
    if dmarc == "fail":
        words = _("The domain of %(address)s says that it did not send this mail.")
        return words % {"address": address}
    if is_known:
        return ""
    if not address:
        return _("Written from no readable address, which is not an address of this customer.")
    words = _("Written from %(address)s, which is not an address of this customer.")
    return words % {"address": address}


def named_by_form(claimed: CustomerMessage | None) -> str:
    """That only a form, which anybody can fill in, says whose the phone is."""
    if claimed is None:
        return ""
    words = _(
        "The form of “%(subject)s” named this number; whether its writer wrote this is not certain."
    )
    return words % {"subject": claimed.subject}


def after_silence(last: Route) -> str:
    """On whoever writes from a phone that was silent for long; `last` is what it was used for then."""
    words = _(
        "This phone was silent for long and may have another holder by now; it wrote in “%(subject)s” before."
    )
    return words % {"subject": last.message.subject}


def of_another_name(name: str, route: Route, at: datetime) -> str:
    """A new name on WhatsApp is no evidence, since people change theirs; after weeks of silence it is a hint."""
    message = route.message
    was_silent = last_used(route) < at - CHANGED_AFTER
    if not (name and was_silent and message.channel == Channel.WHATSAPP and message.sender_name):
        return ""
    if name == message.sender_name:
        return ""
    words = _(
        "After weeks of silence this phone names itself “%(name)s”, not “%(before)s”: it may have another holder."
    )
    return words % {"name": name, "before": message.sender_name}


def of_several(routes: list[Route], at: datetime) -> str:
    """That the text may be about another conversation: one that is open, or was used lately."""
    since = at - LATELY
    messages = {route.message_id: route.message for route in routes}
    meant = [
        message
        for message in messages.values()
        if message.is_open or (message.last_activity_at >= since and not message.deleted_at)
    ]
    if len(meant) < 2:
        return ""
    are_open = sum(message.is_open for message in meant)
    words = _("%(count)d conversations are open with this number; filed under the newest.")
    if are_open < len(meant):
        words = _(
            "%(count)d conversations went on with this number lately, %(open)d of them open; filed under the newest."
        )
    return words % {"count": len(meant), "open": are_open}
