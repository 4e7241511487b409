"""An answer in a WhatsApp template, for when the customer's 24 hours are over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_out.models import Sender
from channels_out.outgoing import Pairs
from gateway.links import conversation_url, whole_url
from gateway.models import CustomerMessage, Filling, TemplateCategory, WhatsAppTemplate
from gateway.models.template import PLACE
from gateway.own_opening import own_subject
from gateway.participants import contact_name

# WhatsApp counts the text with its places filled: https://www.twilio.com/docs/api/errors/63021
LONGEST = 1024
# What may stand in a place: https://www.twilio.com/docs/api/errors/21656
_BREAK = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029]| {5,}")
_BLANKS = re.compile(r"\s+")


class DoesNotFit(Exception):
    """The words do not fit into a template; the message says why, to the owner."""


@dataclass(frozen=True)
class Filled:
    """A template with its places filled: `text` is what the customer reads."""

    template: WhatsAppTemplate
    variables: Pairs
    text: str


def templates_for(message: CustomerMessage, sender: Sender) -> list[WhatsAppTemplate]:
    """The templates in which this customer may be written to from this number, the most fitting first.

    One that carries the answer comes first, then the conversation's language, then what WhatsApp
    does not take for advertising.
    """
    active = WhatsAppTemplate.objects.filter(
        Q(sender=None) | Q(sender=sender), business=message.business_id, is_active=True
    )
    language = message.language or message.contact.language
    return sorted(
        active,
        key=lambda each: (
            not each.carries_answer,
            bool(language) and not each.language.startswith(language),
            each.category == TemplateCategory.MARKETING,
        ),
    )


def pick(templates: list[WhatsAppTemplate], wish: UUID | None) -> WhatsAppTemplate | None:
    """The one that was asked for, else the first; None where there is none."""
    if wish is None:
        return next(iter(templates), None)
    return next((each for each in templates if each.pk == wish), None)


def fill(
    template: WhatsAppTemplate,
    message: CustomerMessage,
    words: str,
    given: Mapping[str, str],
) -> Filled:
    """The template with an answer in it; `given` are values of the owner's choice by place.

    The line breaks of an answer become spaces, as WhatsApp allows none. Raises DoesNotFit.
    """
    values = {
        place: _given(template, place, given[place])
        if place in given
        else _value(Filling(filling), message, words)
        for place, filling in template.places.items()
    }
    if unknown := sorted(set(given) - set(values)):
        words = _("“%(template)s” has no place %(places)s.")
        raise DoesNotFit(words % {"template": template, "places": ", ".join(unknown)})
    if empty := [place for place, value in values.items() if not value]:
        filling = Filling(template.places[empty[0]])
        words = _("“%(template)s” needs %(what)s, and there is none.")
        raise DoesNotFit(words % {"template": template, "what": NEEDED[filling]})
    text = PLACE.sub(lambda place: values[place[1]], template.body)
    if len(text) > LONGEST:
        over = len(text) - LONGEST
        words = _("WhatsApp takes %(most)d characters in a template; this is %(over)d too long.")
        raise DoesNotFit(words % {"most": LONGEST, "over": over})
    return Filled(template, tuple(values.items()), text)


NEEDED = {
    Filling.ANSWER: gettext_lazy("the answer's text"),
    Filling.CUSTOMER: gettext_lazy("the customer's name"),
    Filling.BUSINESS: gettext_lazy("the business's name"),
    Filling.LISTING: gettext_lazy("the listing's title"),
    Filling.LINK: gettext_lazy("the link to the conversation"),
}


def sample_of(template: WhatsAppTemplate) -> str:
    """What a customer could read, with made-up values in its places."""
    values = {
        Filling.ANSWER: _("Yes, it is still there. You can come and see it on Friday."),
        Filling.CUSTOMER: _("Maya Okafor"),
        Filling.BUSINESS: template.business.name,
        Filling.LISTING: _("Blue bike"),
        Filling.LINK: whole_url("/c/..."),
    }
    filled = {place: values[Filling(filling)] for place, filling in template.places.items()}
    return PLACE.sub(lambda place: filled.get(place[1], place[0]), template.body)


def _given(template: WhatsAppTemplate, place: str, value: str) -> str:
    if template.places[place] == Filling.ANSWER:
        words = _("The place %(place)s of “%(template)s” holds the answer's text.")
        raise DoesNotFit(words % {"place": place, "template": template})
    if _BREAK.search(value):
        words = _(
            "The place %(place)s has a line break, a tab or more than four spaces; "
            "WhatsApp takes none of them."
        )
        raise DoesNotFit(words % {"place": place})
    return value.strip()


def _value(filling: Filling, message: CustomerMessage, words: str) -> str:
    if filling == Filling.LINK:
        return conversation_url(message)
    values = {
        Filling.ANSWER: words,
        Filling.CUSTOMER: contact_name(message.contact, message),
        Filling.BUSINESS: message.business.name,
        Filling.LISTING: str(message.listing_snapshot.get("title", "")) or own_subject(message),
    }
    return _BLANKS.sub(" ", values[filling]).strip()
