from datetime import datetime
from typing import ClassVar

from channels_out.outgoing import Found, Heard, HeardFile, Outgoing, Sent, Standing


class Adapter:
    """One transport. Subclasses answer `send`; the rest has answers that fit most.

    An adapter is made once a process. Its methods run on an event loop and touch no database.
    """

    at_once: ClassVar[int] = 500
    """How many messages this transport carries at the same time, in one process."""

    can_be_asked: ClassVar[bool] = False
    """Whether `find` is answered, so that a doubt can be resolved without a person."""

    can_list: ClassVar[bool] = False
    """Whether `received`, `files_of` and `standing_of` are answered: what a webhook missed is found."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Hand one message to the provider, or raise one of the errors in `channels_out.errors`.

        `Uncertain` is for everything that leaves open whether the provider took it.
        """
        raise NotImplementedError

    async def find(self, outgoing: Outgoing, since: datetime) -> list[Found]:
        """What the provider holds since then that looks like this message, oldest first."""
        raise NotImplementedError

    async def received(
        self, channel: str, address: str, since: datetime, until: datetime | None = None
    ) -> list[Heard]:
        """What the provider took in for this address of ours in that time, or more, the oldest first."""
        raise NotImplementedError

    async def files_of(self, heard: Heard) -> list[HeardFile]:
        """The files of one of these; none where it is no longer there."""
        raise NotImplementedError

    async def standing_of(self, provider_id: str, account: str) -> Standing | None:
        """How far a message of ours is, or None where the provider has it no longer."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of what belongs to the running loop, such as connections."""
