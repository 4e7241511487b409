"""Keeps the members' private addresses, and the one a member answers to, out of what goes to a customer.

Mail programs write them above what they quote. Where such a line is not known as part of a quote it is
still none of the answer.
"""

from __future__ import annotations

import re

from channels_out.channel import Channel
from gateway.models import MemberAddress, Membership, Participant
from gateway.participants import reply_address_of

# What programs write before an address, in lower case. A person writes "Mail:" or "PayPal:" before his own.
_LABELS = frozenset(
    (
        *("from", "to", "cc", "bcc", "reply-to", "sender", "von", "an", "kopie", "antwort an", "de", "à"),
        *("a", "cci", "para", "remitente", "expéditeur", "destinataire", "da", "per", "van", "aan", "från"),
        *("till", "kopia", "fra", "til", "lähettäjä", "vastaanottaja", "od", "do", "dw", "komu", "kopie"),
        *("feladó", "címzett", "de la", "către", "kimden", "kime", "za", "prima", "per a", "saatja", "saaja"),
        *("nuo", "kam", "dari", "kepada", "từ", "đến", "από", "προς", "от", "от кого", "кому", "від", "до"),
        *("מאת", "אל", "من", "إلى", "از", "به", "差出人", "宛先", "发件人", "收件人", "寄件者", "收件者"),
        *("보낸 사람", "받는 사람", "จาก", "ถึง"),
    )
)  # fmt: skip
_LABEL = re.compile(r"[\s>*|]{0,9}([^\W\d_][^:\uff1a]{0,24}?)[\s*]{0,4}[:\uff1a]")
_COLONS = (":", "\uff1a")


def without_own_addresses(side: Participant, text: str, quoted: str) -> tuple[str, str]:
    """The text of a member's mail without header lines that tell such an address, and all that was cut.

    `side` is his side of the conversation.
    """
    if "@" not in text or side.membership is None:
        return text, quoted
    addresses = _pattern([*addresses_of_members(side.membership), reply_address_of(side)])
    lines = text.split("\n")
    headers = [_is_header(line, addresses) for line in lines]
    if not any(headers):
        return text, quoted
    kept = "\n".join(line for line, cut in zip(lines, headers, strict=True) if not cut)
    header = "\n".join(line for line, cut in zip(lines, headers, strict=True) if cut)
    return kept.strip("\n").rstrip(), "\n\n".join(filter(None, (header, quoted)))


def addresses_of_members(member: Membership) -> list[str]:
    """The addresses of all who write for the business: a colleague may have passed the mail on."""
    users = Membership.objects.filter(business=member.business_id).values("user")
    shown = MemberAddress.objects.filter(
        user__in=users, channel=Channel.EMAIL, verified_at__isnull=False
    )
    return list(shown.values_list("address", flat=True))


def _pattern(addresses: list[str]) -> re.Pattern[str]:
    """Any of them, with or without what may stand behind a plus (RFC 5233)."""
    halves = (map(re.escape, address.split("@", 1)) for address in addresses if "@" in address)
    each = (rf"{local}(?:\+[\w-]{{1,40}})?@{domain}" for local, domain in halves)
    return re.compile(
        rf"(?P<in_brackets><|\[mailto:)?(?<![\w.+-])(?:{'|'.join(each)})(?![\w-])", re.IGNORECASE
    )


def _is_header(line: str, addresses: re.Pattern[str]) -> bool:
    """Whether a program wrote the address: in brackets, behind a label, or in "On Monday Ann wrote:"."""
    found = list(addresses.finditer(line)) if "@" in line else []
    if not found:
        return False
    label = _LABEL.match(line)
    return (
        any(match["in_brackets"] for match in found)
        or bool(label and label[1].strip().lower() in _LABELS)
        or (line.rstrip().endswith(_COLONS) and any(map(str.isdigit, line)))
    )
