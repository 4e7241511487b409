"""What Twilio's error codes mean to us, and to an owner.

Codes decide, texts do not. Source: https://www.twilio.com/docs/api/errors, one page a code; the
WhatsApp ones also https://www.twilio.com/docs/whatsapp/tutorial/error-codes.
"""

from typing import NamedTuple

from channels_out.errors import (
    BadAddress,
    ContentRefused,
    CredentialsRefused,
    NotSupported,
    OptedOut,
    SenderRefused,
    SendError,
    TooFast,
    Unreachable,
    WindowClosed,
)


class Meaning(NamedTuple):
    """The error a code stands for; where its own sentences are too general, better ones."""

    error: type[SendError]
    reason: str = ""
    next_step: str = ""


LANDLINE = Meaning(
    BadAddress,
    "This number cannot receive texts; it may be a landline.",
    "Call the customer, or use another channel.",
)
NO_SUCH_NUMBER = Meaning(
    BadAddress, "This number does not exist.", "Check the number with the customer."
)
TOO_LONG = Meaning(ContentRefused, "The message is too long.", "Shorten it and send it again.")
EMPTY = Meaning(ContentRefused, "The message is empty.", "Write a text or attach a file.")
BAD_MEDIA = Meaning(
    ContentRefused,
    "An attachment could not be sent on this channel.",
    "Leave it out, or send it by email.",
)
FILTERED = Meaning(
    ContentRefused,
    "The phone network took this message for advertising and blocked it.",
    "Say it in other words, without links, or use another channel.",
)
OUR_NUMBER = Meaning(SenderRefused, "Our number is not allowed to send this message.")
NOT_REGISTERED = Meaning(
    SenderRefused,
    "Our number is not registered for texts to this country yet.",
    "Use another channel, and ask whoever runs this service to register the number.",
)

MEANINGS: dict[str, Meaning] = {
    "20003": Meaning(CredentialsRefused),
    "20005": Meaning(CredentialsRefused),
    "20429": Meaning(TooFast),
    "21211": NO_SUCH_NUMBER,
    "21212": OUR_NUMBER,
    "21265": Meaning(BadAddress, "A short number cannot be written to."),
    "21266": Meaning(BadAddress, "This is our own number."),
    "21408": Meaning(SenderRefused, "Texts to this country are not switched on."),
    "21602": EMPTY,
    "21606": OUR_NUMBER,
    "21608": Meaning(SenderRefused, "A trial account may only write to verified numbers."),
    "21610": Meaning(OptedOut),
    "21611": Meaning(TooFast),
    "21612": Meaning(BadAddress, "Our number cannot reach this number."),
    "21614": LANDLINE,
    "21617": TOO_LONG,
    "21619": EMPTY,
    "21620": BAD_MEDIA,
    "21623": Meaning(ContentRefused, "There are more than 10 attachments.", "Send fewer."),
    "21635": LANDLINE,
    "21656": Meaning(ContentRefused, "The template's fields are not filled correctly."),
    "21658": TOO_LONG,
    "21659": OUR_NUMBER,
    "21660": OUR_NUMBER,
    "21661": OUR_NUMBER,
    "30001": Meaning(TooFast),
    "30002": Meaning(CredentialsRefused),
    "30003": Meaning(Unreachable),
    "30004": Meaning(
        BadAddress,
        "This phone does not take texts from us.",
        "Use another channel.",
    ),
    "30005": NO_SUCH_NUMBER,
    "30006": LANDLINE,
    "30007": FILTERED,
    "30008": Meaning(Unreachable, "The phone network did not say why it failed."),
    "30011": Meaning(NotSupported, "This phone's network takes no pictures or files."),
    "30019": BAD_MEDIA,
    "30032": NOT_REGISTERED,
    "30034": NOT_REGISTERED,
    "63001": Meaning(CredentialsRefused),
    "63003": Meaning(BadAddress, "This number is not on WhatsApp.", "Use SMS or email."),
    "63005": Meaning(ContentRefused, "WhatsApp refused this content."),
    "63007": Meaning(SenderRefused, "Our number is not set up for WhatsApp."),
    "63013": Meaning(ContentRefused, "WhatsApp refused this message under its rules."),
    "63016": Meaning(WindowClosed),
    "63018": Meaning(TooFast),
    "63019": BAD_MEDIA,
    "63021": BAD_MEDIA,
    "63024": Meaning(BadAddress, "This number cannot receive WhatsApp messages."),
    "63027": Meaning(ContentRefused, "This template does not exist in that language."),
    "63028": Meaning(ContentRefused, "The template's fields are not filled correctly."),
}


def error_of(code: str, detail: str = "", *, otherwise: type[SendError] = SendError) -> SendError:
    """The error that Twilio's `code` stands for; `otherwise` for codes we do not know."""
    meaning = MEANINGS.get(code, Meaning(otherwise))
    return meaning.error(
        detail, error_code=code, reason=meaning.reason, next_step=meaning.next_step
    )
