from datetime import datetime
from typing import ClassVar

from channels_out.outgoing import Found, Outgoing, Sent


class Adapter:
    """One transport. Subclasses answer `send`; the rest has answers that fit most.

    An adapter is made once a process. Its methods run on an event loop and touch no database.
    """

    at_once: ClassVar[int] = 500
    """How many messages this transport carries at the same time, in one process."""

    can_be_asked: ClassVar[bool] = False
    """Whether `find` is answered, so that a doubt can be resolved without a person."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Hand one message to the provider, or raise one of the errors in `channels_out.errors`.

        `Uncertain` is for everything that leaves open whether the provider took it.
        """
        raise NotImplementedError

    async def find(self, outgoing: Outgoing, since: datetime) -> list[Found]:
        """What the provider holds since then that looks like this message, oldest first."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of what belongs to the running loop, such as connections."""
