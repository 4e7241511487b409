"""What members are told that is no message of a customer: kept by what it is about, written for each reader."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from channels_out.channel import Channel
from channels_out.outgoing import Rendered
from gateway.models import CustomerMessage, Event, Membership, MessageReply, Telling
from gateway.participants import email_of

log = logging.getLogger(__name__)

# The conversation, and the answer in it, that something is about.
About = tuple[CustomerMessage, MessageReply | None]
_KINDS: dict[str, type[Matter]] = {}


class Matter(ABC):
    """One thing that members are told, now or later.

    A row keeps its `kind` and what it is about, never its words: whoever reads it in another one's place
    gets it in his own language, in his own thread and with his own links, as things are then. `event` is
    what he chooses it by. With `is_own` it is about what he did himself: nobody else is told, and he is,
    at once, also when he may not answer any more.
    """

    kind: ClassVar[str]
    event: ClassVar[str] = ""
    is_own: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def found(cls, kept: dict[str, Any]) -> Self | None:
        """What `kept` names, as it is now; None where it is no news any more."""

    @abstractmethod
    def kept(self) -> dict[str, Any]:
        """By what it is found again, as JSON."""

    @abstractmethod
    def mail(self, member: Membership) -> Rendered:
        """What this member reads of it, in the language that is spoken now."""

    def address(self, member: Membership) -> str:
        """Where he reads it, or nothing."""
        return email_of(member.user)

    def conversation(self) -> About | None:
        """In which thread it stands; None where it is about no conversation."""
        return None


class News(Matter):
    """What a member is told by mail, by text or both, as he chose for its `event`."""

    event: ClassVar[Event]

    @abstractmethod
    def words(self, member: Membership) -> str:
        """The same as a text."""


@dataclass(frozen=True)
class AnswerNews(News):
    """What became of an answer, told while it is so."""

    event = Event.FAILED
    answer: MessageReply

    @staticmethod
    @abstractmethod
    def is_so(answer: MessageReply) -> bool:
        """Whether it is still to be told."""

    @classmethod
    def found(cls, kept: dict[str, Any]) -> Self | None:
        """While it is so."""
        replies = MessageReply.objects.select_related("message__business", "message__contact")
        answer = replies.filter(pk=kept["reply"]).first()
        return cls(answer) if answer and cls.is_so(answer) else None

    def kept(self) -> dict[str, Any]:
        """The answer."""
        return {"reply": str(self.answer.pk)}

    def conversation(self) -> About:
        """That of the answer."""
        return self.answer.message, self.answer


@dataclass(frozen=True)
class MemberMatter(Matter):
    """What a member is told less, or reached by no more, and why; told while he has access."""

    whose: Membership
    why: str

    @classmethod
    def found(cls, kept: dict[str, Any]) -> Self | None:
        """While he has access."""
        members = Membership.objects.select_related("user", "business")
        whose = members.filter(pk=kept["member"], is_active=True).first()
        return cls(whose, kept["why"]) if whose else None

    def kept(self) -> dict[str, Any]:
        """The member, and why."""
        return {"member": str(self.whose.pk), "why": self.why}


def register(*kinds: type[Matter]) -> None:
    """Lets what was kept of these be found again."""
    _KINDS.update({each.kind: each for each in kinds})


def row_of(matter: Matter) -> dict[str, Any]:
    """What a `Telling` keeps of it."""
    return {"kind": matter.kind, "found_by": matter.kept()}


def matter_of(telling: Telling) -> Matter | None:
    """What a telling would tell now; None where something else tells it, or it is no news any more.

    None as well of what another version wrote: it named no matter, or one that is not known here.
    """
    about = telling.about or {}
    if kind := _KINDS.get(about.get("kind", "")):
        return kind.found(about["found_by"])
    if about or telling.mail or telling.delivery.channel == Channel.EMAIL:
        log.warning("Telling %s of another version cannot be told anew", telling.pk)
    return None
