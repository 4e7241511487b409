"""What was not answered in time: the customer gets a link, the businesses in question learn that it waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.outgoing import Rendered
from gateway.asking.ask import may_write, send
from gateway.asking.strangers import is_known
from gateway.asking.words import words_in
from gateway.links import dashboard_url, question_url, whole_url
from gateway.models import Business, CustomerMessage, Event, HeldItem, Membership, Question
from gateway.outbound.render_mail import fold, from_business
from gateway.participants import contact_name, email_of
from gateway.people import people_of
from gateway.routes import lock_pair
from gateway.telling.matter import News
from gateway.telling.tell import tell

BATCH = 50


@dataclass(frozen=True)
class MayBeForUs(News):
    """A text that may be for a business waits; its customers' conversations that it may be about.

    Without a word of the text: it may be for another business.
    """

    kind = "may_be_for_us"
    event = Event.HELD
    question: Question
    business: Business
    messages: list[CustomerMessage]

    @classmethod
    def found(cls, kept: dict[str, Any]) -> Self | None:
        """While the text waits."""
        waiting = HeldItem.objects.filter(question=kept["question"], settlement="")
        if not waiting.exists():
            return None
        question = Question.objects.select_related("sender").get(pk=kept["question"])
        business = Business.objects.get(pk=kept["business"])
        return cls(question, business, _in_question(question).get(business, []))

    def kept(self) -> dict[str, Any]:
        """The question and the business."""
        return {"question": str(self.question.pk), "business": str(self.business.pk)}

    def mail(self, member: Membership) -> Rendered:
        """Which conversations it may be about."""
        about = [
            (contact_name(message.contact, message), message.subject, dashboard_url(message))
            for message in self.messages
        ]
        number = self.question.sender.address
        context = {"business": self.business, "number": number, "about": about}
        subject = _("A text that may be for %(business)s waits") % {"business": self.business.name}
        return Rendered(
            text=render_to_string("gateway/mail/question.txt", context),
            subject=fold(subject),
            from_header=from_business(self.business),
            headers=(("Auto-Submitted", "auto-generated"),),
        )

    def words(self, member: Membership) -> str:
        """The same as a text."""
        return f"{self.mail(member).subject}: {whole_url(reverse('gateway:held'))}"


def expire() -> int:
    """Works the questions whose time is over; how many. Each in a transaction of its own, without the network."""
    due = Question.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    return sum(_expire(pk) for pk in list(due.values_list("pk", flat=True)[:BATCH]))


@transaction.atomic
def _expire(pk: UUID) -> bool:
    """Whether it was still there to be done."""
    found = Question.objects.select_related("sender").get(pk=pk)
    lock_pair(found.sender, found.address)
    now = timezone.now()
    question = Question.objects.select_related("sender").get(pk=pk)
    if question.due_at is None or question.due_at > now:
        return False  # answered, or asked again, at this very moment
    question.due_at = None
    waiting = HeldItem.objects.filter(question=question, settlement="")
    newest = waiting.order_by("-created_at").first()
    if newest is None:
        question.settled_at = now  # people have settled all of it
    else:
        question.expired_at = now
        if _may_follow(question) and may_write(
            question.sender, question.address, newest.created_at
        ):
            waits = words_in(question.language).waits
            question.delivery = send(
                question, Rendered(text=waits.format(url=question_url(question)))
            )
        _tell_businesses(question)
    question.save(update_fields=["due_at", "settled_at", "expired_at", "delivery"])
    return True


def _may_follow(question: Question) -> bool:
    """Whether the link may go to him: he was asked before, or a business knows him."""
    return question.asked_at is not None or is_known(question.sender, question.address)


def _tell_businesses(question: Question) -> None:
    for business, messages in _in_question(question).items():
        news = MayBeForUs(question, business, messages)
        for member in _whom_to_tell(business, messages):
            tell(member, news, f"{question.pk}:{member.pk}")


def _in_question(question: Question) -> dict[Business, list[CustomerMessage]]:
    """The businesses that were offered, with those of their conversations that were."""
    conversations: dict[Business, list[CustomerMessage]] = {}
    for option in question.options.select_related("business", "message__contact"):
        if option.business is None:
            continue
        known = conversations.setdefault(option.business, [])
        if option.message is not None:
            known.append(option.message)
    return conversations


def _whom_to_tell(business: Business, messages: list[CustomerMessage]) -> list[Membership]:
    people = people_of(business)
    told = {
        member.pk: member
        for message in messages or [CustomerMessage(business=business)]
        for member in people.to_notify(message)
    }
    return [member for member in told.values() if email_of(member.user)]
