"""Where mail providers take mail in and how they name their keys, as far as that is the same for all accounts."""

from __future__ import annotations

from fnmatch import fnmatchcase

from django.conf import settings

# By Anymail's names. Each provider's own pages on inbound mail, which https://anymail.dev/en/stable/esps/ leads to,
# name these hosts. Postal is a server of one's own, and Unisender Go takes no mail in.
INBOUND_HOSTS = {
    "amazon_ses": ("inbound-smtp.*.amazonaws.com",),
    "brevo": ("inbound1.sendinblue.com", "inbound2.sendinblue.com"),
    "mailersend": ("inbound.mailersend.net",),
    "mailgun": ("mxa.mailgun.org", "mxb.mailgun.org", "mxa.eu.mailgun.org", "mxb.eu.mailgun.org"),
    "mailjet": ("parse.mailjet.com",),
    "mandrill": ("*.mandrillapp.com",),
    "postmark": ("inbound.postmarkapp.com",),
    "resend": ("inbound-smtp.*.amazonaws.com",),
    "sendgrid": ("mx.sendgrid.net",),
    "sparkpost": ("rx?.sparkpostmail.com", "rx?.eu.sparkpostmail.com", "*.mx.e.sparkpost.com"),
}
# The others' selectors differ by account.
DKIM_SELECTORS = {"mailjet": "mailjet", "resend": "resend"}
_BACKENDS = "anymail.backends."


def sending_provider() -> str:
    """Anymail's name of the provider by which mail goes out; "": a mail server."""
    backend = str(settings.EMAIL_BACKEND)
    if not backend.startswith(_BACKENDS):
        return ""
    return backend.removeprefix(_BACKENDS).partition(".")[0]


def inbound_hosts() -> list[str]:
    """Hosts, `*` and `?` standing for anything, of all providers that settings name; none: nobody knows."""
    named = getattr(settings, "ANYMAIL", {})
    return [
        host
        for provider, hosts in INBOUND_HOSTS.items()
        if provider == sending_provider()
        or any(name.startswith(f"{provider.upper()}_") for name in named)
        for host in hosts
    ]


def is_one_of(host: str, patterns: list[str]) -> bool:
    """Whether a host is of a provider."""
    return any(fnmatchcase(host, pattern) for pattern in patterns)
