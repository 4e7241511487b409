"""The tests of DNS: whether answers find the way back, and whether our mail is believed."""

from __future__ import annotations

from channels_out.loopback import is_loopback
from gateway.checks.asking import Silence
from gateway.checks.found import Found
from gateway.checks.mail_providers import (
    DKIM_SELECTORS,
    inbound_hosts,
    is_one_of,
    sending_provider,
)
from gateway.checks.records import mail_servers_of, texts_of
from gateway.conf import mail_domain, reply_domain, simulator_url


def reply_domain_found() -> Found:
    """Whether the MX records of REPLY_DOMAIN lead to the provider that settings name."""
    domain = reply_domain()
    if _is_ours_alone(domain):
        return Found("no_dns", domain)
    try:
        hosts = mail_servers_of(domain)
    except Silence as error:
        return Found("dns_silent", str(error))
    if not hosts:
        return Found("no_mx", domain)
    expected = inbound_hosts()
    if not expected:
        return Found("mx_somewhere", f"{domain} → {', '.join(hosts)}")
    if not all(is_one_of(host, expected) for host in hosts):
        return Found("mx_elsewhere", f"{domain} → {', '.join(hosts)} (≠ {', '.join(expected)})")
    return Found("mx_right", f"{domain} → {', '.join(hosts)}")


def mail_domain_found() -> Found:
    """Whether MAIL_DOMAIN has SPF (RFC 7208), DMARC (RFC 7489) and, where its name is known, a DKIM key (RFC 6376)."""
    domain = mail_domain()
    if _is_ours_alone(domain):
        return Found("no_dns", domain)
    try:
        return _sender_found(domain)
    except Silence as error:
        return Found("dns_silent", str(error))


def _sender_found(domain: str) -> Found:
    policies = [text for text in texts_of(domain) if text.lower().split(" ")[0] == "v=spf1"]
    if len(policies) != 1:
        return Found("several_spf" if policies else "no_spf", domain)
    if not _has_dmarc(domain):
        return Found("no_dmarc", f"_dmarc.{domain}")
    selector = DKIM_SELECTORS.get(sending_provider())
    if selector is None:
        return Found("sender_without_dkim", domain)
    key = f"{selector}._domainkey.{domain}"
    if not any("p=" in text.replace(" ", "") for text in texts_of(key)):
        return Found("no_dkim", key)
    return Found("sender_right", domain)


def _has_dmarc(domain: str) -> bool:
    """Of its own or, as of its organisation's (RFC 7489, section 6.6.3), of a domain above it."""
    labels = domain.split(".")
    above = [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]
    return any(
        text.replace(" ", "").startswith("v=DMARC1")
        for each in above
        for text in texts_of(f"_dmarc.{each}")
    )


def _is_ours_alone(domain: str) -> bool:
    return bool(simulator_url()) or is_loopback(f"//{domain}")
