"""Telephone numbers and WhatsApp user ids, as the text provider writes them."""

import re

WHATSAPP = "whatsapp:"
E164 = re.compile(r"\+[1-9]\d{6,14}")
SHORT_CODE = re.compile(r"\d{3,8}")
ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")
# A business-scoped user id stands for a WhatsApp user who shows no number: "US.1349120865530274".
WHATSAPP_USER = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")


def channel_of(address: str) -> str:
    """`whatsapp` or `sms`."""
    return "whatsapp" if address.startswith(WHATSAPP) else "sms"


def bare(address: str) -> str:
    """The number or user id without the channel's prefix."""
    return address.removeprefix(WHATSAPP)


def full(channel: str, address: str) -> str:
    """The address with the prefix of its channel."""
    return WHATSAPP + bare(address) if channel == "whatsapp" else bare(address)


def can_receive(address: str) -> bool:
    """Whether a message can be addressed to it at all."""
    if E164.fullmatch(bare(address)):
        return True
    return channel_of(address) == "whatsapp" and bool(WHATSAPP_USER.fullmatch(bare(address)))


def can_send(address: str) -> bool:
    """Whether it has the form of a sender: a number, a short code or a name."""
    if E164.fullmatch(bare(address)):
        return True
    is_sms = channel_of(address) == "sms"
    return is_sms and bool(SHORT_CODE.fullmatch(address) or ALPHANUMERIC.fullmatch(address))
