"""Copies over SMTP: a server may take a mail for some of its recipients only (RFC 5321 section 3.3).

Django says nothing then, so the server is asked before the mail is handed over.
"""

import smtplib

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from channels_out.adapters.smtp_answers import error_on_sending
from channels_out.errors import ProviderDown
from channels_out.outgoing import Pairs

ACCEPTED = (250, 251)
Answer = tuple[int, bytes]


def refused_copies(backend: EmailBackend, message: EmailMessage) -> Pairs:
    """The addresses on copy that the server of an open connection will not write to, or not now. Nothing is sent.

    Raises the errors of `error_on_sending` where it takes no mail for whom it is for.
    """
    try:
        answers = _asked(backend.connection, message)
        for address in message.to:
            if answers[address][0] not in ACCEPTED:
                raise smtplib.SMTPRecipientsRefused({address: answers[address]})
    except smtplib.SMTPServerDisconnected as error:
        raise ProviderDown(str(error)) from error
    except smtplib.SMTPException as error:
        raise error_on_sending(error) from error
    except OSError as error:
        raise ProviderDown(str(error)) from error
    codes = {address: answers[address][0] for address in message.cc}
    return tuple((each, _word(code)) for each, code in codes.items() if code not in ACCEPTED)


def _word(code: int) -> str:
    """Below 500 the address may be good, and the server takes nothing for it now."""
    return "rejected" if code >= 500 else "failed"


def _asked(smtp: smtplib.SMTP | None, message: EmailMessage) -> dict[str, Answer]:
    """What the server says to each recipient, in a transaction that ends without a mail."""
    if smtp is None:
        raise smtplib.SMTPServerDisconnected("The connection is not open.")
    smtp.ehlo_or_helo_if_needed()
    sender = _plain(message.from_email, message)
    code, words = smtp.mail(sender)
    if code not in ACCEPTED:
        raise smtplib.SMTPSenderRefused(code, words, sender)
    answers = {each: smtp.rcpt(_plain(each, message)) for each in message.recipients()}
    smtp.rset()
    return answers


def _plain(address: str, message: EmailMessage) -> str:
    """As Django's own backend says it to the server."""
    return sanitize_address(address, message.encoding or "utf-8")
