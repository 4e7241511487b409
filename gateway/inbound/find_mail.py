"""How a mail finds its conversation: a reply token, a Message-ID of ours, else a public address."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.addresses import normalize
from gateway.conf import reply_domain
from gateway.inbound.contacts import has_address
from gateway.inbound.messages import InboundMail
from gateway.listing_addresses import listing_named
from gateway.models import (
    Business,
    ContactAddress,
    EndedAddress,
    MemberAddress,
    Membership,
    Participant,
    Welcome,
)
from gateway.participants import is_verified
from gateway.tokens import channel_in, hash_of, signed_in, tokens_in

MOST_CODES = 5  # are looked up of one mail; a stranger may name a thousand


@dataclass(frozen=True)
class Writer:
    """Whose side of which conversation a mail comes from, and by what evidence.

    It is the side that he was given, by which a repeated mail is known again, also where its
    conversation was joined to another one since. `answer_by` is the channel that his address asks for.
    """

    step: str
    participant: Participant
    note: str = ""
    answer_by: str = ""


def find_writers(mail: InboundMail, addressed: list[Business]) -> list[Writer]:
    """The participants that the mail speaks for: one a conversation by token, else the one a reference names.

    A token wins over a reference that disagrees, and the disagreement is noted. A reference alone
    decides nothing when the mail is addressed to other businesses than its own: it may be quoted there.
    """
    referred = by_reference(mail) or by_provider_id(mail)
    by_tokens = by_token(mail)
    if not by_tokens:
        return [referred] if referred and _may_decide(referred, addressed) else []
    note = _disagreement(by_tokens, referred)
    return [replace(writer, note=note) for writer in by_tokens]


def by_token(mail: InboundMail) -> list[Writer]:
    """Every conversation of which a valid reply token is among the recipients, each once.

    Where both sides' are, it is the side whose address the mail comes from, else the first.
    """
    hashes = _hashes(mail)
    found = {row.reply_hash: row for row in _participants().filter(reply_hash__in=hashes)}
    sides: dict[uuid.UUID, list[Participant]] = {}
    for row in [found[key] for key in dict.fromkeys(hashes) if key in found]:
        sides.setdefault(_place(row), []).append(row)
    return [_by_token(mail, _who_wrote(mail, rows)) for rows in sides.values()]


def welcome_answered(mail: InboundMail) -> Welcome | None:
    """The welcome mail that this answers, by its own token."""
    welcomes = Welcome.objects.select_related("membership__user", "membership__business")
    return welcomes.filter(reply_hash__in=_hashes(mail)).first()


def ended_addresses(mail: InboundMail) -> list[EndedAddress]:
    """Of each business the first reply address among the recipients that led to a conversation once."""
    hashes = _hashes(mail)
    ended = EndedAddress.objects.select_related("business").filter(reply_hash__in=hashes)
    of_each: dict[uuid.UUID, EndedAddress] = {}
    for address in sorted(ended, key=lambda each: hashes.index(each.reply_hash)):
        of_each.setdefault(address.business_id, address)
    return list(of_each.values())


def by_reference(mail: InboundMail) -> Writer | None:
    """A Message-ID that we signed: In-Reply-To first, then References from the newest on (RFC 5322 3.6.4)."""
    for reference in (*mail.in_reply_to, *reversed(mail.references)):
        participant = _named_by(reference)
        if participant is not None:
            return Writer("reference", participant)
    return None


def by_provider_id(mail: InboundMail) -> Writer | None:
    """The id that the provider gave our mail in place of ours (Amazon SES does)."""
    references = (*mail.in_reply_to, *reversed(mail.references))
    ids = [name for reference in references for name in _provider_ids(reference)]
    sent = Delivery.objects.filter(
        channel=Channel.EMAIL, provider_id__in=ids, dispatch__participant__isnull=False
    )
    own_ids = dict(sent.values_list("provider_id", "message_id"))
    newest = next((own_ids[name] for name in ids if name in own_ids), "")
    participant = _named_by(newest)
    return Writer("provider_id", participant) if participant else None


def businesses_addressed(mail: InboundMail) -> list[Business]:
    """The businesses whose public address is among the recipients."""
    slugs = list(dict.fromkeys(slug for slug, _ in _public_parts(mail)))
    found = {business.slug: business for business in Business.objects.filter(slug__in=slugs)}
    return [found[slug] for slug in slugs if slug in found]


def business_that_knows(address: str) -> Business | None:
    """The only business of which a customer or a member has shown this mail address to be his own."""
    own = normalize(Channel.EMAIL, address)
    customers = ContactAddress.objects.filter(
        channel=Channel.EMAIL, normalized=own, last_inbound_at__isnull=False
    )
    users = MemberAddress.objects.filter(
        channel=Channel.EMAIL, address=own, verified_at__isnull=False
    )
    members = Membership.objects.filter(is_active=True, user__in=users.values("user"))
    know_him = Q(pk__in=customers.values("business")) | Q(pk__in=members.values("business"))
    first_two = list(Business.objects.filter(know_him)[:2]) if own else []
    return first_two[0] if len(first_two) == 1 else None


def listing_addressed(mail: InboundMail, business: Business) -> Model | None:
    """The listing of this business whose own address is among the recipients, the first of several."""
    codes = [code for slug, code in _public_parts(mail) if slug == business.slug and code]
    found = (listing_named(business, code) for code in codes[:MOST_CODES])
    return next(filter(None, found), None)


def _public_parts(mail: InboundMail) -> list[tuple[str, str]]:
    """What stands before and behind the plus in each recipient on our domain."""
    split = [address.strip().lower().rpartition("@") for address in mail.recipients]
    ours = [local.partition("+") for local, _, domain in split if domain == reply_domain().lower()]
    return [(slug, code) for slug, _, code in ours]


def _hashes(mail: InboundMail) -> list[str]:
    """What the possible tokens of all recipients are found by, in the order of the recipients."""
    return [hash_of(token) for address in mail.recipients for token in tokens_in(address)]


def _by_token(mail: InboundMail, side: Participant) -> Writer:
    """The first of his addresses that asks for a channel has its way."""
    named = (
        channel_in(address)
        for address in mail.recipients
        if side.reply_hash in map(hash_of, tokens_in(address))
    )
    return Writer("token", side, answer_by=next(filter(None, named), ""))


def _who_wrote(mail: InboundMail, sides: list[Participant]) -> Participant:
    if len(sides) == 1:
        return sides[0]
    return next((side for side in sides if _is_from(mail, side)), sides[0])


def _is_from(mail: InboundMail, side: Participant) -> bool:
    if side.membership:
        return is_verified(side.membership.user_id, Channel.EMAIL, mail.from_address)
    contact = side.contact
    return contact is not None and has_address(contact, Channel.EMAIL, mail.from_address)


def _named_by(reference: str) -> Participant | None:
    """Whom a mail of ours was written to, unless what he was given has been ended since."""
    signed = signed_in(reference)
    if signed is None:
        return None
    current = _participants().filter(pk=signed.participant_id, generation=signed.generation)
    return current.first()


def _participants() -> QuerySet[Participant]:
    return Participant.objects.select_related(
        "message__business",
        "message__contact",
        "membership__user",
        "membership__business",
        "contact",
    )


def _provider_ids(reference: str) -> list[str]:
    """The forms in which a provider may have named the mail with this Message-ID.

    Amazon SES names only the part before the @. Elsewhere the id must be whole: a short number
    could be guessed.
    """
    whole = reference.strip().strip("<>")
    local, at, domain = whole.rpartition("@")
    if not (local and at and domain):
        return []
    return [whole, local] if domain.lower().endswith("amazonses.com") else [whole]


def _may_decide(referred: Writer, addressed: list[Business]) -> bool:
    return not addressed or referred.participant.message.business in addressed


def _place(participant: Participant) -> uuid.UUID:
    """The conversation that he writes in now."""
    return participant.message.merged_into_id or participant.message_id


def _disagreement(by_tokens: list[Writer], referred: Writer | None) -> str:
    addressed = {_place(writer.participant) for writer in by_tokens}
    if referred is None or _place(referred.participant) in addressed:
        return ""
    return _(
        "The reply address and the mail it answers belong to different conversations; the reply address decided."
    )
