"""Which mail providers are configured, and Anymail's view for each of their routes."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass

from anymail.exceptions import AnymailConfigurationError, AnymailWarning
from anymail.webhooks.base import AnymailCoreWebhookView
from django.conf import settings
from django.urls import Resolver404, resolve

from webhooks.models import Kind
from webhooks.refusal import Refusal

# Their webhooks know no key of ours: the secret of basic authentication is all there is, so they are
# open as soon as it is set. The others are open when one of their own settings is there.
KEYLESS = {"amazon_ses", "mailjet", "postmark", "sendgrid", "sparkpost"}
# Mandrill has one address for all of its events.
ALIASES = {"mandrill/inbound/": "mandrill/"}
# warnings.catch_warnings changes the whole process.
_WARNINGS = threading.Lock()


@dataclass(frozen=True)
class ProviderRoute:
    """One route of one provider, as `provider/inbound/` or `provider/tracking/` under Anymail's names."""

    path: str
    view_class: type[AnymailCoreWebhookView]

    @property
    def provider(self) -> str:
        """Anymail's name in an address: `amazon_ses`."""
        return self.path.partition("/")[0]

    @property
    def kind(self) -> Kind:
        """What comes in here; Mandrill's common address may bring both."""
        return Kind.EMAIL_TRACKING if "tracking" in self.path else Kind.EMAIL_INBOUND

    @property
    def methods(self) -> tuple[str, ...]:
        """POST, and what providers ask with when the address is typed in."""
        names = self.view_class.http_method_names
        return tuple(name.upper() for name in ("post", "head", "get") if name in names)

    def view(self) -> AnymailCoreWebhookView:
        """Anymail's view with today's settings.

        Raises AnymailConfigurationError when the provider is not configured: its keys are missing, or
        the library that reads its requests.
        """
        if self.provider not in KEYLESS and not _has_settings(self.provider):
            raise AnymailConfigurationError(
                f"No ANYMAIL_{self.provider.upper()}_ setting is there."
            )
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore", AnymailWarning)
            view = self.view_class()
        if getattr(view, "webhook_key", "") is None:
            raise AnymailConfigurationError("Set ANYMAIL_MANDRILL_WEBHOOK_KEY.")
        return view


def route_of(path: str) -> ProviderRoute:
    """The route behind `path`, relative to ours, with or without the last slash.

    Raises Refusal 404 when Anymail knows none.
    """
    whole = path.rstrip("/") + "/"
    known = ALIASES.get(whole, whole)
    try:
        match = resolve(f"/{known}", urlconf="anymail.urls")
    except Resolver404 as error:
        raise Refusal(404, "No such mail provider or route.") from error
    return ProviderRoute(known, vars(match.func)["view_class"])


def _has_settings(provider: str) -> bool:
    prefix = f"{provider.upper()}_"
    bare = getattr(settings, "ANYMAIL", {})
    return any(name.startswith(prefix) for name in bare) or any(
        name.startswith((f"ANYMAIL_{prefix}", prefix)) for name in dir(settings)
    )
