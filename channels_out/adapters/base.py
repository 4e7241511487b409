from datetime import datetime, timedelta
from typing import ClassVar

from channels_out.outgoing import Found, Heard, HeardFile, Outgoing, Sent, Standing


class Adapter:
    """One transport. Subclasses answer `send`; the rest has answers that fit most.

    An adapter is made once a process. Its methods run on an event loop and touch no database.
    """

    at_once: ClassVar[int] = 500
    """How many messages this transport carries at the same time, in one process."""

    appears_within: ClassVar[timedelta] = timedelta()
    """How long after a send the provider may not have it to show: until then, nothing found proves nothing."""

    can_list: ClassVar[bool] = False
    """Whether `received` and `files_of` are answered: messages to us that a webhook missed are found."""

    @property
    def asks(self) -> str:
        """Whom `find` and `standing_of` ask, by its name in `Sent`, so that a doubt is resolved without a person.

        "" where nobody can be asked, as things are set up now.
        """
        return ""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Hand one message to the provider, or raise one of the errors in `channels_out.errors`.

        `Uncertain` is for everything that leaves open whether the provider took it.
        """
        raise NotImplementedError

    async def find(self, outgoing: Outgoing, since: datetime) -> list[Found]:
        """What the provider holds since then that looks like this message, oldest first.

        Raises NotSupported where it turns out that it cannot be asked.
        """
        raise NotImplementedError

    async def received(
        self, channel: str, address: str, since: datetime, until: datetime | None = None
    ) -> list[Heard]:
        """What the provider took in for this address of ours in that time, or more, the oldest first."""
        raise NotImplementedError

    async def files_of(self, heard: Heard) -> list[HeardFile]:
        """The files of one of these; none where it is no longer there."""
        raise NotImplementedError

    async def standing_of(self, known_as: str, account: str) -> list[Standing]:
        """How far a message of ours is, in all that is said of it, oldest first; nothing where it is gone.

        `known_as` is the provider's id, or our Message-ID where it keeps that. Raises as `find` does.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of what belongs to the running loop, such as connections."""
