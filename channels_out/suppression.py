"""Who must not be written to, and from where. The outbox asks at every claim."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from django.utils import timezone

from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.conf import twilio_messaging_service_sid
from channels_out.models import Sender, Suppression
from channels_out.phones import one_form
from channels_out.questions import Asked, Question

Key = tuple[str, str, str]
Stop = tuple[str, str, str, str]
EMAIL_SCOPE = "email"
BLOCKED = "blocked"
"""The reason of a stop that holds until the person writes: he blocked our number, and said no word."""
STANDING = Question(
    lambda addresses: (
        Suppression.objects.filter(Among("address", addresses), lifted_at=None)
        .order_by()
        .values_list("channel", "scope", "address", "reason")
    ),
    ["address"],
)
STARTED = "start"
"""The reason of a row that never stopped anything: he allowed what was open, and a stop of before may be heard yet."""


class Number(Protocol):
    """What is asked of a sender here, be it the row or what a claim holds of it."""

    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def messaging_service(self) -> str: ...


def scopes_of(sender: Number | None, messaging_service: str = "") -> set[str]:
    """Every scope that a stop at this sender holds in, and that is asked when it writes.

    `messaging_service` is the one Twilio named in its request, if any. The number itself is always
    among them: a stop outlives that the number is put into a Messaging Service, or taken out.
    Without a sender it is mail. Twilio stops a whole Messaging Service, else the one number, else
    the one WhatsApp sender: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
    """
    if sender is None:
        return {EMAIL_SCOPE}
    return {messaging_service, messaging_service_of(sender), sender.address} - {""}


def scopes_lifted(sender: Sender, messaging_service: str = "") -> set[str]:
    """Every scope that a start at this sender lifts: what a stop there, or at a sister number, closed.

    A stop closes its number beside the Messaging Service, and Twilio's START opens the whole service.
    """
    scopes = scopes_of(sender, messaging_service)
    services = scopes - {sender.address}
    sisters = Sender.objects.filter(channel=sender.channel) if services else ()
    return scopes | {each.address for each in sisters if messaging_service_of(each) in services}


def messaging_service_of(sender: Number) -> str:
    """The Messaging Service an SMS sender belongs to, or ""."""
    default = twilio_messaging_service_sid() if sender.channel == Channel.SMS else ""
    return sender.messaging_service or default


def suppress(
    channel: str,
    scope: str,
    address: str,
    *,
    reason: str,
    words: str = "",
    at: datetime | None = None,
) -> Suppression | None:
    """Stop writing to `address` from `scope`, one of `scopes_of`; a repetition gives the first one.

    `reason` says who said so ("keyword", "provider", ...), `words` what the person wrote, `at` when, by
    default now. What was allowed again after that stays allowed, and there is None. What stands only
    until the person writes gives way to what stands until he allows it.
    """
    if at and is_allowed_since(channel, scope, address, at, reason):
        return None
    key = {"channel": channel, "scope": scope, "address": _same(channel, address)}
    if reason != BLOCKED:
        blocked = Suppression.objects.filter(**key, lifted_at=None, reason=BLOCKED)
        blocked.update(lifted_at=timezone.now())
    suppression, _ = Suppression.objects.get_or_create(
        **key,
        lifted_at=None,
        defaults={"reason": reason, "words": words, "created_at": at or timezone.now()},
    )
    return suppression


def is_allowed_since(
    channel: str, scope: str, address: str, at: datetime, reason: str = ""
) -> bool:
    """Whether writing to `address` from `scope` was allowed again after `at`; `reason` is the stop's.

    Who wrote to us after he had blocked us has ended his block, and no other stop.
    """
    same = _same(channel, address)
    rows = Suppression.objects.filter(channel=channel, scope=scope, address=same, lifted_at__gt=at)
    return (rows if reason == BLOCKED else rows.exclude(reason=BLOCKED)).exists()


def note_start(channel: str, scope: str, address: str, *, words: str, at: datetime) -> None:
    """Keep that `address` allowed writing at `at`, also where nothing was stopped.

    Of several such words the last one is kept.
    """
    key = {"channel": channel, "scope": scope, "address": _same(channel, address)}
    said = {"created_at": at, "lifted_at": at, "lifted_words": words}
    noted = Suppression.objects.filter(**key, reason=STARTED)
    if not (noted.filter(lifted_at__lte=at).update(**said) or noted.exists()):
        Suppression.objects.create(**key, reason=STARTED, **said)


def lift(
    channel: str,
    scope: str,
    address: str,
    *,
    words: str = "",
    at: datetime | None = None,
    reason: str = "",
) -> bool:
    """Allow writing to `address` from `scope` again; whether it was stopped before.

    `words` is what the person wrote, if it was he, `at` when, by default now. What was stopped after
    that stays stopped, and so does with a `reason` what was stopped for another.
    """
    standing = Suppression.objects.filter(
        channel=channel, scope=scope, address=_same(channel, address), lifted_at=None
    )
    if at:
        standing = standing.filter(created_at__lte=at)
    if reason:
        standing = standing.filter(reason=reason)
    return bool(standing.update(lifted_at=at or timezone.now(), lifted_words=words))


def suppressed(keys: Iterable[Key]) -> dict[Key, str]:
    """Those of the (channel, scope, address) that must not be written to, and for what reason."""
    asked = set(keys)
    stops = stops_at((channel, address) for channel, _, address in asked)
    return among_stops(asked, stops.rows())


def stops_at(addresses: Iterable[tuple[str, str]]) -> Asked:
    """What stands against these addresses, each with its channel, from any scope; for `among_stops`."""
    return STANDING.ask({_same(channel, address) for channel, address in addresses})


def among_stops(keys: Iterable[Key], stops: Iterable[Stop]) -> dict[Key, str]:
    """Those of the keys that are stopped, and for what reason."""
    stopped = {(channel, scope, address): reason for channel, scope, address, reason in stops}
    if not stopped:
        return {}
    same = {key: (key[0], key[1], _same(key[0], key[2])) for key in keys}
    return {key: stopped[one] for key, one in same.items() if one in stopped}


def _same(channel: str, address: str) -> str:
    """The form of an address that a stop is kept and asked for in, whatever form a provider writes it in."""
    return address.casefold() if channel == Channel.EMAIL else one_form(address)
