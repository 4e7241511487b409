"""Where media may be fetched from: Twilio's own hosts, by name and by address.

Anybody who could make us fetch an address of his choice would reach what only this machine can see.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from webhooks.conf import twilio_api_url

# https://help.twilio.com/articles/223183748: the API redirects to mms.twiliocdn.com, and old media
# without authentication to the Amazon host.
DOMAINS = (".twilio.com", ".twiliocdn.com")
HOSTS = {"s3-external-1.amazonaws.com"}


class MediaRefused(Exception):
    """A file is not fetched, for good; the message is what people read."""


def check_url(url: str) -> None:
    """Raises MediaRefused unless the address is one of Twilio's, by HTTPS."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise MediaRefused("Its address cannot be read.") from error
    if is_api(parts):
        return
    host = parts.hostname or ""
    if parts.scheme != "https" or port not in (None, 443) or parts.username:
        raise MediaRefused("Its address is not an ordinary HTTPS address.")
    if host not in HOSTS and not host.endswith(DOMAINS):
        raise MediaRefused("Its address is not one of Twilio's.")


def is_api(parts: SplitResult) -> bool:
    """Whether this is the very server that TWILIO_API_URL names."""
    api = urlsplit(twilio_api_url())
    return (parts.scheme, parts.netloc) == (api.scheme, api.netloc)


class PublicOnly(AbstractResolver):
    """Resolves names to public addresses only: the check is on the address that is connected to.

    A TWILIO_API_URL on this machine is reached all the same; `check_url` has let nothing else through
    that could have its name.
    """

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises MediaRefused when one of them is not public."""
        found = await self._resolver.resolve(host, port, family)
        is_own = host == urlsplit(twilio_api_url()).hostname
        for each in found:
            address = ip_address(each["host"].partition("%")[0])
            if not (address.is_global or (is_own and address.is_loopback)):
                raise MediaRefused("Its address leads into a private network.")
        return found

    async def close(self) -> None:
        """Ends the resolver."""
        await self._resolver.close()
