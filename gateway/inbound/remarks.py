"""What is said beside a text that was filed by what is likely: each is empty where nothing speaks against it."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels_out.channel import Channel
from gateway.inbound.whatsapp_users import CHANGED_AFTER
from gateway.models import CustomerMessage, Route
from gateway.routes import last_used

# A conversation that was used within these weeks may be meant, even if it is in the archive by now.
LATELY = timedelta(weeks=3)
LIKELY = "This number serves several businesses; that yours is meant is likely, not certain."


def named_by_form(claimed: CustomerMessage | None) -> str:
    """That only a form, which anybody can fill in, says whose the phone is."""
    if claimed is None:
        return ""
    return f"The form of “{claimed.subject}” named this number; whether its writer wrote this is not certain."


def after_silence(last: Route) -> str:
    """On whoever writes from a phone that was silent for long; `last` is what it was used for then."""
    return (
        "This phone was silent for long and may have another holder by now; it wrote in"
        f" “{last.message.subject}” before."
    )


def of_another_name(name: str, route: Route, at: datetime) -> str:
    """A new name on WhatsApp is no evidence, since people change theirs; after weeks of silence it is a hint."""
    message = route.message
    was_silent = last_used(route) < at - CHANGED_AFTER
    if not (name and was_silent and message.channel == Channel.WHATSAPP and message.sender_name):
        return ""
    if name == message.sender_name:
        return ""
    return (
        f"After weeks of silence this phone names itself “{name}”, not “{message.sender_name}”:"
        " it may have another holder."
    )


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
    went_on = "are open with this number"
    if are_open < len(meant):
        went_on = f"went on with this number lately, {are_open} of them open"
    return f"{len(meant)} conversations {went_on}; filed under the newest."
