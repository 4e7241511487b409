"""A member who ended what he is told by: he sees it in the dashboard, can undo it, and learns of it another way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from channels_out.channel import Channel
from channels_out.models import Delivery, Sender, Suppression
from channels_out.outgoing import Rendered
from channels_out.suppression import EMAIL_SCOPE, lift, scopes_of, suppressed
from gateway.addresses import is_phone
from gateway.models import MemberAddress, Membership, NotificationSettings
from gateway.participants import email_of
from gateway.people import gets_mail, people_of
from gateway.telling.choices import spoken_to, wishes_of
from gateway.telling.matter import MemberMatter
from gateway.telling.render import mail_of_stop, settings_url
from gateway.telling.tell import asleep_until, mail_to, stand_by
from gateway.telling.texts import line_to, members_texted_at, text_to

DIGEST, MAIL, TEXTS = "digest", "mail", "texts"
UNDONE = "Taken back in the dashboard."
_WHAT = {
    DIGEST: _("The daily digest was ended with one click."),
    "complained": _("A mail of ours was reported as spam, so we send no mail there any more."),
    "unsubscribed": _("Our mail was unsubscribed from, so we send no mail there any more."),
    TEXTS: _("Somebody texted STOP from this phone, so we send no texts there any more."),
}


@dataclass(frozen=True)
class Stop:
    """What is not sent to a member any more, and why. `start_at` is a number of ours that he texts START to."""

    kind: str
    key: str
    address: str
    why: str
    start_at: str = ""


def stops_of(user: Any, members: Iterable[Membership]) -> list[Stop]:
    """What this person is not told by any more, by his own doing."""
    ended = NotificationSettings.objects.filter(
        membership__in=members, digest_stopped_at__isnull=False, digest_at__isnull=False
    ).select_related("membership__business")
    digests = [
        Stop(DIGEST, str(each.membership_id), each.membership.business.name, gettext(_WHAT[DIGEST]))
        for each in ended
    ]
    # One STOP may stop several scopes: the number's and its Messaging Service's.
    by_address = {(each.channel, each.address): each for each in _suppressions(user, members)}
    return digests + [_stop(each) for each in by_address.values()]


class ToldLess(MemberMatter):
    """A member is told less from now on: `why` is one of the sentences of `_WHAT`, in English."""

    kind = "told_less"

    def mail(self, member: Membership) -> Rendered:
        """To himself, or to another one."""
        return mail_of_stop(self.whose, gettext(self.why), is_own=member.pk == self.whose.pk)


@transaction.atomic
def undo(user: Any, members: Iterable[Membership], kind: str, key: str) -> bool:
    """Takes back one of `stops_of`; whether there was such a one."""
    if kind == DIGEST:
        ended = NotificationSettings.objects.filter(
            membership__in=members, digest_stopped_at__isnull=False
        )
        own = [each.pk for each in ended if str(each.membership_id) == key]
        return bool(NotificationSettings.objects.filter(pk__in=own).update(digest_stopped_at=None))
    stops = [
        each for each in _suppressions(user, members) if (_kind(each), each.address) == (kind, key)
    ]
    for each in stops:
        lift(each.channel, each.scope, each.address, words=UNDONE)
    return bool(stops)


@transaction.atomic
def stop_digest(member: Membership) -> None:
    """He wants no digest any more; once told on a second channel."""
    wishes = NotificationSettings.objects.filter(membership=member, digest_stopped_at=None)
    if wishes.update(digest_stopped_at=timezone.now()):
        _tell_another_way(member, _WHAT[DIGEST], by_mail=False)


def member_called_it_unwanted(
    sender: Any, delivery: Delivery, address: str, reason: str, **_: Any
) -> None:
    """Receives `address_unwanted`, inside the transaction that recorded it. Only the first time tells anybody.

    Whatever mail it was, an answer to him as a customer of another business too: none goes there any more.
    """
    if suppressed([(str(Channel.EMAIL), EMAIL_SCOPE, address)]):
        return
    for member in _members_at(address):
        _tell_another_way(member, _WHAT[reason], by_mail=False)


def member_texted_stop(sender: Sender, phone: str) -> None:
    """Tells those whose notifications come from this number to this phone, by mail, that it gets no more texts.

    Others where no mail goes to them. In the transaction that heard it.
    """
    for member in members_texted_at(phone):
        if sender in _senders_of([member]):
            _tell_another_way(member, _WHAT[TEXTS], by_mail=True)


def _suppressions(user: Any, members: Iterable[Membership]) -> list[Suppression]:
    """Those that stop what his businesses send to this person's own address and to his verified phones."""
    shown = MemberAddress.objects.filter(
        user=user, channel=Channel.SMS, verified_at__isnull=False
    ).values("address")
    own = Q(channel=Channel.EMAIL, scope=EMAIL_SCOPE, address=email_of(user).casefold())
    phones = Q(channel=Channel.SMS, address__in=shown)
    found = list(Suppression.objects.filter(own | phones, lifted_at=None).order_by("id"))
    if all(_kind(row) == MAIL for row in found):
        return found
    # As a customer of another business he may have said STOP, too.
    scopes = {EMAIL_SCOPE}.union(*(scopes_of(sender) for sender in _senders_of(members)))
    return [row for row in found if row.scope in scopes]


def _senders_of(members: Iterable[Membership]) -> list[Sender]:
    """The numbers from which these are texted to."""
    businesses = [member.business_id for member in members]
    own = Q(dedication__business__in=businesses)
    shared = Q(is_shared=True, dedication=None)
    return list(Sender.objects.filter(own | shared, channel=Channel.SMS))


def _kind(row: Suppression) -> str:
    return MAIL if row.channel == Channel.EMAIL else TEXTS


def _stop(row: Suppression) -> Stop:
    why = _WHAT[TEXTS] if _kind(row) == TEXTS else _WHAT.get(row.reason, _WHAT["unsubscribed"])
    number = row.scope if is_phone(row.scope) else ""
    return Stop(_kind(row), row.address, row.address, gettext(why), number)


def _members_at(address: str) -> QuerySet[Membership]:
    """The memberships whose mail goes to this address."""
    own = Lower(f"user__{get_user_model().get_email_field_name()}")
    members = Membership.objects.filter(is_active=True, user__is_active=True)
    found = members.alias(own=own).filter(own=address.casefold())
    return found.select_related("user", "business", "notifications").order_by("created_at", "id")


def _tell_another_way(member: Membership, what: str, *, by_mail: bool) -> None:
    """By mail to himself, where his texts ended, else by text to his phone; where it cannot, by mail to the others.

    The same mails tell it if the text does not arrive.
    """
    people = people_of(member.business)
    lane, told_less = f"stopped:{member.pk}", ToldLess(member, what)
    himself = people.same(member)
    if by_mail and himself and gets_mail(himself):
        mail_to(member, told_less, lane)
        return
    line = None if by_mail else line_to(member, wishes_of(member))
    with spoken_to(member):
        words = f"{gettext(what)} {settings_url(member)}"
    text = text_to(member, line, words, lane, asleep_until(member)) if line else None
    for other in people.members:
        if other.pk != member.pk and gets_mail(other):
            if text:
                stand_by(text, other, told_less)
            else:
                mail_to(other, told_less, f"{lane}:{other.pk}")
