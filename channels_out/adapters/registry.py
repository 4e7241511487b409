"""Which adapter carries which channel: one line a channel."""

import os
from functools import cache

from django.utils.module_loading import import_string

from channels_out.adapters.base import Adapter
from channels_out.channel import Channel
from channels_out.conf import channel_adapters
from channels_out.errors import NotSupported

ADAPTERS: dict[str, str] = {
    Channel.EMAIL: "channels_out.adapters.django_mail.DjangoMail",
    Channel.SMS: "channels_out.adapters.twilio_messages.TwilioMessages",
    Channel.WHATSAPP: "channels_out.adapters.twilio_messages.TwilioMessages",
}


def adapter_for(channel: str) -> Adapter:
    """The adapter of this channel; the setting CHANNEL_ADAPTERS may name another.

    Raises NotSupported for a channel on which nothing is sent.
    """
    path = channel_adapters().get(channel) or ADAPTERS.get(channel)
    if path is None:
        raise NotSupported(f"No adapter carries {channel!r}: name one in CHANNEL_ADAPTERS.")
    return _made(path, os.getpid())


def at_once_on(channel: str) -> int:
    """How many messages of this channel are carried at the same time; where none can be, that is said of each."""
    adapter = _usable(channel)
    return adapter.at_once if adapter else Adapter.at_once


def asked_on(channel: str) -> str:
    """Who knows what became of a message on this channel, by its name in `Sent`; "" where nobody can be asked."""
    adapter = _usable(channel)
    return adapter.asks if adapter else ""


def _usable(channel: str) -> Adapter | None:
    """None where there is none, or it cannot be made: that is told of each message, and of no other channel's."""
    try:
        return adapter_for(channel)
    except Exception:  # noqa: BLE001 - whatever its settings make of it
        return None


@cache
def _made(path: str, pid: int) -> Adapter:
    """Of this process's own: a forked one inherits an adapter without its threads and connections."""
    adapter: Adapter = import_string(path)()
    return adapter
