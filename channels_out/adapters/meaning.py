"""How a provider's codes are put into our errors."""

from typing import NamedTuple

from channels_out.errors import SendError


class Meaning(NamedTuple):
    """The error that `codes` stand for; where its own sentences are too general, better ones."""

    codes: str
    error: type[SendError]
    reason: str = ""
    next_step: str = ""
