"""What a customer may have meant: the conversations that truly passed between the two numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.utils import timezone

from channels_out.models import Sender
from gateway.addresses import normalize, plain_name
from gateway.asking.words import ENGLISH, known, words_in
from gateway.models import Business, CustomerMessage, Kind, Option, Question, Route
from gateway.routes import awake, last_used

# More than a few nobody reads in a text message.
MOST_TOPICS = 6
MOST_BUSINESSES = 9
LONGEST_NAME = 40
HIGHEST = 99
# A webhook that comes later than that has not been seen.
LATEST = timedelta(days=1)
# "1", "1.", "(1)", "#1" and the keycap that phones offer for it (Unicode, emoji keycap sequences).
_NUMBER = re.compile(r"[\s\"'“”#(*]*(\d{1,2})[\s\"'“”.,:!)*\ufe0f\u20e3]*")


@dataclass(frozen=True)
class Possible:
    """What is known of a pair: its living conversations, the one used last first, and their businesses."""

    messages: list[CustomerMessage]
    businesses: list[Business]
    language: str


def possible_on(sender: Sender, address: str, since: datetime, spoken: str = "") -> Possible:
    """What a text between these two may be about; what was silent before `since` may be another person's.

    Its language is that of his conversations, else `spoken`, in which he writes.
    """
    found = Route.objects.filter(sender=sender, normalized=normalize(sender.channel, address))
    routes = found.select_related("message__business", "message__contact")
    newest = awake(sorted(routes, key=last_used, reverse=True), since)
    messages = [route.message for route in newest]
    businesses = {message.business_id: message.business for message in messages}
    languages = (known(each.contact.language or each.language) for each in messages)
    return Possible(
        [message for message in messages if message.deleted_at is None],
        list(businesses.values()),
        next(filter(None, languages), known(spoken) or ENGLISH),
    )


def options_of(kind: Kind, possible: Possible, first: int) -> list[Option]:
    """The answers to choose from, not saved, numbered from `first`; none where nothing is known.

    0 is always the last and names nobody: the way out, to the next question or to the link.
    """
    options = _options_of(kind, possible)
    named = [option for option in options if option.number != 0]
    for number, option in enumerate(named, start=first):
        option.number = number
    return options


def next_number(sender: Sender, normalized: str) -> int:
    """Where the numbers of a question begin: no two of a day have the same on one pair.

    A webhook may come hours late, and nothing in it says when the text was written; who gets no reaction
    writes his number twice. Neither may answer another question.
    """
    lately = _offered(sender, normalized, timezone.now())
    last: int = lately.aggregate(last=Max("number"))["last"] or 0
    return last + 1 if last + MOST_BUSINESSES <= HIGHEST else 1


def may_be_late(question: Question, option: Option) -> bool:
    """Whether these words stood in another question of the same day, which they may answer."""
    if option.number == 0:
        return False
    lately = _offered(question.sender, question.normalized, question.created_at)
    return lately.filter(name=option.name).exclude(question=question).exists()


def _offered(sender: Sender, normalized: str, until: datetime) -> QuerySet[Option]:
    return Option.objects.filter(
        question__sender=sender,
        question__normalized=normalized,
        question__created_at__gte=until - LATEST,
        question__asked_at__isnull=False,
    )


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


def numbered_in(text: str, options: Iterable[Option]) -> Option | None:
    """The option whose number a text is, with its words or without, and nothing else besides."""
    found, said = _NUMBER.fullmatch(text), _plain(text)
    return next((each for each in options if _is_number_of(each, found, said)), None)


def worded_in(text: str, options: Iterable[Option]) -> list[Option]:
    """The options whose words a text is, and nothing else besides."""
    said = _plain(text)
    return [each for each in options if said and said == _plain(each.name)]


def is_number(text: str, options: Iterable[Option]) -> bool:
    """Whether it is nothing but a digit, which may answer any question, or the number of one of these."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return False
    return len(found[1]) == 1 or numbered_in(text, options) is not None


def _is_number_of(option: Option, found: re.Match[str] | None, said: str) -> bool:
    return int(found[1]) == option.number if found else said == _plain(str(option))


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
