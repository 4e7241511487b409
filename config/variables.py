"""Variables of the environment by type; what is wrong is noted, so that all of it can be said at once."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

Number = TypeVar("Number", int, float)

_ON = {"1", "true", "yes", "on"}
_OFF = {"0", "false", "no", "off"}
_PERIODS = {"second", "minute", "hour", "day"}
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"  # RFC 1123 section 2.1
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")


class Variables:
    """Reads the process environment; a variable that is empty has its default, as has one that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems

    def problem(self, text: str) -> None:
        """Notes what must be mended: names the variable and says what to write."""
        if text not in self.problems:
            self.problems.append(text)

    def text(self, name: str, default: str = "") -> str:
        return os.environ.get(name, "").strip() or default

    def names(self, name: str) -> list[str]:
        """Parts separated by commas."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def switch(self, name: str, default: bool) -> bool:
        raw = self.text(name).lower()
        if raw not in {"", *_ON, *_OFF}:
            self.problem(f"{name} is {raw!r}; write on or off")
        return raw in _ON if raw in {*_ON, *_OFF} else default

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of several words; the first is the default."""
        raw = self.text(name, choices[0]).lower()
        if raw not in choices:
            self.problem(f"{name} is {raw!r}; write {' or '.join(choices)}")
            return choices[0]
        return raw

    def number(self, name: str, default: Number, kind: Callable[[str], Number]) -> Number:
        """A finite number above 0."""
        raw = self.text(name, str(default))
        try:
            value = kind(raw)
        except ValueError:
            value = default * 0
        if math.isfinite(value) and value > 0:
            return value
        self.problem(f"{name} is {raw!r}; write a number above 0 such as {default}")
        return default

    def count(self, name: str) -> int:
        """A whole number from 0 on; 0 when it is not set."""
        raw = self.text(name, "0")
        if raw.isascii() and raw.isdigit():
            return int(raw)
        self.problem(f"{name} is {raw!r}; write a whole number such as 1")
        return 0

    def port(self, name: str, default: int) -> int:
        value = self.number(name, default, int)
        if value > 65535:
            self.problem(f"{name} is {value}; write a port up to 65535 such as {default}")
            return default
        return value

    def rate(self, name: str, default: str) -> str:
        """`count/period`, as Django REST framework writes it."""
        raw = self.text(name, default)
        count, _, period = raw.partition("/")
        if re.fullmatch(r"[1-9][0-9]*", count) and period in _PERIODS:
            return raw
        self.problem(f"{name} is {raw!r}; write a rate such as {default}")
        return default

    def domain(self, name: str, default: str) -> str:
        """A domain in lower case, as mail addresses have it behind the @."""
        raw = self.text(name, default).lower()
        if not _DOMAIN.fullmatch(raw):
            self.problem(f"{name} is {raw!r}; write a domain such as mail.example.com")
        return raw

    def identifier(self, name: str, prefix: str, default: str = "") -> str:
        """A Twilio SID: two letters say what it names (https://www.twilio.com/docs/glossary/what-is-a-sid)."""
        raw = self.text(name, default)
        if raw and not raw.startswith(prefix):
            self.problem(f"{name} is {raw!r}; write the one that begins with {prefix}")
        return raw

    def identifiers(self, name: str, prefix: str, default: str = "") -> dict[int, str]:
        """Twilio SIDs by a number from 3 to 10: `3=HX...,4=HX...`."""
        found = {}
        for part in self.text(name, default).split(","):
            number, _, sid = part.strip().partition("=")
            if (
                number.isascii()
                and number.isdigit()
                and 3 <= int(number) <= 10
                and sid.startswith(prefix)
            ):
                found[int(number)] = sid
            elif part.strip():
                self.problem(
                    f"{name} has {part.strip()!r}; write 3={prefix}...,4={prefix}... up to 10"
                )
        return found

    def countries(self, name: str) -> tuple[str, ...]:
        """Countries by their two letters (ISO 3166-1)."""
        raw = self.names(name)
        for part in raw:
            if not re.fullmatch(r"[A-Z]{2}", part, re.ASCII):
                self.problem(f"{name} has {part!r}; write two letters each, such as DE,AT,CH")
        return tuple(raw)

    def price(self, name: str) -> str:
        """An amount and its currency: `0.0083 USD`; or nothing."""
        raw = self.text(name)
        if raw and not re.fullmatch(r"\d{1,6}(\.\d{1,6})? [A-Z]{3}", raw, re.ASCII):
            self.problem(f"{name} is {raw!r}; write an amount and a currency such as 0.0083 USD")
        return raw

    def http_url(self, name: str, default: str) -> str:
        """Without a trailing slash."""
        url = self.text(name, default).rstrip("/")
        parts = split_url(url)
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            self.problem(f"{name} is {url!r}; write a URL such as https://api.twilio.com")
        return url


def split_url(url: str) -> SplitResult | None:
    """The parts of a URL; None where host or port cannot be one."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
