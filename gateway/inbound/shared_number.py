"""What names the business, and the conversation, where several businesses write from one number."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from gateway.asking.ask import is_asked
from gateway.asking.breath import BREATH
from gateway.inbound.elsewhere import (
    is_everybodys,
    is_in_no_link,
    is_of_pool,
    last_elsewhere,
    names_another,
)
from gateway.inbound.evidence import RECENT, Evidence, Found
from gateway.inbound.remarks import LIKELY, of_several
from gateway.models import Question, Route
from gateway.routes import last_used, went_out_between

# Who writes in several pieces says only once for whom they are.
SITTING = timedelta(hours=1)
# Who deals with several businesses, or writes where he may mean any, turns to the next one sooner than that.
A_MOMENT = timedelta(minutes=5)
# Who answers a text at once answers that text, where he cannot mean just any business.
AT_ONCE = timedelta(hours=1)
# After a day an answer on a number of several businesses is likely, not certain.
PROMPT = timedelta(days=1)
# Who comes back later than that on a number of a pool has begun something else as likely as not.
GOES_ON = timedelta(weeks=2)


def by_number_in_no_link(evidence: Evidence) -> Found | None:
    """A shared number on which only this business deals with this address, and that stands in no link.

    He knows it from nobody else. Of its conversations there the one with the newest activity.
    """
    if len({route.business_id for route in evidence.routes}) != 1:
        return None
    business = evidence.routes[0].business
    if not is_in_no_link(evidence.sender) or names_another(evidence.text.text, business.pk):
        return None
    if evidence.is_between_several:
        return None
    message = evidence.living[0].message if evidence.living else None
    return Found("pair", business, message, of_several(evidence.living, evidence.at))


def by_choice(evidence: Evidence) -> Found | None:
    """A shared number on which the customer just said for whom it is, or wrote to the only one there is.

    For an hour, or for minutes where he deals with others or all write from this number. Unless we wrote
    there for another conversation since, or another business may be meant since, or he is asked already.
    """
    if is_asked(evidence.sender, evidence.text.from_address):
        return None
    chosen, chosen_at = _chosen_lately(evidence)
    if chosen is None and len(evidence.routes) == 1:
        chosen = evidence.routes[0]
    if chosen is None or chosen.message.deleted_at or not chosen.last_inbound_at:
        return None
    if _wrote_for_another(evidence, chosen):
        return None
    elsewhere = last_elsewhere(evidence.sender, evidence.phone, chosen.business_id)
    if elsewhere and elsewhere >= chosen.last_inbound_at:
        return None
    told_at = evidence.told_at
    if told_at and told_at >= chosen.last_inbound_at:
        return None
    has_others = elsewhere or told_at or len({route.business_id for route in evidence.routes}) > 1
    said_at = max(chosen.last_inbound_at, chosen_at or chosen.last_inbound_at)
    passed = evidence.at - said_at
    is_sitting = passed <= SITTING and not has_others
    if passed > A_MOMENT and (not is_sitting or is_everybodys(evidence.sender, chosen.business_id)):
        return None
    is_of_before = passed < -BREATH  # it was lost on the way
    if is_of_before or names_another(evidence.text.text, chosen.business_id):
        return None
    return Found(
        "just_before", chosen.message.business, chosen.message, _("He wrote there just before.")
    )


def by_recent_answer(evidence: Evidence) -> Found | None:
    """A shared number that only one business uses with this address, and we wrote lately for one conversation.

    If that is in the trash by now, the business is certain all the same. Where another business has
    written on the pair, however long ago, or told him of a customer, or he is asked for whom he wrote, the
    newest answer is no evidence: he may mean that one.
    Neither is it where he deals with another one that never wrote here, but for an hour, or where all
    write from this number, but for minutes.
    """
    if len({route.business_id for route in evidence.routes}) != 1:
        return None
    since = evidence.at - RECENT
    recent = [
        route
        for route in evidence.routes
        if route.last_outbound_at and route.last_outbound_at >= since
    ]
    living = [route.message for route in recent if route in evidence.living]
    if not recent or len(living) > 1 or evidence.is_between_several:
        return None
    business = recent[0].business
    wrote_at = max(filter(None, (route.last_outbound_at for route in recent)))
    elsewhere = last_elsewhere(evidence.sender, evidence.phone, business.pk)
    passed = evidence.at - wrote_at
    is_of_before = passed < timedelta(0)  # it was lost on the way
    if is_of_before or (elsewhere and (elsewhere >= wrote_at or passed > AT_ONCE)):
        return None
    if is_everybodys(evidence.sender, business.pk) and not went_out_between(
        evidence.sender, recent, evidence.at - A_MOMENT, evidence.at
    ):
        return None
    if names_another(evidence.text.text, business.pk):
        return None
    is_likely = elsewhere is not None or passed > PROMPT
    notes = (str(LIKELY) if is_likely else "", of_several(evidence.living, evidence.at))
    return Found("recent", business, living[0] if living else None, " ".join(filter(None, notes)))


def by_number_of_pool(evidence: Evidence) -> Found | None:
    """A number of a pool on which only this business deals with this address, and did so within weeks.

    It was chosen for that. Of its conversations there the one with the newest activity. Likely, not
    certain: whoever found a listing of another business may have written to this number, too, and the
    longer ago, the likelier.
    """
    if len({route.business_id for route in evidence.routes}) != 1:
        return None
    if max(map(last_used, evidence.routes)) < evidence.at - GOES_ON:
        return None
    business = evidence.routes[0].business
    if evidence.sender.is_front_door or not is_of_pool(evidence.sender):
        return None
    if evidence.is_between_several:
        return None
    if last_elsewhere(evidence.sender, evidence.phone, business.pk):
        return None
    if names_another(evidence.text.text, business.pk):
        return None
    message = evidence.living[0].message if evidence.living else None
    notes = (str(LIKELY), of_several(evidence.living, evidence.at))
    return Found("pair", business, message, " ".join(filter(None, notes)))


def _chosen_lately(evidence: Evidence) -> tuple[Route | None, datetime | None]:
    """What he chose when we asked him last, and when; of the only conversation there is nothing is asked."""
    if len(evidence.routes) < 2:
        return None, None
    since = evidence.at - SITTING
    answered = Question.objects.filter(
        sender=evidence.sender, normalized=evidence.phone, created_at__gte=since - RECENT
    )
    newest = answered.filter(settled_at__gte=since, chosen__isnull=False).order_by("-created_at")
    chosen, at = newest.values_list("chosen", "settled_at").first() or (None, None)
    return next((route for route in evidence.routes if route.message_id == chosen), None), at


def _wrote_for_another(evidence: Evidence, chosen: Route) -> bool:
    since = chosen.last_inbound_at or chosen.created_at
    others = (route for route in evidence.routes if route != chosen)
    return any(route.last_outbound_at and route.last_outbound_at > since for route in others)
