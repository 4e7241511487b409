"""The closed list of reasons why a message did not go out.

`reason` is what an owner reads; `code` names it for programs; `next_step` says what to do; `retry`
says whether, and how patiently, the outbox tries again by itself. Once it does so no more,
`given_up` and `last_step` are read instead: they promise nothing. All are stored in English, and
translated where they are shown.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_noop as _

MINUTE = 60.0
HOUR = 60 * MINUTE
CODE_LENGTH = 32  # characters of a provider's code that are kept


@dataclass(frozen=True)
class Retry:
    """How patiently to try again: first and longest pause in seconds, most tries, longest time."""

    first: float
    longest: float
    tries: int | None = None
    age: timedelta | None = None


class SendError(Exception):
    """Why a message could not be sent."""

    reason = _("The message could not be sent.")
    code = "failed"
    next_step = _("Try again, or use another channel.")
    retry: Retry | None = None
    given_up = ""
    last_step = _("Try again, or use another channel.")

    def __init__(
        self,
        detail: str = "",
        *,
        error_code: str = "",
        reason: str = "",
        next_step: str = "",
        retry_after: float = 0.0,
    ) -> None:
        """`detail` is for staff, `error_code` the provider's own, `retry_after` in seconds.

        A `next_step` is the owner's: while the outbox tries again by itself, its own one is read.
        """
        super().__init__(detail or self.reason)
        # Providers may answer anything, and a database takes no NUL.
        self.detail = detail.replace("\0", "")
        self.error_code = error_code.replace("\0", "")[:CODE_LENGTH]
        self.reason = reason or self.reason
        self.given_up = reason or self.given_up or self.reason
        if self.retry:
            self.last_step = next_step or self.last_step
        else:
            self.next_step = next_step or self.next_step
        self.retry_after = retry_after


class BadAddress(SendError):
    """No such address, or none for this kind of message."""

    reason = _("This address does not exist or cannot receive this kind of message.")
    code = "bad_address"
    next_step = _("Check the address with the customer, or use another channel.")


class OptedOut(SendError):
    """The address is stopped."""

    reason = _("The customer has asked not to be written to here.")
    code = "opted_out"
    next_step = _("Use another channel. Here the customer can allow it again by texting START.")


class Blocked(SendError):
    """Whom we write to has blocked our number, until he writes."""

    reason = _("The customer has blocked our number on WhatsApp.")
    code = "blocked"
    next_step = _("Use another channel, or wait until the customer writes.")


class WindowClosed(SendError):
    """Outside of WhatsApp's 24 hours."""

    reason = _("WhatsApp allows free text only within 24 hours of the customer's last message.")
    code = "window_closed"
    next_step = _("Use another channel or an approved template, or wait until the customer writes.")


class TooFast(SendError):
    """A rate limit of the provider."""

    reason = _("Messages are going out faster than the provider allows; this one waits its turn.")
    code = "too_fast"
    next_step = _("Nothing to do: it is sent as soon as the provider allows.")
    given_up = _(
        "Messages were going out faster than the provider allows, and this one was not sent."
    )
    last_step = _("Wait a while and send it again, or use another channel.")
    retry = Retry(first=1, longest=MINUTE, age=timedelta(hours=24))


class CredentialsRefused(SendError):
    """The account is refused: the sender pauses."""

    reason = _("The provider refuses our account, so sending is paused; your message is kept.")
    code = "credentials_refused"
    next_step = _("Ask whoever runs this service to check the account; then it goes out by itself.")
    given_up = _("The provider refuses our account, so this message was not sent.")
    last_step = _("Ask whoever runs this service to check the account, then send it again.")
    retry = Retry(first=MINUTE, longest=10 * MINUTE)


class SenderRefused(SendError):
    """The number or address that we send from is refused."""

    reason = _("Our number or address is not allowed to send this here.")
    code = "sender_refused"
    next_step = _("Use another channel, and ask whoever runs this service to check the sender.")


class ContentRefused(SendError):
    """The message itself is refused."""

    reason = _("The message was refused because of what it contains.")
    code = "content_refused"
    next_step = _("Change the text or the attachments and send it again.")


class Unreachable(SendError):
    """A phone that is switched off or out of reach."""

    reason = _("The phone cannot be reached at the moment.")
    code = "unreachable"
    next_step = _("Nothing to do for now: it is tried again by itself.")
    given_up = _("The phone could not be reached.")
    last_step = _("Try again later, or use another channel.")
    retry = Retry(first=MINUTE, longest=HOUR, tries=5, age=timedelta(hours=24))


class Deferred(SendError):
    """A mail server's 4xx answer (RFC 5321 section 4.2.1)."""

    reason = _("The receiving mail server asks us to come back later.")
    # RFC 5321 section 4.5.4.1 asks for patience of several days; an answer to a customer that is
    # two days late is better told to its writer.
    code = "deferred"
    next_step = _("Nothing to do for now: it is tried again by itself.")
    given_up = _("The receiving mail server put us off until it was too late.")
    retry = Retry(first=MINUTE, longest=HOUR, age=timedelta(hours=48))


class ProviderDown(SendError):
    """No connection, or an answer that says so."""

    reason = _("The provider cannot be reached at the moment; nothing was sent yet.")
    code = "provider_down"
    next_step = _("Nothing to do for now: it is tried again by itself.")
    given_up = _("The provider could not be reached; nothing was sent.")
    retry = Retry(first=5, longest=5 * MINUTE, age=timedelta(hours=24))


class NotStarted(SendError):
    """The lease ended before the request began."""

    reason = _("The message waited too long for its turn and went back to the queue.")
    code = "not_started"
    next_step = _("Nothing to do: it is sent by itself.")
    retry = Retry(first=0, longest=0)


class Uncertain(SendError):
    """The request was begun, and its answer never came."""

    reason = _("It is not known yet whether this message went out.")
    code = "uncertain"
    next_step = _("Nothing to do for now: the provider is being asked.")
    nobody_to_ask = _(
        "Check with the customer, then say whether it was sent or should be sent again."
    )


class NotSupported(SendError):
    """Nothing that can be done about it on this channel."""

    reason = _("This channel cannot carry this message.")
    code = "not_supported"
    next_step = _("Use another channel.")


class Expired(SendError):
    """The deadline passed in the queue."""

    reason = _("It could not be sent in time, and now may be out of date.")
    code = "expired"
    next_step = _("Send it again if it still makes sense.")
