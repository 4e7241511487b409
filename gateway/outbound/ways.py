"""On which channels a customer can be reached now, and why not on the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_out.channel import Channel
from channels_out.errors import Blocked
from channels_out.models import Sender
from channels_out.suppression import BLOCKED, scopes_of, suppressed
from gateway.addresses import clean, is_email, is_ours, is_phone, normalize
from gateway.models import (
    Attachment,
    ContactAddress,
    CustomerMessage,
    Direction,
    WhatsAppTemplate,
)
from gateway.outbound.limits import why_not_there
from gateway.outbound.our_number import sender_for
from gateway.outbound.templates import DoesNotFit, Filled, fill, pick, templates_for
from gateway.routes import routes_between
from gateway.words import weekday_and_time

# WhatsApp allows free text for 24 hours after the customer's last message to that sender:
# https://www.twilio.com/docs/whatsapp/key-concepts#customer-service-windows
WHATSAPP_WINDOW = timedelta(hours=24)
NEVER = datetime.min.replace(tzinfo=UTC)
RELAYED = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)
# Longer than this is read better as a mail, in characters; by SMS it is about seven segments.
LONG_TEXT = 1000
ONLY = gettext_lazy("It is the only way.")


class NotReachable(Exception):
    """The customer cannot be reached as asked; says why, and which channels can be used."""

    def __init__(self, reason: str, usable: list[str]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.usable = usable


@dataclass(frozen=True)
class Draft:
    """What is to be sent, as far as the way depends on it; without words it is any answer.

    `template` is the WhatsApp template that was asked for, `given` values for its places. `refused_at` is
    when WhatsApp found the customer's 24 hours to be over, whatever our clock says.
    """

    text: str = ""
    files: tuple[Attachment, ...] = ()
    template: UUID | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    refused_at: datetime | None = None

    @property
    def suits_mail(self) -> bool:
        """Whether it is read best as a mail: a long text, or a file that is no picture."""
        return len(self.text) > LONG_TEXT or any(not file.is_picture for file in self.files)


ANY = Draft()


@dataclass(frozen=True)
class Way:
    """One way to reach a customer: usable, or the reason why not. `closes_at` ends a WhatsApp window.

    Outside of that window it goes in a `template`, which `note` explains; `filled` once the words are
    known, `templates` are those to choose from. Without `closes_at` and template, `note` says that it is open.
    """

    channel: Channel
    address: str = ""
    sender: Sender | None = None
    reason: str = ""
    closes_at: datetime | None = None
    template: WhatsAppTemplate | None = None
    filled: Filled | None = None
    templates: tuple[WhatsAppTemplate, ...] = ()
    note: str = ""

    @property
    def usable(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Reach:
    """Every way to a customer, in the order email, SMS, WhatsApp; `preferred` is None where none is usable.

    `because` says why that one is preferred, as a sentence; `preferred_by_wish` that the customer named it.
    """

    ways: list[Way]
    preferred: Way | None
    because: str = ""
    preferred_by_wish: bool = False

    @property
    def usable(self) -> list[str]:
        """The channels that can be used now."""
        return [str(way.channel) for way in self.ways if way.usable]


def ways_to(message: CustomerMessage, draft: Draft = ANY) -> list[Way]:
    """The state of every channel for the customer of this conversation, in the order email, SMS, WhatsApp."""
    addresses = {address.channel: address for address in _by_use(message.contact.addresses.all())}
    return [_way(message, channel, addresses.get(channel), draft) for channel in RELAYED]


def reach_of(message: CustomerMessage, draft: Draft = ANY) -> Reach:
    """The ways, and of the usable ones the customer's wish, else the last that he used, else any.

    What is long or a document goes by email, where he had no wish and an address is known.
    """
    ways = ways_to(message, draft)
    usable = {str(way.channel): way for way in ways if way.usable}
    if not usable:
        return Reach(ways, None)
    if len(usable) == 1:
        return Reach(ways, next(iter(usable.values())), str(ONLY))
    if message.reply_by in usable:
        return Reach(ways, usable[message.reply_by], _("The customer asked for it."), True)
    if draft.suits_mail and Channel.EMAIL in usable:
        return Reach(
            ways, usable[Channel.EMAIL], _("A long text or a document is read best as a mail.")
        )
    used = _used(message)
    if last := next((each for each in used if each in usable), None):
        because = _("The customer wrote by it last.")
        if last != used[0]:
            because = _("Of what can be used, the customer wrote by it last.")
        return Reach(ways, usable[last], because)
    first = next(usable[each] for each in RELAYED if each in usable)
    return Reach(ways, first, _("Nothing speaks for another one."))


def reach_by(way: Way) -> Reach:
    """The reach of a customer to whom nothing else leads."""
    return Reach([way], way, str(ONLY))


def way_back(message: CustomerMessage, sender: Sender, address: str, at: datetime) -> Way | None:
    """The way to a customer of whom nothing is known but that he just wrote here, to this number.

    What `choose` would find with more questions; None where it must be asked.
    """
    if not sender.is_active:
        return None
    written = ContactAddress(
        channel=sender.channel,
        address=clean(address),
        normalized=normalize(sender.channel, address),
        last_inbound_at=at,
    )
    way = _by_number(message, written, sender, at, ANY)
    return way if way.usable else None


def choose(message: CustomerMessage, wish: str = "", draft: Draft = ANY) -> Way:
    """The way that was asked for, else the preferred one; a template asked for is a wish for WhatsApp.

    Raises NotReachable with the reason and the channels that can be used.
    """
    wish = wish or (Channel.WHATSAPP if draft.template else "")
    reach = reach_of(message, draft)
    if draft.template and wish != Channel.WHATSAPP:
        raise NotReachable(_("A WhatsApp template goes by WhatsApp only."), reach.usable)
    if not wish:
        if reach.preferred is None:
            raise NotReachable(" ".join(way.reason for way in reach.ways), [])
        return reach.preferred
    asked = next((way for way in reach.ways if way.channel == wish), None)
    if asked is None:
        words = _("%(channel)s is not a channel that leads to a customer.")
        raise NotReachable(words % {"channel": wish}, reach.usable)
    if not asked.usable:
        raise NotReachable(asked.reason, reach.usable)
    return asked


def _by_use(addresses: Iterable[ContactAddress]) -> list[ContactAddress]:
    """The address that was used last comes last, so that it wins; one that mail came back from is no rival."""
    return sorted(
        addresses,
        key=lambda each: (each.bounced_at is None, each.last_inbound_at or each.created_at),
    )


def _used(message: CustomerMessage) -> list[str]:
    """The channels by which he wrote, the newest first."""
    written = message.replies.filter(
        direction=Direction.INBOUND,
        is_automatic=False,
        by_partner=False,
        channel__in=RELAYED,
    )
    newest = written.values("channel").annotate(newest=Max("created_at")).order_by("-newest")
    return [*newest.values_list("channel", flat=True), message.channel]


def _way(
    message: CustomerMessage, channel: Channel, address: ContactAddress | None, draft: Draft
) -> Way:
    if address is None:
        return Way(channel, reason=str(_UNKNOWN[channel]))
    if channel == Channel.EMAIL:
        return _by_email(address)
    sender, last_inbound = sender_for(message, channel, address)
    return _by_number(message, address, sender, last_inbound, draft)


_UNKNOWN = {
    Channel.EMAIL: gettext_lazy("No email address of this customer is known."),
    Channel.SMS: gettext_lazy("No mobile number of this customer is known."),
    Channel.WHATSAPP: gettext_lazy("No WhatsApp number of this customer is known."),
}


def _by_email(address: ContactAddress) -> Way:
    reason = ""
    if not is_email(address.address) or is_ours(address.address):
        reason = _("%(address)s is not an address of a customer's mailbox.")
    elif address.bounced_at:
        reason = _("Mail to %(address)s came back.")
    reason = reason % {"address": address.address}
    return Way(
        Channel.EMAIL,
        address.address,
        reason=reason or why_stopped(Channel.EMAIL, None, address.address),
    )


def _by_number(
    message: CustomerMessage,
    address: ContactAddress,
    sender: Sender | None,
    last_inbound: datetime | None,
    draft: Draft,
) -> Way:
    channel = Channel(address.channel)
    # What a provider named is repeated exactly; what a person typed goes out in its normal form.
    theirs = address.address if address.last_inbound_at else address.normalized
    way = Way(channel, theirs, sender)
    if sender is None:
        return replace(way, reason=_NONE_OF_OURS[channel] % {"business": message.business})
    reason = why_stopped(channel, sender, theirs)
    if reason := reason or why_not_there(message.business, sender, address):
        return replace(way, reason=reason)
    if channel == Channel.WHATSAPP:
        return _by_whatsapp(way, message, address, last_inbound, draft)
    return replace(way, reason=_why_no_text(address))


def why_stopped(channel: Channel, sender: Sender | None, address: str) -> str:
    """Why whoever reads there may not be written to from this number until he allows it, or nothing."""
    stops = suppressed((channel, scope, address) for scope in scopes_of(sender)).values()
    if not stops:
        return ""
    if channel == Channel.EMAIL:
        return _("%(address)s does not want our mail any more.") % {"address": address}
    if set(stops) == {BLOCKED}:
        return _(Blocked.reason)
    return _("The customer has opted out (STOP) on this channel.")


def _why_no_text(address: ContactAddress) -> str:
    if is_phone(address.normalized):
        return ""
    if not address.last_inbound_at:
        words = _("%(address)s is not a whole phone number with its country code.")
        return words % {"address": address.address}
    is_number = address.normalized.isdigit()  # a short code may be texted from the same country
    words = _("%(address)s is a name, which cannot be texted to.")
    return "" if is_number else words % {"address": address.address}


_NONE_OF_OURS = {
    Channel.SMS: gettext_lazy("%(business)s has no SMS number to write from."),
    Channel.WHATSAPP: gettext_lazy("%(business)s has no WhatsApp sender to write from."),
}


def _by_whatsapp(
    way: Way,
    message: CustomerMessage,
    address: ContactAddress,
    last_inbound: datetime | None,
    draft: Draft,
) -> Way:
    closes_at = last_inbound + WHATSAPP_WINDOW if last_inbound else None
    is_open_here = _is_open(last_inbound, draft)
    is_open = is_open_here or _is_open(_last_on_the_pair(way), draft)
    if is_open and draft.template is None:
        if is_open_here:
            return replace(way, closes_at=closes_at)
        return replace(way, note=_("WhatsApp is open for this customer."))
    refused_at = draft.refused_at if (last_inbound or NEVER) < (draft.refused_at or NEVER) else None
    closed = "" if is_open else _why_closed(closes_at, refused_at)
    return _in_template(replace(way, reason=closed, closes_at=closes_at), message, address, draft)


def _is_open(written_at: datetime | None, draft: Draft) -> bool:
    """Whether what the customer wrote then still counts, by our clock and by what WhatsApp has said since."""
    written_at = written_at or NEVER
    closes_at = written_at + WHATSAPP_WINDOW
    return closes_at > timezone.now() and written_at >= (draft.refused_at or NEVER)


def _last_on_the_pair(way: Way) -> datetime | None:
    """When the customer last wrote to this sender, for whichever business: the window is of the two numbers.

    To whom he wrote, and so when, is that business's to know.
    """
    routes = routes_between(way.sender, way.address) if way.sender else []
    return max(filter(None, (route.last_inbound_at for route in routes)), default=None)


def _why_closed(closes_at: datetime | None, refused_at: datetime | None) -> str:
    if refused_at and (closes_at is None or closes_at > refused_at):
        return _("WhatsApp says that the customer's 24 hours are over.")
    if closes_at is None:
        return _("WhatsApp opens when the customer has written there first.")
    words = _("WhatsApp closed %(when)s, 24 hours after the customer last wrote there.")
    return words % {"when": weekday_and_time(closes_at)}


def _in_template(way: Way, message: CustomerMessage, address: ContactAddress, draft: Draft) -> Way:
    """The way in the first template that takes these words; with the reason where none does."""
    templates = _templates(way, message, address)
    wanted = [pick(templates, draft.template)] if draft.template else templates
    reasons = []
    for template in filter(None, wanted):
        try:
            filled = _fill(template, message, draft)
        except DoesNotFit as problem:
            reasons.append(str(problem))
            continue
        goes = _("It goes in the template “%(template)s”.") % {"template": template}
        note = f"{way.reason} {goes}".strip()
        return replace(
            way,
            reason="",
            note=note,
            closes_at=None,
            template=template,
            filled=filled,
            templates=tuple(templates),
        )
    if draft.template and not reasons:
        reasons.append(_("There is no such WhatsApp template for this customer."))
    return replace(way, reason=" ".join([way.reason, *reasons[:1]]).strip())


def _templates(
    way: Way, message: CustomerMessage, address: ContactAddress
) -> list[WhatsAppTemplate]:
    """Only for who has agreed: he wrote on WhatsApp, or asked on a form that told him so to be answered there.

    https://www.twilio.com/docs/whatsapp/api asks for an explicit opt-in.
    """
    has_agreed = address.last_inbound_at or (
        message.reply_by == Channel.WHATSAPP and message.contact.consents.exists()
    )
    return templates_for(message, way.sender) if has_agreed and way.sender else []


def _fill(template: WhatsAppTemplate, message: CustomerMessage, draft: Draft) -> Filled | None:
    if draft.files and template.carries_answer:
        raise DoesNotFit(_("A WhatsApp template carries no files."))
    return fill(template, message, draft.text, draft.given) if draft.text else None
