"""What the world is made of. Assumptions, each with its reason; docs/filing.md shows this table.

They are set once, from what is known of the field, and never to make a run pass.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """How often something happens, of what, and where the number comes from."""

    value: float
    of: str
    why: str


NO_SOURCE = "a guess"
SHARES = {
    # How a matter begins: the rest begins by text.
    "by_form": Share(0.45, "matters that begin with the web form", NO_SOURCE),
    "by_mail": Share(
        0.20, "matters that begin by mail to a public or a listing's address", NO_SOURCE
    ),
    "form_gives_phone": Share(0.70, "forms that name a phone", NO_SOURCE),
    "form_gives_mail": Share(
        0.75, "forms that name a mail address (all without a phone do)", NO_SOURCE
    ),
    "form_wrong_phone": Share(
        0.004, "phones in forms that are a typing error and somebody else's", NO_SOURCE
    ),
    "code_erased": Share(
        0.10,
        "texts begun by a link or QR code of which the code was erased",
        "a guess: prefilled words are edited",
    ),
    "bare_on_dedicated": Share(
        0.40,
        "texts that begin a matter on a dedicated number and have no code",
        "a guess: the number is on the sign",
    ),
    "without_warning": Share(
        0.50,
        "matters begun by text with a business he has texted with: in the same thread, without a code",
        "a guess: phones offer the thread, not the link",
    ),
    "remembered": Share(
        0.25,
        "matters begun by mail with a known business: to a remembered reply address",
        "a guess: mail programs complete addresses",
    ),
    "forwarded_elsewhere": Share(
        0.03,
        "matters begun by mail: a business's mail passed on to another business's address",
        NO_SOURCE,
    ),
    "about_a_listing": Share(
        0.75, "matters that are about a listing; the others are about none", NO_SOURCE
    ),
    # Who there is.
    "same_business_again": Share(
        0.35, "later matters of a customer with a business he knows", NO_SOURCE
    ),
    "at_once": Share(
        0.45,
        "later matters that begin within three days of the one before",
        "a guess: who looks, compares",
    ),
    "phone_changes_hands": Share(
        0.03,
        "customers whose phone another customer gets",
        "FCC: some 35 million US numbers are disconnected a year and given out again",
    ),
    "new_holder_same_business": Share(
        0.30,
        "new holders who write to a business of the old one",
        "a guess, high: it is the hard case",
    ),
    "german": Share(0.10, "customers who write German", NO_SOURCE),
    "uses_whatsapp": Share(
        0.35, "customers who write by WhatsApp where the business has it", NO_SOURCE
    ),
    "drops_references": Share(
        0.12, "mail programs that drop In-Reply-To and References", NO_SOURCE
    ),
    "token_in_cc": Share(
        0.06, "mail answers with the reply address in Cc, somebody else in To", NO_SOURCE
    ),
    "other_address": Share(
        0.08, "customers who sometimes answer from another address (alias, partner)", NO_SOURCE
    ),
    "owner_alias": Share(
        0.05, "owners who once answer from an address not known as theirs", NO_SOURCE
    ),
    "owner_passes_on": Share(
        0.002, "notifications that a colleague answers, who got them forwarded", NO_SOURCE
    ),
    # What they do.
    "owner_answers": Share(0.80, "messages of customers that are answered", NO_SOURCE),
    "owner_waits_a_day": Share(
        0.05, "answers of owners that come after one to three days", NO_SOURCE
    ),
    "owner_by_mail": Share(
        0.60, "owners who answer by mail; the others in the dashboard", NO_SOURCE
    ),
    "customer_goes_on": Share(0.66, "answers after which the customer writes again", NO_SOURCE),
    "in_two_pieces": Share(0.12, "texts followed by a second one within a minute", NO_SOURCE),
    "switches_to_text": Share(
        0.03,
        "answers to a mail that come by text to the business's own number (dedicated only)",
        NO_SOURCE,
    ),
    "late_thought": Share(
        0.10, "matters to which the customer comes back after 3 to 60 days, by himself", NO_SOURCE
    ),
    "nudges": Share(0.20, "unanswered texts after which the customer asks again", NO_SOURCE),
    "quotes": Share(
        0.15, "WhatsApp messages that quote the one they answer", "a guess: many never use it"
    ),
    "two_at_once": Share(0.005, "mail answers that go to two businesses at once", NO_SOURCE),
    "machine_answers": Share(0.01, "mails to customers that an absence notice answers", NO_SOURCE),
    "archived": Share(0.50, "matters that the owner archives when they are over", NO_SOURCE),
    "listing_gone": Share(0.15, "listings that are deleted at some time", NO_SOURCE),
    # How customers take our question.
    "answers_question": Share(
        0.85, "questions that are answered by their digit or words", NO_SOURCE
    ),
    "answers_in_words": Share(0.10, "such answers in the option's words", NO_SOURCE),
    "writes_on": Share(0.30, "unanswered questions under which he writes on instead", NO_SOURCE),
    "opens_link": Share(0.50, "links of ours that are opened and used", NO_SOURCE),
    # What happens on the way.
    "text_lost": Share(
        0.002,
        "webhooks of texts that never come (fallback failed as well)",
        "a guess; Twilio names the case (30039)",
    ),
    "text_twice": Share(0.02, "webhooks of texts that come twice, up to 2 hours apart", NO_SOURCE),
    "text_late": Share(0.015, "webhooks of texts that come 5 minutes to 20 hours late", NO_SOURCE),
    "pieces_swapped": Share(0.05, "texts in two pieces whose second comes first", NO_SOURCE),
    "mail_twice": Share(0.015, "mails that are handed over twice", NO_SOURCE),
    "mail_late": Share(0.03, "mails that come 5 to 60 minutes late", "a guess: greylisting"),
}

MONTHS = 13
# Of a customer; the last is for whoever deals with many.
MATTERS = ((1, 0.42), (2, 0.24), (3, 0.14), (4, 0.08), (6, 0.08), (9, 0.04))
# Days between the last word of the old holder of a phone and the first of the new one.
AGING = ((50, 90, 0.35), (90, 180, 0.25), (180, 260, 0.40))


def share(name: str) -> float:
    """How often."""
    return SHARES[name].value
