"""How an SMS or a WhatsApp message finds its conversation: ordered steps, the first that knows decides.

They run under the lock on (our number, their address).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.channel import PHONE_CHANNELS
from channels_out.models import Delivery, Sender
from gateway.addresses import normalize
from gateway.asking.ask import is_asked
from gateway.asking.breath import BREATH
from gateway.codes import listing_in
from gateway.inbound.contacts import is_unknown_phone
from gateway.inbound.elsewhere import (
    is_everybodys,
    is_in_no_link,
    is_of_pool,
    last_elsewhere,
    names_another,
)
from gateway.inbound.messages import InboundText
from gateway.inbound.remarks import (
    LIKELY,
    after_silence,
    named_by_form,
    of_another_name,
    of_several,
)
from gateway.inbound.whatsapp_users import holder_since
from gateway.models import (
    Business,
    CustomerMessage,
    DedicatedSender,
    Question,
    Receipt,
    Route,
)
from gateway.routes import (
    awake,
    conversation_about,
    last_used,
    routes_of_writer,
    went_out_between,
)

# On a shared number an answer is expected within days; later the same person may mean another business.
RECENT = timedelta(days=3)
# Who writes in several pieces says only once for whom they are.
SITTING = timedelta(hours=1)
# Who deals with several businesses, or writes where he may mean any, turns to the next one sooner than that.
A_MOMENT = timedelta(minutes=5)
# Who answers a text at once answers that text, where he cannot mean just any business.
AT_ONCE = timedelta(hours=1)
# After a day an answer on a number of several businesses is likely, not certain.
PROMPT = timedelta(days=1)
# Who comes back later than that on a number of a pool has begun something else as likely as not.
GOES_ON = timedelta(weeks=2)


@dataclass(frozen=True)
class Found:
    """Where a text belongs: a conversation, or a business for which it opens one, about `listing` if any.

    `is_stranger` says that the business knows nothing of the writer: no route, no contact's address.
    """

    step: str
    business: Business
    message: CustomerMessage | None = None
    note: str = ""
    is_stranger: bool = False
    listing: Any = None


@dataclass(frozen=True)
class Evidence:
    """What the steps look at. `routes` are those of the pair, `of_business` those of the phone with the business.

    `asleep` are those that are silent for so long that the phone may have another holder.
    """

    text: InboundText
    sender: Sender
    business: Business | None
    routes: list[Route]
    of_business: list[Route]
    asleep: list[Route]

    @property
    def at(self) -> datetime:
        """When we were given the text."""
        return self.text.received_at or timezone.now()

    @property
    def living(self) -> list[Route]:
        """The routes of conversations that are not in the trash."""
        return [route for route in self.routes if route.message.deleted_at is None]


def find_text(text: InboundText, sender: Sender, business: Business | None) -> Found | None:
    """The conversation or business that the evidence names, or None when it must be held.

    `business` is the one that our number is dedicated to.
    """
    routes = routes_of_writer(sender, business, text.from_address)
    lately = awake(routes, holder_since(text))
    pair = [route for route in lately if route.sender_id == sender.pk]
    its = [route for route in lately if business and route.business_id == business.pk]
    asleep = [route for route in routes if route not in lately]
    evidence = Evidence(text, sender, business, pair, its, asleep)
    for step in STEPS:
        found = step(evidence)
        if found is not None:
            return found
    return None


def business_of(sender: Sender) -> Business | None:
    """The business that a number of ours is dedicated to."""
    try:
        return sender.dedication.business
    except DedicatedSender.DoesNotExist:
        return None


def by_quote(evidence: Evidence) -> Found | None:
    """The customer quoted one message of the pair (Twilio's OriginalRepliedMessageSid)."""
    if not evidence.text.quoted_id:
        return None
    message = _sent_by_us(evidence) or _written_before(evidence)
    if message is None or message.deleted_at:
        return None
    if evidence.business not in (None, message.business):
        return None
    return Found("quote", message.business, message)


def by_code(evidence: Evidence) -> Found | None:
    """The text holds the code of a listing, as its link or QR code prefills it: what is open about it, or new."""
    listing = listing_in(evidence.text.text)
    if listing is None or evidence.business not in (None, listing.business):
        return None
    message = conversation_about(listing, evidence.of_business or evidence.routes)
    note = "" if message else _note_on_silence(evidence, listing.business)
    return Found("code", listing.business, message, note, bool(note), listing)


def by_dedicated_number(evidence: Evidence) -> Found | None:
    """The number belongs to one business: its conversation with the newest activity on the pair."""
    business = evidence.business
    if business is None:
        return None
    routes = [route for route in evidence.living if route.business_id == business.pk]
    if not routes:
        return None
    notes = (
        of_several(routes, evidence.at),
        of_another_name(evidence.text.from_name, routes[0], evidence.at),
    )
    return Found("number", business, routes[0].message, " ".join(filter(None, notes)))


def by_phone_of_contact(evidence: Evidence) -> Found | None:
    """The number belongs to one business, which has an open conversation with this phone on another one."""
    business = evidence.business
    if business is None:
        return None
    messages = _open_with_phone(evidence.of_business)
    if not messages:
        return None
    several = of_several(evidence.of_business, evidence.at)
    note = several or _("Found by the phone number of the customer.")
    return Found("contact", business, messages[0], note)


def by_silence(evidence: Evidence) -> Found | None:
    """The number belongs to one business, with which this phone was silent for so long that providers
    may have given it to somebody else: a new conversation of a new customer.
    """
    business = evidence.business
    note = _note_on_silence(evidence, business) if business else ""
    return Found("number", business, note=note, is_stranger=True) if business and note else None


def by_new_on_dedicated_number(evidence: Evidence) -> Found | None:
    """The number belongs to one business, and nothing passed between them yet: a new conversation.

    Who sent a form that names this phone may be anybody, and reads his conversation: it is only named.
    """
    business = evidence.business
    if business is None:
        return None
    if not evidence.of_business and is_unknown_phone(business, _phone(evidence)):
        return Found("number", business, is_stranger=True)
    claimed = _open_of(business).filter(
        contact__addresses__business=business,
        contact__addresses__channel__in=PHONE_CHANNELS,
        contact__addresses__normalized=_phone(evidence),
    )
    return Found("number", business, note=named_by_form(claimed.first()))


def by_number_in_no_link(evidence: Evidence) -> Found | None:
    """A shared number on which only this business deals with this address, and that stands in no link.

    He knows it from nobody else. Of its conversations there the one with the newest activity.
    """
    if len({route.business_id for route in evidence.routes}) != 1:
        return None
    business = evidence.routes[0].business
    if not is_in_no_link(evidence.sender) or names_another(evidence.text.text, business.pk):
        return None
    message = evidence.living[0].message if evidence.living else None
    return Found("pair", business, message, of_several(evidence.living, evidence.at))


def by_choice(evidence: Evidence) -> Found | None:
    """A shared number on which the customer just said for whom it is, or wrote to the only one there is.

    For an hour, or for minutes where he deals with others or all write from this number. Unless we wrote
    there for another conversation since, or another business may be meant since, or he is asked already.
    """
    if is_asked(evidence.sender, evidence.text.from_address):
        return None
    chosen, chosen_at = _chosen_lately(evidence)
    if chosen is None and len(evidence.routes) == 1:
        chosen = evidence.routes[0]
    if chosen is None or chosen.message.deleted_at or not chosen.last_inbound_at:
        return None
    if _wrote_for_another(evidence, chosen):
        return None
    elsewhere = last_elsewhere(evidence.sender, _phone(evidence), chosen.business_id)
    if elsewhere and elsewhere >= chosen.last_inbound_at:
        return None
    has_others = elsewhere or len({route.business_id for route in evidence.routes}) > 1
    said_at = max(chosen.last_inbound_at, chosen_at or chosen.last_inbound_at)
    passed = evidence.at - said_at
    is_sitting = passed <= SITTING and not has_others
    if passed > A_MOMENT and (not is_sitting or is_everybodys(evidence.sender, chosen.business_id)):
        return None
    is_of_before = passed < -BREATH  # it was lost on the way
    if is_of_before or names_another(evidence.text.text, chosen.business_id):
        return None
    return Found(
        "just_before", chosen.message.business, chosen.message, _("He wrote there just before.")
    )


def by_recent_answer(evidence: Evidence) -> Found | None:
    """A shared number that only one business uses with this address, and we wrote lately for one conversation.

    If that is in the trash by now, the business is certain all the same. Where another business has
    written on the pair, however long ago, the newest answer is no evidence: he may mean that one.
    Neither is it where he deals with another one that never wrote here, but for an hour, or where all
    write from this number, but for minutes.
    """
    if len({route.business_id for route in evidence.routes}) != 1:
        return None
    since = evidence.at - RECENT
    recent = [
        route
        for route in evidence.routes
        if route.last_outbound_at and route.last_outbound_at >= since
    ]
    living = [route.message for route in recent if route in evidence.living]
    if not recent or len(living) > 1:
        return None
    business = recent[0].business
    wrote_at = max(filter(None, (route.last_outbound_at for route in recent)))
    elsewhere = last_elsewhere(evidence.sender, _phone(evidence), business.pk)
    passed = evidence.at - wrote_at
    is_of_before = passed < timedelta(0)  # it was lost on the way
    if is_of_before or (elsewhere and (elsewhere >= wrote_at or passed > AT_ONCE)):
        return None
    if is_everybodys(evidence.sender, business.pk) and not went_out_between(
        evidence.sender, recent, evidence.at - A_MOMENT, evidence.at
    ):
        return None
    if names_another(evidence.text.text, business.pk):
        return None
    is_likely = elsewhere is not None or passed > PROMPT
    notes = (str(LIKELY) if is_likely else "", of_several(evidence.living, evidence.at))
    return Found("recent", business, living[0] if living else None, " ".join(filter(None, notes)))


def by_number_of_pool(evidence: Evidence) -> Found | None:
    """A number of a pool on which only this business deals with this address, and did so within weeks.

    It was chosen for that. Of its conversations there the one with the newest activity. Likely, not
    certain: whoever found a listing of another business may have written to this number, too, and the
    longer ago, the likelier.
    """
    if len({route.business_id for route in evidence.routes}) != 1:
        return None
    if max(map(last_used, evidence.routes)) < evidence.at - GOES_ON:
        return None
    business = evidence.routes[0].business
    if evidence.sender.is_front_door or not is_of_pool(evidence.sender):
        return None
    if last_elsewhere(evidence.sender, _phone(evidence), business.pk):
        return None
    if names_another(evidence.text.text, business.pk):
        return None
    message = evidence.living[0].message if evidence.living else None
    notes = (str(LIKELY), of_several(evidence.living, evidence.at))
    return Found("pair", business, message, " ".join(filter(None, notes)))


STEPS: tuple[Callable[[Evidence], Found | None], ...] = (
    by_quote,
    by_code,
    by_dedicated_number,
    by_phone_of_contact,
    by_silence,
    by_new_on_dedicated_number,
    by_number_in_no_link,
    by_choice,
    by_recent_answer,
    by_number_of_pool,
)


def _chosen_lately(evidence: Evidence) -> tuple[Route | None, datetime | None]:
    """What he chose when we asked him last, and when; of the only conversation there is nothing is asked."""
    if len(evidence.routes) < 2:
        return None, None
    since = evidence.at - SITTING
    answered = Question.objects.filter(
        sender=evidence.sender, normalized=_phone(evidence), created_at__gte=since - RECENT
    )
    newest = answered.filter(settled_at__gte=since, chosen__isnull=False).order_by("-created_at")
    chosen, at = newest.values_list("chosen", "settled_at").first() or (None, None)
    return next((route for route in evidence.routes if route.message_id == chosen), None), at


def _wrote_for_another(evidence: Evidence, chosen: Route) -> bool:
    since = chosen.last_inbound_at or chosen.created_at
    others = (route for route in evidence.routes if route != chosen)
    return any(route.last_outbound_at and route.last_outbound_at > since for route in others)


def _sent_by_us(evidence: Evidence) -> CustomerMessage | None:
    quoted = Delivery.objects.filter(
        provider_id=evidence.text.quoted_id, sender=evidence.sender, dispatch__isnull=False
    )
    delivery = quoted.select_related("dispatch__message__business").first()
    same = delivery and _same_address(evidence, delivery.to_address)
    return delivery.dispatch.message if delivery and same else None


def _written_before(evidence: Evidence) -> CustomerMessage | None:
    key = evidence.text.key.rpartition(":")[0] + ":" + evidence.text.quoted_id
    receipt = Receipt.objects.filter(key=key).select_related("message__business").first()
    on_pair = {route.message_id for route in evidence.living}
    return receipt.message if receipt and receipt.message_id in on_pair else None


def _same_address(evidence: Evidence, address: str) -> bool:
    """Whether it is the writer's, by either of his names."""
    named = (evidence.text.from_address, evidence.text.alias)
    channel = evidence.sender.channel
    return normalize(channel, address) in {normalize(channel, name) for name in named if name}


def _phone(evidence: Evidence) -> str:
    return normalize(evidence.text.channel, evidence.text.from_address)


def _open_with_phone(routes: list[Route]) -> list[CustomerMessage]:
    """Those that were written to from this phone, else those in which we answered on it."""
    open_ones = [route for route in routes if route.message.is_open]
    written = [route for route in open_ones if route.last_inbound_at]
    messages = {route.message_id: route.message for route in written or open_ones}
    newest = sorted(messages.values(), key=lambda each: (each.last_activity_at, each.pk))
    return newest[::-1]


def _open_of(business: Business) -> QuerySet[CustomerMessage]:
    messages = CustomerMessage.objects.filter(
        business=business, deleted_at=None, is_archived=False, is_spam=False
    )
    return messages.order_by("-last_activity_at", "-id")


def _note_on_silence(evidence: Evidence, business: Business) -> str:
    """That all that passed with the business is so long ago that it was perhaps somebody else."""
    if any(route.business_id == business.pk for route in (*evidence.routes, *evidence.of_business)):
        return ""
    before = [route for route in evidence.asleep if route.business_id == business.pk]
    return after_silence(before[0]) if before else ""
