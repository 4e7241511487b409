"""What DNS says about a domain: its mail servers, and the texts of its names."""

from __future__ import annotations

from typing import Any

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, resolve

from gateway.checks.asking import Silence

# Seconds for one question, with all of its repetitions.
PATIENCE = 5


def mail_servers_of(domain: str) -> list[str]:
    """Its MX hosts in lower case, the preferred first; none also where it says that it takes no mail.

    That is a single "." (RFC 7505). Raises Silence.
    """
    found = sorted((each.preference, each.exchange.to_text()) for each in _ask(domain, "MX"))
    hosts = [host.rstrip(".").lower() for _preference, host in found]
    return [host for host in hosts if host]


def texts_of(name: str) -> list[str]:
    """Its TXT records, each in one piece (RFC 7208, section 3.3). Raises Silence."""
    records = [b"".join(each.strings) for each in _ask(name, "TXT")]
    return [record.decode(errors="replace") for record in records]


def _ask(name: str, kind: str) -> list[Any]:
    """What this machine's resolver answers; nothing where there is no such name or record."""
    try:
        return list(resolve(f"{name}.", kind, lifetime=PATIENCE, search=False))
    except (NXDOMAIN, NoAnswer):
        return []
    except DNSException as error:
        raise Silence(f"{kind} {name} ({type(error).__name__})") from error
