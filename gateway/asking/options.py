"""What a customer may have meant: the conversations that truly passed between the two numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from channels_out.models import Sender
from gateway.addresses import normalize, plain_name
from gateway.asking.words import ENGLISH, known, words_in
from gateway.models import Business, CustomerMessage, Kind, Option, Question, Route
from gateway.routes import awake, last_used

# One digit answers; more than a few nobody reads in a text message.
MOST_TOPICS = 6
MOST_BUSINESSES = 9
LONGEST_NAME = 40
HIGHEST = 9
# A webhook that comes later than that has not been seen.
LATEST = timedelta(days=1)
# "1", "1.", "(1)", "#1" and the keycap that phones offer for it (Unicode, emoji keycap sequences).
_NUMBER = re.compile(r"[\s\"'“”#(*]*(\d)[\s\"'“”.,:!)*\ufe0f\u20e3]*")


@dataclass(frozen=True)
class Possible:
    """What is known of a pair: its living conversations, the one used last first, and their businesses."""

    messages: list[CustomerMessage]
    businesses: list[Business]
    language: str


def possible_on(sender: Sender, address: str, since: datetime) -> Possible:
    """What a text between these two may be about; what was silent before `since` may be another person's."""
    found = Route.objects.filter(sender=sender, normalized=normalize(sender.channel, address))
    routes = found.select_related("message__business", "message__contact")
    newest = awake(sorted(routes, key=last_used, reverse=True), since)
    messages = [route.message for route in newest]
    businesses = {message.business_id: message.business for message in messages}
    languages = (known(each.contact.language or each.language) for each in messages)
    return Possible(
        [message for message in messages if message.deleted_at is None],
        list(businesses.values()),
        next(filter(None, languages), ENGLISH),
    )


def in_the_order_of(before: Iterable[Option], possible: Possible) -> Possible:
    """The same, what was offered before in the order in which it was offered."""
    numbers = {option.message_id: option.number for option in before if option.message_id}
    last = len(numbers) + len(possible.messages)
    messages = sorted(possible.messages, key=lambda each: numbers.get(each.pk, last))
    return replace(possible, messages=messages)


def options_of(kind: Kind, possible: Possible) -> list[Option]:
    """The answers to choose from, not saved, numbered from 1; none where nothing is known.

    0 is always the last and names nobody: the way out, to the next question or to the link.
    """
    options = _options_of(kind, possible)
    _number(options, 1)
    return options


def go_on_after(question: Question, options: list[Option], *, is_the_same: bool) -> None:
    """Numbers the options of the question in its place, so that an answer to the one never answers the other.

    A webhook may come hours late, and nothing in it says when the text was written: after one that was not
    answered the numbers go on. They are the same, as far as they mean the same, after one that was answered,
    as who is impatient sends his "4" twice, and where it `is_the_same` that is asked about.
    """
    before = {option.number: option for option in question.options.exclude(number=0)}
    is_lately = question.asked_at and question.asked_at > timezone.now() - LATEST
    if not before or not is_lately:
        return
    _number(options, min(before))
    may_stay = is_the_same or question.answer
    if not may_stay or any(_means_another(option, before) for option in options):
        _number(options, max(before) + 1)


def _options_of(kind: Kind, possible: Possible) -> list[Option]:
    words = words_in(possible.language)
    match kind:
        case Kind.TOPIC if len(possible.businesses) == 1:
            only = possible.businesses[0]
            new = Option(name=words.new_with.format(business=_short(only.name)), business=only)
            return [*_topics(possible), new, Option(number=0, name=words.other)]
        case Kind.TOPIC:
            return [*_topics(possible), Option(number=0, name=words.new)]
        case Kind.BUSINESS:
            businesses = [
                Option(name=_short(business.name), business=business)
                for business in possible.businesses[:MOST_BUSINESSES]
            ]
            return [*businesses, Option(number=0, name=words.other)]
    return []


def named_in(text: str, options: list[Option]) -> Option | None:
    """The option that a text names, by its number or by its words, and by nothing else besides.

    Not by words where the numbers do not begin with 1: they may answer the question before.
    """
    number = _NUMBER.fullmatch(text)
    if number:
        return next((each for each in options if each.number == int(number[1])), None)
    named = _named_in_words(text, options)
    may_be_late = all(each.number != 1 for each in options)
    return named[0] if len(named) == 1 and not may_be_late else None


def is_number(text: str) -> bool:
    """Whether it is the number of an option, of whatever question, and nothing else."""
    return bool(_NUMBER.fullmatch(text))


def is_in_words_of(text: str, options: Iterable[Option]) -> bool:
    """Whether it is what stands in an option, and nothing else."""
    return bool(_named_in_words(text, options))


def _number(options: list[Option], first: int) -> None:
    """Gives all but the way out their numbers, from `first` if nine suffice."""
    named = [option for option in options if option.number != 0]
    start = first if first + len(named) <= HIGHEST + 1 else 1
    for number, option in enumerate(named, start=start):
        option.number = number


def _means_another(option: Option, before: dict[int, Option]) -> bool:
    """Whether its number stood for another business, or for another conversation of it."""
    same = before.get(option.number)
    if same is None:
        return False
    is_other = same.message_id and option.message_id and same.message_id != option.message_id
    return bool(is_other) or same.business_id != option.business_id


def _named_in_words(text: str, options: Iterable[Option]) -> list[Option]:
    said = _plain(text)
    return [each for each in options if said and said in (_plain(each.name), _plain(str(each)))]


def _topics(possible: Possible) -> list[Option]:
    """One for each thing that the customer can tell apart; of several alike the one used last."""
    topics: dict[str, Option] = {}
    for message in possible.messages:
        key = f"{message.business_id}:{_title(message)}"
        if key in topics:
            topics[key].stands_for_several = True
        else:
            topics[key] = Option(
                name=_name(message), business_id=message.business_id, message=message
            )
    there = {message.business_id for message in possible.messages}
    gone = [business for business in possible.businesses if business.pk not in there]
    rest = [Option(name=_short(business.name), business=business) for business in gone]
    return [*topics.values(), *rest][:MOST_TOPICS]


def _name(message: CustomerMessage) -> str:
    business = _short(message.business.name)
    title = _short(_title(message))
    return f"{title} ({business})" if title else business


def _title(message: CustomerMessage) -> str:
    return str(message.listing_snapshot.get("title") or "")


def _short(name: str) -> str:
    plain = plain_name(name)
    # Not the one character: it would force the dear encoding (UCS-2) on the whole message.
    return plain if len(plain) <= LONGEST_NAME else plain[: LONGEST_NAME - 3].rstrip() + "..."


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
