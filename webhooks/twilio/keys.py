"""What makes two of Twilio's requests the same, whether it posted them or we asked for them."""

from __future__ import annotations

from uuid import UUID

PROVIDER = "twilio"


def message_key(account: str, sid: str) -> str:
    """A message to us is the same by its account and id."""
    return f"{account}:{sid}"


def status_key(sid: str, status: str, error_code: str, attempt: UUID) -> str:
    """A status is the same by its message, what it says, and our attempt."""
    return f"{sid}:{status}:{error_code}:{attempt}"


def lane_of(to: str, sender: str) -> str:
    """What one person writes to one number of ours stays in order; addresses as Twilio writes them."""
    return f"{to} {sender}"
