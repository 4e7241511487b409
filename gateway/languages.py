"""Which language somebody is spoken to in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.utils import translation

from gateway.models import CustomerMessage, Membership

Given = ParamSpec("Given")
Made = TypeVar("Made")


def speaking(language: str) -> AbstractContextManager[None]:
    """Everything is said in this language for as long as it is entered."""
    return translation.override(language)


def speaks(whose: Callable[Given, str]) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """Has a function say what it says in the language that `whose` finds by the same arguments."""

    def decorate(function: Callable[Given, Made]) -> Callable[Given, Made]:
        @wraps(function)
        def wrapped(*args: Given.args, **kwargs: Given.kwargs) -> Made:
            with speaking(whose(*args, **kwargs)):
                return function(*args, **kwargs)

        return wrapped

    return decorate


def language_of(member: Membership | None) -> str:
    """The language that a member chose, else this installation's."""
    return offered(member.language if member else "") or settings.LANGUAGE_CODE


def language_of_person(user: Any) -> str:
    """The same of somebody whose membership does not matter."""
    chosen = Membership.objects.filter(user=user, is_active=True).exclude(language="")
    return (
        offered(chosen.values_list("language", flat=True).first() or "") or settings.LANGUAGE_CODE
    )


def language_for(message: CustomerMessage) -> str:
    """The language in which a customer wrote, else this installation's."""
    return known_of(message) or settings.LANGUAGE_CODE


def known_of(message: CustomerMessage) -> str:
    """The language in which a customer wrote, where it is offered; or nothing."""
    return offered(message.language) or offered(message.contact.language)


def language_here() -> str:
    """What is spoken now, where it is another one than this installation's; or nothing."""
    spoken = offered(translation.get_language() or "")
    return "" if spoken == settings.LANGUAGE_CODE else spoken


def offered(language: str) -> str:
    """A language (BCP 47) as LANGUAGES has it, with its region or without; or nothing."""
    codes = {code.lower(): code for code, _ in settings.LANGUAGES}
    whole = language.lower().replace("_", "-")
    return codes.get(whole) or codes.get(whole.partition("-")[0]) or ""
