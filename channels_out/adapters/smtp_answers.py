"""What a mail server's refusals mean (RFC 5321 section 4.2, RFC 3463)."""

import smtplib

from django.utils.translation import gettext_noop as _

from channels_out.errors import (
    BadAddress,
    ContentRefused,
    CredentialsRefused,
    Deferred,
    ProviderDown,
    SenderRefused,
    SendError,
    Uncertain,
)

NO_SUCH_MAILBOX = _("This mailbox does not exist or takes no mail.")


def error_on_opening(error: OSError) -> SendError:
    """Why no conversation with the mail server came about. Nothing was sent."""
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError):
        return CredentialsRefused(str(error))
    return ProviderDown(str(error))


def error_on_sending(error: OSError) -> SendError:
    """Why the mail server did not take the message, or that it did not say."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        refused = BadAddress if code >= 500 else Deferred
        reason = NO_SUCH_MAILBOX if code >= 500 else ""
        return refused(_text(words), error_code=str(code), reason=reason)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _by_code(error, SenderRefused)
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error, ContentRefused)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return BadAddress(str(error), reason=_("This address needs a newer mail server than ours."))
    # The connection broke, perhaps after the message: the server may have taken it.
    return Uncertain(repr(error))


def _by_code(error: smtplib.SMTPResponseException, permanent: type[SendError]) -> SendError:
    refused = permanent if error.smtp_code >= 500 else Deferred
    return refused(_text(error.smtp_error), error_code=str(error.smtp_code))


def _text(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words
