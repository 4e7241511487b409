"""A conversation belongs to one of its business's people: he alone is told of it then, and finds it under his name."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse

from channels_out.outgoing import Rendered
from gateway.links import dashboard_url, whole_url
from gateway.members import called
from gateway.models import Assignment, CustomerMessage, Event, Membership
from gateway.outbound.render_news import mail_of_assignment
from gateway.people import LOST
from gateway.states import change, changing_each
from gateway.telling.matter import News
from gateway.telling.tell import tell

BATCH = 200


@dataclass(frozen=True)
class Given(News):
    """A colleague, `giver` by name, gave these conversations to a member."""

    kind = "given"
    event = Event.NEW
    to: Membership
    messages: list[CustomerMessage]
    giver: str

    @classmethod
    def found(cls, kept: dict[str, Any]) -> Self | None:
        """Those of them that he still has."""
        to = Membership.objects.get(pk=kept["to"])
        his = CustomerMessage.objects.filter(
            pk__in=kept["messages"], assigned_to=to.user_id, deleted_at=None
        )
        messages = list(his.select_related("business", "contact").order_by("pk"))
        return cls(to, messages, kept["giver"]) if messages else None

    def kept(self) -> dict[str, Any]:
        """Who, what and by whom."""
        messages = [str(each.pk) for each in self.messages]
        return {"to": str(self.to.pk), "messages": messages, "giver": self.giver}

    def mail(self, member: Membership) -> Rendered:
        """One mail of all of them."""
        return mail_of_assignment(self.messages, member, self.giver)

    def words(self, member: Membership) -> str:
        """The same as a text."""
        inbox = whole_url(reverse("gateway:inbox"))
        where = dashboard_url(self.messages[0]) if len(self.messages) == 1 else inbox
        return f"{self.mail(member).subject}\n{where}"


def colleagues_of(businesses: Iterable[uuid.UUID]) -> list[Membership]:
    """Whom conversations of these businesses can be given to: who may answer, in the order of their names."""
    members = Membership.objects.filter(business__in=businesses).exclude(LOST)
    found = members.select_related("user", "business", "notifications")
    return sorted(found, key=lambda member: called(member.user).casefold())


def colleague(**who: Any) -> Membership | None:
    """One of those whom conversations can be given to, by what a membership is found by."""
    members = Membership.objects.filter(**who).exclude(LOST)
    return members.select_related("user", "business", "notifications").first()


def assign(message: CustomerMessage, to: Membership | None, by: Membership) -> None:
    """Gives a locked conversation to one of `colleagues_of` its business, or to nobody.

    He is told, unless he took it himself.
    """
    if _give(message, to, called(by.user)) and to and to.user_id != by.user_id:
        _tell(to, by, [message])


@transaction.atomic
def assign_all(
    business_id: uuid.UUID, pks: list[uuid.UUID], to: Membership | None, by: Membership
) -> int:
    """Gives conversations of one business to somebody, who gets one mail of all; how many there are.

    Raises CustomerMessage.DoesNotExist where one is erased at this moment.
    """
    standing = CustomerMessage.objects.filter(pk__in=pks, business=business_id, merged_into=None)
    wanted = list(standing.values_list("pk", flat=True))
    if not wanted:
        return 0
    with changing_each(*wanted) as messages:
        given = [message for message in messages if _give(message, to, called(by.user))]
        if given and to and to.user_id != by.user_id:
            _tell(to, by, given)
    return len(messages)


def release_due() -> int:
    """Takes conversations from one who may not answer any more, so that somebody else does; how many."""
    his = CustomerMessage.objects.filter(assigned_to=OuterRef("user"), merged_into=None)
    gone = Membership.objects.filter(LOST, Exists(his.filter(business=OuterRef("business"))))
    member = gone.first()
    if member is None:
        return 0
    left = CustomerMessage.objects.filter(
        assigned_to=member.user_id, business=member.business_id, merged_into=None
    )
    pks = list(left.order_by("pk").values_list("pk", flat=True)[:BATCH])
    for pk in pks:
        with change(pk) as message:
            if colleague(business=member.business_id, user=message.assigned_to_id) is None:
                _give(message, None, "")
    return len(pks)


def _give(message: CustomerMessage, to: Membership | None, by: str) -> bool:
    user_id = to.user_id if to else None
    if message.assigned_to_id == user_id:
        return False
    message.assigned_to_id = user_id
    name = called(to.user)[:255] if to else ""
    Assignment.objects.create(message=message, actor_name=by[:255], assignee_name=name)
    return True


def _tell(to: Membership, by: Membership, messages: list[CustomerMessage]) -> None:
    tell(to, Given(to, messages, called(by.user)), f"assigned:{to.pk}")
