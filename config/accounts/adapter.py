from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):
    """Members are invited; nobody opens an account by himself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
