"""The rules that others file by, on the same stream. Each gets the benefit of the doubt.

They know our numbers' businesses, read listings' codes, forget doubles, and every owner answers where they
filed. What they cannot place opens a new conversation, or is held where not even the business is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

# Our number, or the business that a mail is addressed to; and the phone or the mail address.
Line = tuple[Any, str]


@dataclass(frozen=True)
class Letter:
    """One message as it comes in. `business` is the one that our number or address names, if any.

    `lines` are between whom it passes, several for a form that names a phone and a mailbox. `answers` are
    the ids of ours that it answers or quotes. A form, and a text with a listing's code, `opens` a conversation.
    """

    marker: str
    at: datetime
    businesses: tuple[Any, ...]
    lines: tuple[Line, ...]
    tokens: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    opens: bool = False


@dataclass(eq=False)
class Conversation:
    """What a rule has opened."""

    key: int
    business: Any
    opened_by: str
    at: datetime
    is_open: bool = True


@dataclass
class Rival:
    """One rule: which of the conversations that it knows a letter belongs to."""

    name: str = ""
    places: dict[str, list[Conversation]] = field(default_factory=dict)
    _number: count[int] = field(default_factory=lambda: count(1))
    _on: defaultdict[Line, list[Conversation]] = field(default_factory=lambda: defaultdict(list))
    _given: dict[str, Conversation] = field(default_factory=dict)

    def wrote(self, letter: Letter) -> None:
        """A customer wrote."""
        found = [] if letter.opens else self.find(letter)
        if not found:
            found = [self._open(letter, business) for business in letter.businesses]
        self.places[letter.marker] = found
        for conversation in found:
            self._pass(conversation, letter.lines, letter.at)

    def answered(self, marker: str, line: Line, ids: Iterable[str], at: datetime) -> None:
        """Its owner answered that message on this line, with these ids: a token, a Message-ID, a SID."""
        for conversation in self.places.get(marker, [])[:1]:
            self._pass(conversation, [line], at)
            self._given.update(dict.fromkeys(ids, conversation))

    def archived(self, marker: str) -> None:
        """Its owner has archived where that message is."""
        for conversation in self.places.get(marker, []):
            conversation.is_open = False

    @property
    def given(self) -> dict[str, int]:
        """The conversation of each reply address and of each text of ours."""
        return {name: conversation.key for name, conversation in self._given.items()}

    def find(self, letter: Letter) -> list[Conversation]:
        """By this rule."""
        raise NotImplementedError

    def _open_on(self, letter: Letter) -> list[Conversation]:
        known = self._on[letter.lines[0]]
        return [each for each in known if each.is_open]

    def _named_by(self, names: Sequence[str]) -> list[Conversation]:
        found = (self._given[name] for name in names if name in self._given)
        return list(dict.fromkeys(found))

    def _open(self, letter: Letter, business: Any) -> Conversation:
        return Conversation(next(self._number), business, letter.marker, letter.at)

    def _pass(self, conversation: Conversation, lines: Iterable[Line], at: datetime) -> None:
        conversation.at = max(conversation.at, at)
        for line in lines:
            if conversation not in self._on[line]:
                self._on[line].append(conversation)


class NewestOpen(Rival):
    """The open conversation of this number or address in which something was last said."""

    def find(self, letter: Letter) -> list[Conversation]:
        return sorted(self._open_on(letter), key=lambda each: (each.at, each.key))[-1:]


class OldestOpen(Rival):
    """The open conversation of this number or address that was opened first."""

    def find(self, letter: Letter) -> list[Conversation]:
        return sorted(self._open_on(letter), key=lambda each: each.key)[:1]


class TokenOnly(Rival):
    """The reply addresses among the recipients, and nothing else."""

    def find(self, letter: Letter) -> list[Conversation]:
        return self._named_by(letter.tokens)


class ReplyOnly(Rival):
    """In-Reply-To and References, or the message that a WhatsApp message quotes, and nothing else."""

    def find(self, letter: Letter) -> list[Conversation]:
        return self._named_by(letter.answers)[-1:]


def rivals() -> list[Rival]:
    """All of them."""
    return [
        NewestOpen("newest open conversation of the number"),
        OldestOpen("oldest open conversation of the number"),
        TokenOnly("reply address only"),
        ReplyOnly("In-Reply-To or quote only"),
    ]
