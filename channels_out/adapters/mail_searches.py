"""The mail providers that can be asked what became of a mail: one line a provider."""

from anymail.exceptions import AnymailConfigurationError
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from channels_out import conf
from channels_out.adapters.anymail_answers import provider_name
from channels_out.adapters.mail_search import MailSearch
from channels_out.adapters.mailgun_events import MailgunEvents
from channels_out.adapters.postmark_messages import PostmarkMessages
from channels_out.adapters.smtp_connections import new_backend
from channels_out.adapters.web_client import WebClient
from channels_out.errors import NotSupported

SEARCHES: dict[str, type[MailSearch]] = {
    "mailgun": MailgunEvents,
    "postmark": PostmarkMessages,
}


def searched_provider() -> str:
    """The provider behind EMAIL_BACKEND, by its name in `Sent`, where it is one of these; else ""."""
    try:
        backend = import_string(conf.mail_server().get("backend") or settings.EMAIL_BACKEND)
    except ImportError:
        return ""
    name = provider_name(getattr(backend, "esp_name", ""))
    return name if name in SEARCHES else ""


def search_by(client: WebClient) -> MailSearch:
    """Its search, with the settings of now. Raises NotSupported where there is none, or Anymail misses a setting."""
    search = SEARCHES.get(searched_provider())
    if search is None:
        raise NotSupported("This mail server cannot be asked.")
    try:
        return search(new_backend(), client)
    except (AnymailConfigurationError, ImproperlyConfigured) as error:
        raise NotSupported(str(error)) from error
