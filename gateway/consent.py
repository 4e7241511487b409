"""STOP and START by text: heard at once, for everything that the provider stops with them."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Sender
from channels_out.suppression import (
    BLOCKED,
    is_allowed_since,
    lift,
    note_start,
    scopes_lifted,
    scopes_of,
    suppress,
    suppressed,
)

# The whole message, whatever the case, and nothing else. A word that people also answer a question
# with is none, but for those that Twilio itself obeys: https://help.twilio.com/articles/223134027
STOP_WORDS = frozenset(
    {
        *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"),
        *("abmelden", "abbestellen"),
        *("arret", "arrêt", "desabonner", "désabonner"),
        *("alto", "baja"),
        *("parar", "sair"),
        *("disiscrivi", "cancellami"),
        *("afmelden", "uitschrijven"),
    }
)
START_WORDS = frozenset(
    {
        *("start", "unstop", "yes"),
        *("anmelden",),
        *("reabonner", "réabonner"),
        *("alta", "reanudar"),
        *("retomar",),
        *("iscrivimi",),
        *("aanmelden",),
    }
)
# Only those that Twilio itself answers.
HELP_WORDS = frozenset({"help", "info"})
# What people answer a question with, or ask by, all the same.
ALSO_SAID = frozenset({"cancel", "end", "quit", "revoke", "yes", "info"})
STOP, START, HELP = "STOP", "START", "HELP"


def hear(
    sender: Sender,
    address: str,
    text: str,
    messaging_service: str = "",
    verdict: str = "",
    at: datetime | None = None,
) -> bool:
    """Stops or allows writing to this address from this number when the text is nothing but a keyword.

    It counts for all that Twilio stops with it: the Messaging Service that its request named, too.
    `verdict` is what the provider made of the text by words of its own choice: STOP, START, HELP or
    nothing; it is believed before any word of ours. `at` is when it was said, where it may be heard late:
    what was said later stands. The text is filed as a message all the same:
    "Cancel" may answer a question. Who had blocked us and writes, whatever it is, blocks us no more.
    Gives whether it stopped what was not stopped.
    """
    said, words = _said(text, verdict), text.strip()
    scopes = sorted(scopes_of(sender, messaging_service))
    if sender.channel == Channel.WHATSAPP:
        lift(sender.channel, sender.address, address, at=at, reason=BLOCKED)
    if said == START:
        for scope in sorted(scopes_lifted(sender, messaging_service)):
            lifted = lift(sender.channel, scope, address, words=words, at=at)
            if scope in scopes and not lifted:
                note_start(sender.channel, scope, address, words=words, at=at or timezone.now())
    if said != STOP or (at and _has_allowed_since(sender.channel, scopes, address, at)):
        return False
    is_new = not suppressed((sender.channel, each, address) for each in scopes)
    for scope in scopes:
        suppress(sender.channel, scope, address, reason="keyword", words=words, at=at)
    return is_new


def _has_allowed_since(channel: str, scopes: list[str], address: str, at: datetime) -> bool:
    return any(is_allowed_since(channel, scope, address, at) for scope in scopes)


def says_stop(text: str, verdict: str = "") -> bool:
    """Whether this is nothing but the word that ends texts; `verdict` as for `hear`."""
    return _said(text, verdict) == STOP


def is_keyword(text: str, verdict: str = "") -> bool:
    """Whether this is nothing but a keyword, to which the provider answers itself; `verdict` as for `hear`."""
    return bool(_said(text, verdict))


def asks_nothing(text: str, verdict: str = "") -> bool:
    """Whether this is a keyword that nobody waits for an answer to: none that may be meant as a message."""
    return _word(text) not in ALSO_SAID and is_keyword(text, verdict)


def _said(text: str, verdict: str) -> str:
    return verdict or _keyword_in(_word(text))


def _word(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip()).casefold()


def _keyword_in(word: str) -> str:
    if word in STOP_WORDS:
        return STOP
    if word in START_WORDS:
        return START
    return HELP if word in HELP_WORDS else ""
