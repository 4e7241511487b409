import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from anymail.backends.base import AnymailBaseBackend
from anymail.exceptions import AnymailError, AnymailUnsupportedFeature
from anymail.message import AnymailMessage
from anymail.utils import UNSET
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import BadHeaderError
from django.utils.translation import gettext_noop as _

from channels_out.adapters.anymail_answers import error_of, sent_by
from channels_out.adapters.base import Adapter
from channels_out.adapters.mail_search import IN_FLIGHT
from channels_out.adapters.mail_searches import search_by, searched_provider
from channels_out.adapters.smtp_answers import error_on_sending
from channels_out.adapters.smtp_connections import KEPT_FOR, Connections, new_backend
from channels_out.adapters.smtp_copies import refused_copies
from channels_out.adapters.web_client import WebClient
from channels_out.errors import BadAddress, ContentRefused, ProviderDown
from channels_out.outgoing import Found, Outgoing, Pairs, Rendered, Sent, Standing

logger = logging.getLogger(__name__)

# Each mail holds a thread and a connection; mail servers close the door on many at once.
AT_ONCE = 20

# Mailgun asks to trust no list of events that is younger:
# https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-polling
# Postmark says nothing of it, and gets the same.
APPEARS_WITHIN = timedelta(minutes=30)

CANNOT_BE_BUILT = _("The mail cannot be put together from this text and these attachments.")
ATTACHMENT_IS_GONE = _("An attachment is no longer stored here.")


class DjangoMail(Adapter):
    """Email through Django's EMAIL_BACKEND: SMTP, or any Anymail provider.

    Some of those can be asked what became of a mail (`mail_searches`).
    """

    at_once = AT_ONCE
    appears_within = APPEARS_WITHIN

    def __init__(self) -> None:
        self._client = WebClient(IN_FLIGHT)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mail")
        self._connections = Connections()

    async def send(self, outgoing: Outgoing) -> Sent:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, _send, self._connections, outgoing)
        finally:
            loop.call_later(KEPT_FOR, self._tidy)

    @property
    def asks(self) -> str:
        return searched_provider()

    async def find(self, outgoing: Outgoing, since: datetime) -> list[Found]:
        return await search_by(self._client).find(outgoing)

    async def standing_of(self, known_as: str, account: str) -> list[Standing]:
        return await search_by(self._client).standing_of(known_as)

    async def close(self) -> None:
        """Close the connections that are kept for the next mail."""
        await self._client.close()
        self._connections.close_idle(all_of_them=True)

    def _tidy(self) -> None:
        with suppress(RuntimeError):  # the process ends, and its connections with it
            self._threads.submit(self._connections.close_idle)


def _send(connections: Connections, outgoing: Outgoing) -> Sent:
    backend = new_backend()
    if isinstance(backend, AnymailBaseBackend):
        return _send_by_anymail(backend, outgoing)
    return _send_by_smtp(connections, outgoing)


def _send_by_smtp(connections: Connections, outgoing: Outgoing) -> Sent:
    rendered = outgoing.rendered
    message = EmailMultiAlternatives(**_parts(outgoing), from_email=_envelope(rendered))
    refused: Pairs = ()
    if rendered.from_header:
        message.extra_headers["From"] = rendered.from_header
    _build(message, rendered)
    with connections.one() as connection:
        if rendered.cc and isinstance(connection, EmailBackend):
            refused = refused_copies(connection, message)
        try:
            _hand_over(connection, message)
        except OSError as error:
            raise error_on_sending(error) from error
    return Sent(provider="smtp", provider_id="", refused=refused)


def _send_by_anymail(connection: AnymailBaseBackend, outgoing: Outgoing) -> Sent:
    message = AnymailMessage(**_parts(outgoing), from_email=outgoing.rendered.from_header)
    message.metadata = {"attempt_id": str(outgoing.attempt_id)}
    _build(message, outgoing.rendered)
    try:
        try:
            _hand_over(connection, message)
        except AnymailUnsupportedFeature:
            # Not every provider carries metadata; nothing was sent yet.
            message.metadata = UNSET
            _hand_over(connection, message)
    except (AnymailError, OSError) as error:
        raise error_of(error) from error
    return sent_by(connection.esp_name, message.anymail_status, outgoing)


def _hand_over(connection: Any, message: EmailMultiAlternatives) -> None:
    try:
        count = connection.send_messages([message])
    except (BadHeaderError, UnicodeError) as error:
        raise ContentRefused(str(error)) from error
    if count == 0:
        raise BadAddress("The mail backend had nobody to send to.")


def _parts(outgoing: Outgoing) -> dict[str, Any]:
    rendered = outgoing.rendered
    return {
        "subject": rendered.subject,
        "body": rendered.text,
        "to": [outgoing.to_address],
        "cc": rendered.cc,
        "reply_to": [rendered.reply_to] if rendered.reply_to else None,
        "headers": {**dict(rendered.headers), "Message-ID": outgoing.message_id},
    }


def _envelope(rendered: Rendered) -> str:
    """Where bounces go (RFC 5321 section 4.5.5); empty: DEFAULT_FROM_EMAIL."""
    return rendered.envelope_from or parseaddr(rendered.from_header)[1]


def _build(message: EmailMultiAlternatives, rendered: Rendered) -> None:
    """Put the mail together once before a server hears of it: what is wrong is not in doubt."""
    try:
        _fill(message, rendered)
        message.message().as_bytes()
    except FileNotFoundError as error:
        raise ContentRefused(str(error), reason=ATTACHMENT_IS_GONE) from error
    except OSError as error:
        raise ProviderDown(f"The storage does not answer: {error}") from error
    except Exception as error:
        logger.warning("A mail cannot be put together", exc_info=True)
        raise ContentRefused(repr(error), reason=CANNOT_BE_BUILT) from error


def _fill(message: EmailMultiAlternatives, rendered: Rendered) -> None:
    if rendered.html:
        message.attach_alternative(rendered.html, "text/html")
    for file in rendered.attachments:
        with default_storage.open(file.path) as stored:
            message.attach(file.name, stored.read(), _carried_as(file.content_type))


def _carried_as(content_type: str) -> str:
    """A mail or a report inside of a mail travels as a file: as a part it would be read and written anew.

    Those are the composite types of RFC 2045 section 5.1.
    """
    is_composite = content_type.lower().startswith(("message/", "multipart/"))
    return "application/octet-stream" if is_composite else content_type
