"""What answers mean beyond the messages they were about."""

import logging
from datetime import datetime, timedelta
from operator import itemgetter
from uuid import UUID

from channels_out.errors import Blocked, CredentialsRefused, OptedOut, SendError, TooFast
from channels_out.models import Delivery, DeliveryAttempt, Sender
from channels_out.outbox.circuit import Hearing
from channels_out.outbox.pace import pause, resume, slow_down
from channels_out.suppression import BLOCKED, Key, scopes_of, suppress

logger = logging.getLogger(__name__)


class Consequences:
    """Gathers what a transaction's answers mean, to carry it out at its end.

    Addresses and senders are then touched once and in sorted order, so that two transactions
    never wait for each other.
    """

    def __init__(self) -> None:
        self._stops: dict[Key, tuple[str, datetime | None]] = {}
        self._senders: dict[UUID, Sender] = {}
        self._working: set[UUID] = set()
        self._refused: dict[UUID, str] = {}
        self._quiet_until: dict[UUID, datetime] = {}
        self.hearing = Hearing()

    def heed(
        self, delivery: Delivery, attempt: DeliveryAttempt, error: SendError, at: datetime
    ) -> None:
        """An opt-out or a block stops the address, refused credentials or haste the sender.

        The address was stopped when the attempt began: what the person has allowed since is open.
        """
        if isinstance(error, OptedOut):
            self.stop(delivery, "provider", since=attempt.started_at)
        elif isinstance(error, Blocked) and delivery.sender:
            # WhatsApp blocks one number, whatever service it is in.
            key = delivery.channel, delivery.sender.address, delivery.to_address
            self._stops[key] = BLOCKED, attempt.started_at
        elif isinstance(error, CredentialsRefused):
            logger.error("Credentials for %s are refused: %s", delivery.channel, error)
            if sender := self._sender_of(delivery):
                self._refused[sender.pk] = error.detail or error.reason
        elif isinstance(error, TooFast) and (sender := self._sender_of(delivery)):
            until = at + timedelta(seconds=error.retry_after)
            self._quiet_until[sender.pk] = max(self._quiet_until.get(sender.pk, until), until)

    def stop(
        self,
        delivery: Delivery,
        reason: str,
        address: str = "",
        since: datetime | None = None,
    ) -> None:
        """Nothing more may be sent from this sender to the delivery's address, or to this one of a copy."""
        for scope in scopes_of(delivery.sender):
            self._stops[delivery.channel, scope, address or delivery.to_address] = reason, since

    def now_works(self, delivery: Delivery) -> None:
        """An accepted message shows that a paused sender may go on."""
        if delivery.sender and delivery.sender.paused_at:
            self._working.add(delivery.sender.pk)
            self._sender_of(delivery)

    def carry_out(self, at: datetime) -> None:
        """Write all of it; wants the deliveries locked already."""
        for key, (reason, since) in sorted(self._stops.items(), key=itemgetter(0)):
            suppress(*key, reason=reason, at=since)
        for pk, sender in sorted(self._senders.items(), key=itemgetter(0)):
            if pk in self._refused:
                pause(sender, self._refused[pk], at)
            elif pk in self._working:
                resume(sender)
            if pk in self._quiet_until:
                slow_down(sender, self._quiet_until[pk])
        self.hearing.write(at)

    def _sender_of(self, delivery: Delivery) -> Sender | None:
        if delivery.sender:
            self._senders[delivery.sender.pk] = delivery.sender
        return delivery.sender
