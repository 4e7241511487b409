"""The customer says for whom it is: what our question quoted is filed there, in order, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_out.models import Delivery, Sender
from gateway.asking.ask import (
    PURPOSE,
    ask_next,
    living_question,
    may_write,
    put,
    say,
    went_out_at,
)
from gateway.asking.breath import BREATH, asked_about, last_breath, shown_of, waiting_for
from gateway.asking.buttons import pressed_in
from gateway.asking.options import may_be_late, numbered_in, possible_on, worded_in
from gateway.codes import is_nothing_but_a_code, listing_in
from gateway.held import letter_of
from gateway.inbound.contacts import contact_for_address, new_contact
from gateway.inbound.filing import Letter, add_to_conversation, open_conversation
from gateway.inbound.messages import InboundText, Outcome, Received
from gateway.inbound.remarks import after_silence
from gateway.inbound.whatsapp_users import holder_since, same_since
from gateway.models import (
    Attachment,
    Business,
    CustomerMessage,
    HeldItem,
    Kind,
    Option,
    Question,
    Route,
    Settlement,
)
from gateway.routes import awake, conversation_about, lock_pair, routes_of_writer
from gateway.states import inbox_changed

STEP = "asked"
# He named a business that has several conversations with him, which are alike to him.
ALIKE = "asked_alike"
OF_SEVERAL = gettext_lazy(
    "You have several conversations with him that are called so; filed under the newest."
)
BEGUN = gettext_lazy("It is the conversation that he began in the same minute.")
ANSWERED = "It answered our question"
ASKED_ON = f"{ANSWERED}; what is held waits for the next one"
SAID_AGAIN = "It answered in words that stood in several questions; it was asked once more"
IS_OVER = "It pressed a button of a question that is answered or was asked anew"


@dataclass(frozen=True)
class Target:
    """What the customer named: a business, and of it a conversation, or a listing, or neither.

    `is_one_of_several` says that he can tell the conversation from others of that business as little as we.
    """

    business: Business
    message: CustomerMessage | None = None
    listing: Any = None
    is_one_of_several: bool = False


def hear_answer(text: InboundText, sender: Sender, files: list[Attachment]) -> Received | None:
    """What became of a text that answers our question, or None: it is a message like any other.

    A number, an option's words or a listing's code alone count only while the question is open and
    was the last thing we sent on this pair, and only if they were written after it. Words that stood in
    another question of the day may answer that one: he is asked the same once more.
    """
    question = living_question(sender, text.from_address)
    pressed = pressed_in(text.pressed)
    if pressed is not None:
        return _press(question, pressed, text) or Received(Outcome.NOTED, IS_OVER)
    if question is None or not question.is_open or not _is_to_it(question, text):
        return None
    options = list(question.options.select_related("business", "message"))
    option = numbered_in(text.text, options)
    if option is None and (named := worded_in(text.text, options)):
        if len(named) > 1 or may_be_late(question, named[0]):
            return _say_again(question, options, text, files)
        option = named[0]
    if option is not None:
        return _take(question, options, option, text, files)
    target = named_by_code(sender, text)
    return _settle(question, target, text, files) if target else None


def _say_again(
    question: Question, options: list[Option], text: InboundText, files: list[Attachment]
) -> Received | None:
    """Once a question: who writes in words for the second time may mean them as a message."""
    asked = asked_about(question, waiting_for(question))
    at = text.received_at or timezone.now()
    may_send = may_write(question.sender, question.address, at, text.messaging_service)
    if files or not asked or question.answer or not may_send:
        return None
    say(question, options, asked)
    question.answer = text.text.strip()[:255]
    question.save(update_fields=["answer"])
    return Received(Outcome.HELD, SAID_AGAIN)


def _press(
    question: Question | None, pressed: tuple[UUID, int], text: InboundText
) -> Received | None:
    """A button names its question, so that it counts as long as that one waits, whatever was said since.

    What names another question answers nothing, and its words are no message either: they may name
    a business that the one he goes on with must not read of.
    """
    asked, number = pressed
    if question is None or question.pk != asked:
        return None
    options = list(question.options.select_related("business", "message"))
    option = next((each for each in options if each.number == number), None)
    return _take(question, options, option, text, []) if option else None


def _take(
    question: Question,
    options: list[Option],
    option: Option,
    text: InboundText,
    files: list[Attachment],
) -> Received | None:
    target = target_of(option)
    if target is None:
        return _ask_on(question, options, text, files)
    return _settle(question, target, text, files)


@transaction.atomic
def choose(question: Question, shown: str, target: Target, words: str) -> CustomerMessage | None:
    """The customer chose on the page behind his link, for the held text that it showed.

    None where that does not wait for him any more, or is not what the page would show now.
    """
    lock_pair(question.sender, question.address)
    living = living_question(question.sender, question.address)
    if living is None:
        return None
    waiting = waiting_for(living)
    item = shown_of(living, waiting)
    if item is None or str(item.pk) != shown:
        return None
    return _file([item], living, waiting, target, words, may_send=False)


def target_of(option: Option) -> Target | None:
    """What an option stands for; a conversation in the trash leaves its business certain. None: nobody."""
    if option.business is None:
        return None
    message = option.message if option.message and not option.message.deleted_at else None
    return Target(option.business, message, is_one_of_several=option.stands_for_several)


def named_by_code(sender: Sender, text: InboundText) -> Target | None:
    """What a text names that is a listing's code and nothing else."""
    if not is_nothing_but_a_code(text.text):
        return None
    listing = listing_in(text.text)
    return about(listing, sender, text.from_address) if listing else None


def about(listing: Any, sender: Sender, address: str) -> Target:
    """The open conversation on the pair about a listing, or a new one."""
    routes = routes_of_writer(sender, None, address)
    lately = awake(routes, same_since(sender.channel, address, timezone.now()))
    return Target(listing.business, conversation_about(listing, lately), listing)


def _file(
    items: list[HeldItem],
    question: Question,
    waiting: list[HeldItem],
    target: Target,
    words: str,
    *,
    may_send: bool,
) -> CustomerMessage | None:
    """Files what was answered, the oldest first, under the lock on the pair, and asks about the rest.

    None where a person has settled all of it meanwhile; the question is over in any case.
    `may_send` says that the next question may go to the customer's phone.
    """
    message = target.message
    note = _("We asked; the customer chose “%(words)s”.") % {"words": words}
    step = STEP
    if message and target.is_one_of_several:
        step, note = ALIKE, f"{note} {OF_SEVERAL}"
    elif message is None and items and (message := _begun_with(items, question, target)):
        note = f"{note} {BEGUN}"
    for item in items:
        letter = letter_of(item, question.sender, step, note)
        if message is None:
            message = _open(question, target, letter)
        else:
            add_to_conversation(message, letter)
    _close(question, words, items, message)
    rest = last_breath(question, [item for item in waiting if item not in items])
    if rest:
        ask_next(question, rest, may_send=may_send)
    return message if items else None


def _begun_with(
    items: list[HeldItem], question: Question, target: Target
) -> CustomerMessage | None:
    """Who means something new and began it by another text in the same breath, with a code, means that."""
    if target.listing is not None:
        return None
    sender = question.sender
    first, last = items[0].created_at - BREATH, items[-1].created_at + BREATH
    begun = CustomerMessage.objects.filter(
        routes__sender=sender,
        routes__normalized=question.normalized,
        business=target.business,
        channel=sender.channel,
        created_at__range=(first, last),
        deleted_at=None,
    )
    return begun.order_by("created_at", "id").first()


def _is_to_it(question: Question, text: InboundText) -> bool:
    """Whether the text can only be about the question: it quotes it, or follows it with nothing between."""
    if text.quoted_id:
        said = Delivery.objects.filter(provider_id=text.quoted_id, purpose=PURPOSE)
        return said.filter(
            sender=question.sender_id,
            to_address=question.address,
            created_at__gte=question.created_at,
        ).exists()
    asked_at = went_out_at(question)
    if text.received_at and text.received_at < asked_at:
        return False
    between = Route.objects.filter(
        sender=question.sender_id,
        normalized=question.normalized,
        last_outbound_at__gte=asked_at,
    )
    return not between.exists()


def _settle(
    question: Question, target: Target, text: InboundText, files: list[Attachment]
) -> Received | None:
    waiting = waiting_for(question)
    items, words = asked_about(question, waiting), text.text.strip()
    message = _file(items, question, waiting, target, words, may_send=True)
    if message is None:
        return None if files else Received(Outcome.NOTED, IS_OVER)
    if files:  # a digit under a photo: the photo is for the same
        add_to_conversation(message, replace(_letter(text, question.sender), attachments=files))
    return Received(Outcome.FILED, ANSWERED, message)


def _ask_on(
    question: Question, options: list[Option], text: InboundText, files: list[Attachment]
) -> Received | None:
    """None of what we named: then which business, where we named several; else the link, where he says it."""
    if files:
        return None  # it is held with the others, and what was asked stands
    waiting = waiting_for(question)
    asked = asked_about(question, waiting)
    question.answer = text.text.strip()[:255]
    question.save(update_fields=["answer"])
    if not asked:
        return _ask_about_the_rest(question, waiting)
    sender, address = question.sender, question.address
    at = text.received_at or timezone.now()
    named = {option.business_id for option in options if option.business_id}
    kind = Kind.BUSINESS if question.kind == Kind.TOPIC and len(named) > 1 else Kind.UNKNOWN
    may_send = may_write(sender, address, at, text.messaging_service)
    possible = possible_on(sender, address, holder_since(text))
    put(sender, address, kind, possible, asked, may_send=may_send)
    return Received(Outcome.HELD, ASKED_ON)


def _ask_about_the_rest(question: Question, waiting: list[HeldItem]) -> Received | None:
    """People have settled what he answers."""
    rest = last_breath(question, waiting)
    if not rest:
        return None
    ask_next(question, rest, may_send=True)
    return Received(Outcome.HELD, ASKED_ON)


def _open(question: Question, target: Target, letter: Letter) -> CustomerMessage:
    """A new conversation: of the customer whom the business knows, unless the phone was silent for long."""
    found = routes_of_writer(question.sender, target.business, question.address)
    routes = [route for route in found if route.business_id == target.business.pk]
    contact_for = contact_for_address
    if routes and not awake(routes, same_since(letter.channel, letter.from_address, letter.at)):
        contact_for = new_contact
        note = f"{letter.filed_note} {after_silence(routes[0])}"
        letter = replace(letter, filed_note=note, is_stranger=True)
    contact = contact_for(
        target.business, letter.channel, letter.from_address, letter.from_name, letter.at
    )
    return open_conversation(target.business, contact, letter, listing=target.listing)


def _letter(text: InboundText, sender: Sender) -> Letter:
    return Letter(
        channel=text.channel,
        text=text.text,
        at=text.received_at or timezone.now(),
        filed_by=STEP,
        from_address=text.from_address,
        from_name=text.from_name,
        our_number=sender,
    )


def _close(
    question: Question, words: str, items: list[HeldItem], chosen: CustomerMessage | None
) -> None:
    now = timezone.now()
    question.answer = words[:255]
    HeldItem.objects.filter(pk__in=[item.pk for item in items]).update(
        settlement=Settlement.FILED, settled_at=now
    )
    Question.objects.filter(pk=question.pk).update(
        settled_at=now, due_at=None, answer=question.answer, chosen=chosen if items else None
    )
    for business_id in sorted({item.business_id for item in items if item.business_id}):
        inbox_changed(business_id)
