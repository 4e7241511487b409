"""What Anymail's providers answer (https://anymail.dev/en/stable/sending/exceptions/)."""

import requests
from anymail.exceptions import (
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from anymail.message import AnymailStatus
from urllib3.exceptions import NewConnectionError

from channels_out.errors import (
    BadAddress,
    ContentRefused,
    CredentialsRefused,
    NotSupported,
    ProviderDown,
    SendError,
    TooFast,
    Uncertain,
)
from channels_out.outgoing import Outgoing, Sent
from channels_out.state import State

REFUSED_BEFORE_SENDING: tuple[tuple[type[Exception], type[SendError]], ...] = (
    (AnymailRecipientsRefused, BadAddress),
    (AnymailInvalidAddress, BadAddress),
    (AnymailUnsupportedFeature, NotSupported),
    (AnymailSerializationError, ContentRefused),
)

# Of a single recipient (https://anymail.dev/en/stable/sending/anymail_additions/#esp-send-status).
REFUSED = ("rejected", "invalid", "failed")

BY_STATUS: dict[int, type[SendError]] = {
    401: CredentialsRefused,
    403: CredentialsRefused,
    408: Uncertain,
    429: TooFast,
}


def error_of(error: Exception) -> SendError:
    """The error of ours for one of Anymail's."""
    for theirs, ours in REFUSED_BEFORE_SENDING:
        if isinstance(error, theirs):
            return ours(str(error))
    if _never_connected(error):
        return ProviderDown(str(error))
    status = getattr(error, "status_code", None)
    if status is None or not 400 <= status < 500:
        return Uncertain(str(error))
    return BY_STATUS.get(status, ContentRefused)(str(error), error_code=str(status))


def _never_connected(error: Exception) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.__cause__
    gave_up = cause.args[0] if cause is not None and cause.args else None
    return isinstance(getattr(gave_up, "reason", None), NewConnectionError)


def sent_by(esp_name: str, status: AnymailStatus, outgoing: Outgoing) -> Sent:
    """The provider's yes; its own id may be another for each recipient.

    One that is our Message-ID is none of its own: a mail that is sent again keeps it. Where the provider took the
    copies only, the message itself has failed. Raises Uncertain for an answer that names neither a status nor an id.
    """
    if status.message_id is None and set(status.status or ()) <= {"unknown"}:
        raise Uncertain("The answer says neither yes nor no.")
    by_address = {address.casefold(): each for address, each in status.recipients.items()}
    refused = {address for address, each in by_address.items() if each.status in REFUSED}
    his = by_address.get(outgoing.to_address.casefold())
    is_refused = outgoing.to_address.casefold() in refused
    named = str((his.message_id if his else status.message_id) or "")
    return Sent(
        provider=provider_name(esp_name),
        provider_id="" if named == outgoing.message_id else named,
        status=State.FAILED if is_refused else State.SENT,
        error=BadAddress() if is_refused else None,
        refused=tuple((each, "rejected") for each in outgoing.rendered.cc if each in refused),
    )


def provider_name(esp_name: str) -> str:
    """Anymail's name of a provider as we store it; tracking events must use the same."""
    return esp_name.lower().replace(" ", "_")
