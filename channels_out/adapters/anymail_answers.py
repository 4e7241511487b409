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
from channels_out.outgoing import Sent

REFUSED_BEFORE_SENDING: tuple[tuple[type[Exception], type[SendError]], ...] = (
    (AnymailRecipientsRefused, BadAddress),
    (AnymailInvalidAddress, BadAddress),
    (AnymailUnsupportedFeature, NotSupported),
    (AnymailSerializationError, ContentRefused),
)

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


def sent_by(esp_name: str, status: AnymailStatus) -> Sent:
    """The provider's yes; its own id may differ from our Message-ID.

    Raises Uncertain for an answer that names neither a status nor an id.
    """
    if status.message_id is None and set(status.status or ()) <= {"unknown"}:
        raise Uncertain("The answer says neither yes nor no.")
    return Sent(provider=provider_name(esp_name), provider_id=str(status.message_id or ""))


def provider_name(esp_name: str) -> str:
    """Anymail's name of a provider as we store it; tracking events must use the same."""
    return esp_name.lower().replace(" ", "_")
