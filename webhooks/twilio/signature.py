"""Whether a request comes from Twilio.

Source: https://www.twilio.com/docs/usage/security#validating-requests, and for shared keys the
official library (`twilio.request_validator`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from webhooks.conf import shared_keys, twilio_auth_tokens

__all__ = ["SIGNATURE_HEADER", "SIGNATURE_SETTINGS_HEADER", "Signature", "is_signed"]


@dataclass(frozen=True)
class Signature:
    """The two headers that sign a request; `settings` is empty without a shared key."""

    value: str
    settings: str = ""

    @property
    def algorithm(self) -> str:
        """HMAC_SHA1, HMAC_SHA256, or a name that nobody knows."""
        return str(get_signature_algorithm(self.settings)).upper()

    @property
    def key_id(self) -> str:
        """The shared key it names, or ""."""
        for part in self.settings.split(","):
            name, _, value = part.partition("=")
            if name.strip() == "key":
                return value.strip()
        return ""


def is_signed(url: str, params: object, signature: Signature) -> bool:
    """Whether one of our secrets made this signature.

    `url` is the address that Twilio was given, with the query; `params` the parameters (a mapping
    with `getlist`), or the body as text when it is JSON and the address carries its hash.
    """
    if not signature.value or signature.algorithm not in (HMAC_SHA1, HMAC_SHA256):
        return False
    return any(
        RequestValidator(secret).validate(url, params, signature.value, signature.algorithm)
        for secret in _secrets(signature)
    )


def _secrets(signature: Signature) -> Iterable[str]:
    """The shared key's own secret where we know the key, else the account's tokens.

    A shared key signs with SHA-256 only: its name over SHA-1 is an attempt to weaken the check.
    """
    if signature.key_id and signature.algorithm != HMAC_SHA256:
        return ()
    if signature.key_id in shared_keys():
        return (shared_keys()[signature.key_id],)
    return twilio_auth_tokens()
