"""Files what a customer wrote: opens a conversation or adds to one, and tells the owner."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.models import Sender
from gateway.files import attach
from gateway.inbound.contacts import speaks_from
from gateway.models import (
    Attachment,
    Business,
    Contact,
    CustomerMessage,
    Direction,
    MessageReply,
    Status,
)
from gateway.models.listing import snapshot
from gateway.outbound.away import Written, answer_if_away
from gateway.outbound.notify import notify_members, whom_to_tell
from gateway.outbound.threads import id_of_others
from gateway.outbound.ways import Way, way_back
from gateway.participants import begin, members_of
from gateway.people import People, people_of
from gateway.routes import first_inbound, passed_inbound
from gateway.search.rows import note
from gateway.states import (
    asked_nothing,
    changing,
    customer_wrote,
    machine_wrote,
    opened,
    snippet_of,
)
from gateway.telling.escalate import watch
from gateway.words import BY_A_PERSON

SUBJECT_LENGTH = 80
LONGEST_PHONE = 140
# What a conversation in place of another one takes over.
PARTIES = ("recipient", "sender", "listing", "sender_email", "sender_phone", "reply_by")
# By these steps a conversation opens only in place of one in the trash.
CONTINUED_BY = ("token", "reference", "provider_id", "link")


@dataclass(frozen=True)
class Letter:
    """What a customer wrote, whatever brought it, and the evidence that filed it.

    `at` is when we were given it, however much later it is filed; when it was sent, where we had to ask
    for it at `recovered_at`.

    `our_number` is the one it was sent to, for texts, and `mail_id` the Message-ID of a mail. `people` are
    the business's, where they were asked for already; `is_stranger` says that the business knew nothing
    of the writer before, `by_partner` that it is no customer's, but of somebody on copy, `is_keyword` that
    it is nothing but a word that the provider answers, `asks_nothing` that nobody waits for an answer to it.
    """

    channel: Channel
    text: str
    at: datetime
    filed_by: str
    filed_note: str = ""
    from_address: str = ""
    from_name: str = ""
    our_number: Sender | None = None
    subject: str = ""
    quoted: str = ""
    language: str = ""
    is_automatic: bool = False
    is_spam: bool = False
    seal: str = ""
    recovered_at: datetime | None = None
    attachments: list[Attachment] = field(default_factory=list)
    people: People | None = None
    is_stranger: bool = False
    mail_id: str = ""
    by_partner: bool = False
    is_keyword: bool = False
    asks_nothing: bool = False

    @property
    def is_told(self) -> bool:
        """Whether it is one that the business's people are told of."""
        return not (self.is_automatic or self.is_spam)

    @property
    def is_surely_his(self) -> bool:
        """Whether a customer wrote it from an address of his own, and nothing speaks against that.

        What is not certain of a text to a number of one business alone is only what it is about. What had
        to be asked for was written long ago.
        """
        is_from_web = self.channel == Channel.WEB
        if (
            not self.is_told
            or self.by_partner
            or is_from_web
            or self.recovered_at
            or self.filed_by in BY_A_PERSON
        ):
            return False
        return not self.filed_note or hasattr(self.our_number, "dedication")


def open_conversation(
    business: Business, contact: Contact, letter: Letter, **columns: Any
) -> CustomerMessage:
    """A new conversation; `columns` are the fields that only some ways bring. In the caller's transaction.

    What a blocked contact writes is spam.
    """
    letter = replace(letter, is_spam=letter.is_spam or contact.blocked_at is not None)
    people = letter.people or people_of(business)
    owner = people.first_owner
    message = CustomerMessage.objects.create(
        business=business,
        contact=contact,
        recipient=columns.pop("recipient", None) or (owner.user if owner else None),
        listing_snapshot=snapshot(columns.get("listing")),
        subject=(letter.subject.strip() or _first_words(letter.text))[:255],
        message=letter.text,
        sender_name=letter.from_name[:255],
        status=Status.READ if letter.is_automatic else Status.UNREAD,
        waiting_since=None if letter.is_automatic or letter.asks_nothing else letter.at,
        created_at=letter.at,
        last_activity_at=letter.at,
        snippet=snippet_of(letter.text),
        is_spam=letter.is_spam,
        **_evidence(letter),
        **(columns | _written_from(letter)),
    )
    attach(letter.attachments, message=message)
    note(message)
    members = (
        whom_to_tell(message, people, letter.is_stranger, is_new=True) if letter.is_told else []
    )
    sides = begin(message, members)
    if letter.our_number is not None:
        first_inbound(message, letter.our_number, letter.from_address, letter.at)
    if sides:
        notify_members(message, None, sides, letter.attachments, _way_back(message, letter))
    if letter.is_told:
        watch(message, letter.at)
    opened(message)
    _answer_if_away(message, letter)
    return message


def add_to_conversation(message: CustomerMessage, letter: Letter) -> MessageReply:
    """What the customer wrote next, or somebody on copy. In the caller's transaction."""
    with changing(message.pk) as locked:
        reply = MessageReply.objects.create(
            message=locked,
            direction=Direction.INBOUND,
            sender_name=letter.from_name[:255],
            from_address=letter.from_address[:254],
            by_partner=letter.by_partner,
            reply=letter.text,
            created_at=letter.at,
            **_evidence(letter),
        )
        attach(letter.attachments, reply=reply)
        note(reply)
        if locked.contact.blocked_at is not None:
            locked.is_spam = True
        if letter.is_automatic:
            machine_wrote(locked)
        elif letter.by_partner or letter.asks_nothing:
            asked_nothing(locked, letter.text, letter.at)
        else:
            customer_wrote(locked, letter.text, letter.at)
        _note_number(locked, letter)
        if letter.is_told and not locked.is_spam:
            members = whom_to_tell(locked, letter.people or people_of(locked.business))
            notify_members(locked, reply, members_of(locked, members), letter.attachments)
            if not letter.by_partner:
                watch(locked, letter.at)
    _answer_if_away(locked, letter)
    return reply


def continue_conversation(
    message: CustomerMessage, letter: Letter
) -> MessageReply | CustomerMessage:
    """Adds to a conversation, or opens one of the same parties in place of one in the trash.

    What comes next is added to the one that was opened. In the caller's transaction.
    """
    message = message.merged_into or message
    if not letter.is_automatic:
        message = _in_place_of(message)
    if letter.is_automatic or not message.deleted_at:
        return add_to_conversation(message, letter)
    return open_conversation(
        message.business,
        message.contact,
        replace(
            letter,
            from_name=letter.from_name or message.sender_name,
            is_spam=letter.is_spam or message.is_spam,
        ),
        follows=message,
        **{name: getattr(message, name) for name in PARTIES},
    )


def take_turns(message: CustomerMessage) -> None:
    """Of two at the same instant the second looks for what follows this conversation when the first is done.

    In the caller's transaction.
    """
    CustomerMessage.objects.select_for_update(no_key=True).filter(pk=message.pk).values(
        "pk"
    ).first()


def _answer_if_away(message: CustomerMessage, letter: Letter) -> None:
    """After the last change: its own door locks the conversation once more."""
    if letter.is_keyword or message.is_spam:
        return
    if message.business.answers_when_closed and letter.is_surely_his:
        written = Written(letter.channel, letter.from_address, letter.our_number)
        answer_if_away(message, written)


def _written_from(letter: Letter) -> dict[str, str]:
    if not letter.from_address:
        return {}
    if letter.channel in PHONE_CHANNELS:
        return {"sender_phone": letter.from_address[:LONGEST_PHONE]}
    return {"sender_email": letter.from_address[:254]}


def _evidence(letter: Letter) -> dict[str, Any]:
    return {
        "channel": letter.channel,
        "quoted": letter.quoted,
        "language": letter.language,
        "is_automatic": letter.is_automatic,
        "asks_nothing": letter.asks_nothing,
        "seal": letter.seal,
        "mail_id": id_of_others(letter.mail_id),
        "recovered_at": letter.recovered_at,
        "filed_by": letter.filed_by,
        "filed_note": letter.filed_note,
    }


def _note_number(message: CustomerMessage, letter: Letter) -> None:
    """Before anybody is told: what he reads says where his answer will go."""
    if letter.our_number is not None:
        speaks_from(message.contact, letter.channel, letter.from_address, letter.at)
        passed_inbound(message, letter.our_number, letter.from_address, letter.at)


def _way_back(message: CustomerMessage, letter: Letter) -> Way | None:
    """To whom nothing leads but what he just wrote from, where that is certain; else None."""
    if not (letter.is_stranger and letter.our_number):
        return None
    return way_back(message, letter.our_number, letter.from_address, letter.at)


def _in_place_of(message: CustomerMessage) -> CustomerMessage:
    """Itself; where it is in the trash, the last of those that were opened each in place of the one before."""
    passed = []
    while message.deleted_at:
        take_turns(message)
        passed.append(message.pk)
        opened = CustomerMessage.objects.select_related("merged_into").filter(
            follows=message, contact=message.contact_id, filed_by__in=CONTINUED_BY
        )
        # A join may have led back to one of them.
        ahead = opened.exclude(Q(pk__in=passed) | Q(merged_into__in=passed))
        later = ahead.order_by("-created_at").first()
        if later is None:
            break
        message = later.merged_into or later
    return message


def _first_words(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= SUBJECT_LENGTH:
        return line or "(no text)"
    return line[:SUBJECT_LENGTH].rsplit(" ", 1)[0] + "…"
