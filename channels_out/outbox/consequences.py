"""What an answer means beyond the message it was about."""

import logging
from datetime import datetime, timedelta

from channels_out.errors import CredentialsRefused, OptedOut, SendError, TooFast
from channels_out.models import Delivery
from channels_out.outbox.pace import pause, resume, slow_down
from channels_out.suppression import scope_of, suppress

logger = logging.getLogger(__name__)


def heed(delivery: Delivery, error: SendError, at: datetime) -> None:
    """An opt-out stops the address, refused credentials or haste the sender."""
    sender = delivery.sender
    if isinstance(error, OptedOut):
        suppress(delivery.channel, scope_of(sender), delivery.to_address, reason="provider")
    elif isinstance(error, CredentialsRefused):
        logger.error("Credentials for %s are refused: %s", delivery.channel, error)
        if sender:
            pause(sender, error.detail or error.reason, at)
    elif sender and isinstance(error, TooFast):
        slow_down(sender, at + timedelta(seconds=error.retry_after))


def now_works(delivery: Delivery) -> None:
    """An accepted message shows that a paused sender may go on."""
    if delivery.sender and delivery.sender.paused_at:
        resume(delivery.sender)
