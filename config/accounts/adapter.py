from __future__ import annotations

from ipaddress import ip_address

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from gateway.client_address import client_address


class ClosedSignup(DefaultAccountAdapter):
    """Members are invited; nobody opens an account by himself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address of the person, also behind our own proxies (TRUSTED_PROXIES)."""
        address = client_address(request)
        try:
            return str(ip_address(address))
        except ValueError:
            return str(super().get_client_ip(request))
