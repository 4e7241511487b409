"""Takes addresses, tokens and secrets out of what is logged.

A log is read by more people than the inbox, and is kept elsewhere and longer. Every pattern is bounded or
begins with a fixed character, so that the time is linear in the length of the text, whoever wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from structlog.typing import EventDict, WrappedLogger

from channels_out.error_text import GONE, without_rows

# A shorter value of a setting would be found inside of ordinary words.
SHORTEST_SECRET = 8  # characters

# What an address may stand between; RFC 5322 allows a local part everything else. At most 64 octets of it
# are valid (RFC 5321 section 4.5.3.1.1), and of a longer one what remains is no whole address either.
_MAIL = re.compile(r"""([^\s@<>()\[\],;:"\\])[^\s@<>()\[\],;:"\\]{0,63}(@|%40)""")
_QUOTED_MAIL = re.compile(r'"[^"\n]{0,64}"(?=@|%40)')
_URL_LOGIN = re.compile(r"(://)[^\s/@]{1,256}@")
# E.164 has 15 digits at most; people put something between them. %2B is a plus in a form.
_PHONE = re.compile(r"(?:\+|%2B)\d(?:[ ().\-/]{0,2}\d){6,17}", re.I)
# A business-scoped user id of WhatsApp.
_USER_ID = re.compile(r"[A-Z]{2}\.\d{8,128}")
# A customer's link, a signed link to a file, the buttons in a member's mail, the link that sets a password.
_LINK = re.compile(r"(/(?:c|files|act|another-way|key)/)(?!\*\*\*)[^\s/?#\"'<>]{8,}")
_QUERY = re.compile(r"((?:token|secret|password|signature|api_?key)=)[^&\s\"'<>]+", re.I)
_HEADER = re.compile(
    r"((?:authorization|conversation-token|cookie|x-[a-z-]{0,30}signature)"
    r"[\"']?\s{0,4}[:=,]\s{0,4}[\"']?)[^\"'\r\n]+",
    re.I,
)
_SCHEME = re.compile(r"\b(bearer|basic|token)(\s)(?=[^\s\"']{0,200}[\d=])[^\s\"',]{8,}", re.I)
# Names under which a value is a secret whatever it looks like.
_SECRET_NAMES = re.compile(r"authorization|password|passwd|secret|token|cookie|api_?key", re.I)


def _shortened_phone(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0].removeprefix("%2B").removeprefix("%2b"))
    return f"+{digits[: min(4, len(digits) - 6)]}{GONE}{digits[-2:]}"


def _shortened_id(found: re.Match[str]) -> str:
    return f"{found[0][:5]}{GONE}{found[0][-2:]}"


RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_HEADER, rf"\1{GONE}"),
    (_SCHEME, rf"\1\2{GONE}"),
    (_QUERY, rf"\1{GONE}"),
    (_LINK, rf"\1{GONE}"),
    (_MAIL, rf"\1{GONE}\2"),
    (_QUOTED_MAIL, GONE),
    (_URL_LOGIN, rf"\1{GONE}@"),
    (_PHONE, _shortened_phone),
    (_USER_ID, _shortened_id),
)
# One of these stands in whatever any rule finds. Most texts have none and are looked through once.
SUSPECT = re.compile(
    r"[@=+]|%40|%2b|\.\d|/(?:c|files|act|another-way|key)/|authorization|token|cookie|signature|bearer|basic",
    re.I,
)


class Masker:
    """A structlog processor: masks every string of an event, in keys and values and however deep.

    `secrets` are strings that are masked wherever they stand.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({each for each in secrets if len(each) >= SHORTEST_SECRET}, key=len)
        self._secrets = re.compile("|".join(map(re.escape, reversed(known)))) if known else None

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        """The event without what must not be read in a log."""
        return {self.text(key): self._value(key, value) for key, value in event.items()}

    def text(self, text: str) -> str:
        """The text with every address and secret cut to what still tells one from another."""
        if self._secrets is not None:
            text = self._secrets.sub(GONE, text)
        text = without_rows(text)
        if SUSPECT.search(text):
            for pattern, instead in RULES:
                text = pattern.sub(instead, text)
        return text

    def _value(self, key: object, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(key, str) and _SECRET_NAMES.search(key):
            return GONE
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._value(name, each) for name, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(None, each) for each in value]
        return self.text(_shown(value))


def _shown(value: object) -> str:
    shown: Callable[[object], str] = repr if isinstance(value, bytes) else str
    return shown(value)
