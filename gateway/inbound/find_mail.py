"""How a mail finds its conversation: a reply token, a Message-ID of ours, else a public address."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from channels_out.models import Delivery
from gateway.conf import reply_domain
from gateway.inbound.messages import InboundMail
from gateway.models import Business, Participant
from gateway.tokens import hash_of, participant_of, tokens_in


@dataclass(frozen=True)
class Writer:
    """Whose side of which conversation a mail comes from, and by what evidence."""

    step: str
    participant: Participant
    note: str = ""


def find_writers(mail: InboundMail) -> list[Writer]:
    """The participants that the mail speaks for: one for each valid token, else the one a reference names.

    A token wins over a reference that disagrees, and the disagreement is noted.
    """
    referred = by_reference(mail) or by_provider_id(mail)
    by_tokens = by_token(mail)
    if not by_tokens:
        return [referred] if referred else []
    return [
        Writer("token", writer.participant, _disagreement(writer, referred)) for writer in by_tokens
    ]


def by_token(mail: InboundMail) -> list[Writer]:
    """Every valid reply token among the recipients, each conversation side once."""
    hashes = [hash_of(token) for address in mail.recipients for token in tokens_in(address)]
    found = {row.reply_hash: row for row in _participants().filter(reply_hash__in=hashes)}
    return [Writer("token", found[key]) for key in dict.fromkeys(hashes) if key in found]


def by_reference(mail: InboundMail) -> Writer | None:
    """A Message-ID that we signed: In-Reply-To first, then References from the newest on (RFC 5322 3.6.4)."""
    for reference in (*mail.in_reply_to, *reversed(mail.references)):
        participant_id = participant_of(reference)
        participant = participant_id and _participants().filter(pk=participant_id).first()
        if participant:
            return Writer("reference", participant)
    return None


def by_provider_id(mail: InboundMail) -> Writer | None:
    """The id that the provider gave our mail in place of ours (Amazon SES does)."""
    ids = [reference.strip("<> ") for reference in (*mail.in_reply_to, *reversed(mail.references))]
    bare = {
        name: position
        for position, whole in enumerate(ids)
        for name in (whole, whole.partition("@")[0])
        if name
    }
    sent = Delivery.objects.filter(
        channel="email", provider_id__in=list(bare), dispatch__isnull=False
    )
    newest = min(
        sent.select_related("dispatch"), key=lambda row: bare[row.provider_id], default=None
    )
    if newest is None:
        return None
    return Writer("provider_id", _participants().get(pk=newest.dispatch.participant_id))


def businesses_addressed(mail: InboundMail) -> list[Business]:
    """The businesses whose public address is among the recipients."""
    suffix = f"@{reply_domain()}"
    locals_ = [
        address.lower().removesuffix(suffix)
        for address in mail.recipients
        if address.lower().endswith(suffix)
    ]
    slugs = list(dict.fromkeys(local.partition("+")[0] for local in locals_))
    found = {business.slug: business for business in Business.objects.filter(slug__in=slugs)}
    return [found[slug] for slug in slugs if slug in found]


def _participants() -> QuerySet[Participant]:
    return Participant.objects.select_related(
        "message__business",
        "message__contact",
        "membership__user",
        "membership__business",
        "contact",
    )


def _disagreement(writer: Writer, referred: Writer | None) -> str:
    if referred is None or referred.participant.message_id == writer.participant.message_id:
        return ""
    return "The reply address and the mail it answers belong to different conversations; the reply address decided."
