"""STOP and START by text: heard at once, for everything that the provider stops with them."""

from __future__ import annotations

from channels_out.models import Sender
from channels_out.suppression import lift, scopes_of, suppress

# Twilio's default keywords; the whole message, whatever the case, nothing else:
# https://help.twilio.com/articles/223134027
STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"}
)
START_WORDS = frozenset({"start", "unstop", "yes"})


def hear(sender: Sender, address: str, text: str, messaging_service: str = "") -> None:
    """Stops or allows writing to this address from this number when the text is nothing but a keyword.

    It counts for all that Twilio stops with it: the Messaging Service that its request named, too.
    The text is filed as a message all the same: "Cancel" may answer a question.
    """
    word = text.strip().casefold()
    for scope in sorted(scopes_of(sender, messaging_service)):
        if word in STOP_WORDS:
            suppress(sender.channel, scope, address, reason="keyword", words=text.strip())
        elif word in START_WORDS:
            lift(sender.channel, scope, address)
