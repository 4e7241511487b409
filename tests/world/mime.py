"""Raw mails as mail programs write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime


@dataclass(frozen=True)
class Mail:
    """What a person writes in his mail program; `envelope` is what his server names as recipients."""

    sender: str
    name: str
    to: tuple[str, ...]
    subject: str
    text: str
    own_id: str
    cc: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    quoted: str = ""
    headers: tuple[str, ...] = field(default=())
    names_envelope: bool = True

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody it goes to."""
        return self.to + self.cc

    def raw(self, at: datetime) -> bytes:
        """The mail (RFC 5322) as it is handed over."""
        lines = [
            f"From: {self.name} <{self.sender}>",
            f"To: {', '.join(self.to)}",
            *([f"Cc: {', '.join(self.cc)}"] if self.cc else []),
            f"Subject: {self.subject}",
            f"Date: {format_datetime(at)}",
            f"Message-ID: {self.own_id}",
            *_threading(self.ids),
            *self.headers,
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "",
            self.text,
            *_quote(self.quoted, self.to[0]),
        ]
        return "\r\n".join(lines).encode()


def _threading(ids: tuple[str, ...]) -> list[str]:
    return [f"In-Reply-To: {ids[-1]}", f"References: {' '.join(ids)}"] if ids else []


def _quote(text: str, writer: str) -> list[str]:
    if not text:
        return []
    return [
        "",
        f"On Tue, 3 Mar 2026 at 10:00, <{writer}> wrote:",
        *(f"> {line}" for line in text.splitlines()),
    ]
