"""A person shows that an address is his own: by a link in a mail, or by a code in a text."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core import signing
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.models import Sender
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from channels_out.state import OnDoubt
from gateway.accept import tell_of_address
from gateway.addresses import country_of, is_costly, is_email, is_ours, is_phone, normalize
from gateway.conf import token_key
from gateway.links import whole_url
from gateway.models import AddressProof, Business, MemberAddress, Membership
from gateway.outbound.limits import OverBudget, count_texts, countries_of
from gateway.outbound.render_news import mail_of_proof
from gateway.participants import email_of, name_of, verified_email_of, verify
from gateway.telling.texts import sender_to

LINK_LIFE = timedelta(days=2)
CODE_LIFE = timedelta(minutes=10)
TRIES = 5
# In a day, so that nobody is flooded in a member's name, and a text costs money.
MAILS_A_DAY = 10
TEXTS_A_DAY = 5
TO_ONE_A_DAY = 3
DAY = timedelta(days=1)
MOST_ADDRESSES = 20
_SALT = "gateway.proof"


class CannotProve(Exception):
    """It is not asked for, confirmed or removed; the message says why and what to do."""


def addresses_of(user: Any) -> QuerySet[MemberAddress]:
    """The addresses that a person has shown to be his own, the oldest first."""
    return MemberAddress.objects.filter(user=user, verified_at__isnull=False).order_by("created_at")


def open_mails(user: Any) -> QuerySet[AddressProof]:
    """The links that were mailed and not followed yet."""
    since = timezone.now() - LINK_LIFE
    asked = AddressProof.objects.filter(user=user, channel=Channel.EMAIL, is_over=False)
    return asked.filter(created_at__gt=since).order_by("created_at")


def open_code(user: Any) -> AddressProof | None:
    """The code that was texted last, while it can still be typed in."""
    since = timezone.now() - CODE_LIFE
    asked = AddressProof.objects.filter(user=user, channel=Channel.SMS, is_over=False)
    return asked.filter(created_at__gt=since, tries__lt=TRIES).order_by("-created_at").first()


@transaction.atomic
def mail_link(user: Any, address: str) -> AddressProof:
    """Sends a link to a mail address; whoever follows it shows that it is his. Raises CannotProve."""
    address = normalize(Channel.EMAIL, address)
    if not is_email(address):
        raise CannotProve(_("Write a mail address such as ann@example.com."))
    if is_ours(address):
        raise CannotProve(_("This is an address of this service. Write one of your own mailbox."))
    proof = _ask(user, Channel.EMAIL, address, MAILS_A_DAY)
    enqueue(
        channel=Channel.EMAIL,
        to_address=address,
        rendered=mail_of_proof(name_of(user) or email_of(user), address, _url_of(proof)),
        purpose="proof",
        lane=f"proof:{proof.pk}",
        on_doubt=OnDoubt.RESEND,
        stale_after=LINK_LIFE,
    )
    return proof


@transaction.atomic
def text_code(user: Any, members: Iterable[Membership], number: str) -> AddressProof:
    """Texts a code to a phone from a number of one of his businesses, which pays for it. Raises CannotProve."""
    phone = normalize(Channel.SMS, number)
    if not is_phone(phone) or is_costly(phone):
        raise CannotProve(_("Write a mobile number with its country code, such as +15550001234."))
    business, sender = _line_to(phone, members)
    proof = _ask(user, Channel.SMS, phone, TEXTS_A_DAY)
    code = f"{secrets.randbelow(1_000_000):06}"
    proof.code_hash = _hash(proof, code)
    proof.save(update_fields=["code_hash"])
    try:
        count_texts(business, 1)
    except OverBudget as error:
        raise CannotProve(_("No text can be sent today any more. Try again tomorrow.")) from error
    words = _(
        "%(code)s is your code, for 10 minutes. Type it in where you asked for it; tell nobody."
    )
    enqueue(
        channel=Channel.SMS,
        sender=sender,
        to_address=phone,
        rendered=Rendered(text=words % {"code": code}),
        purpose="proof",
        lane=f"proof:{proof.pk}",
        stale_after=CODE_LIFE,
    )
    return proof


def mailed_to(user: Any, signed: str) -> AddressProof | None:
    """What a mailed link proves for this person; None where it is another's, forged, too old or followed."""
    try:
        pk = signing.loads(signed, key=token_key().hex(), salt=_SALT, max_age=LINK_LIFE)
    except signing.BadSignature:
        return None
    return open_mails(user).filter(pk=pk).first()


@transaction.atomic
def confirm_mail(proof: AddressProof, members: Iterable[Membership]) -> MemberAddress:
    """The link was followed: mail from there speaks for the person, who is told where he was known.

    Raises CannotProve.
    """
    shown = MemberAddress.objects.filter(
        channel=Channel.EMAIL, address=proof.address, verified_at__isnull=False
    )
    if shown.exclude(user=proof.user_id).exists():
        raise CannotProve(_("This address belongs to somebody else here."))
    known = verified_email_of(proof.user) or email_of(proof.user)
    address = verify(proof.user, proof.address)
    _end(proof)
    business = next((member.business.name for member in members), "")
    if business and is_email(known) and normalize(Channel.EMAIL, known) != address.address:
        tell_of_address(address, known, business, name_of(proof.user) or _("Somebody"))
    return address


def confirm_phone(user: Any, code: str) -> MemberAddress:
    """The code was typed in: the phone is the person's own. Each call uses up a try. Raises CannotProve."""
    proof = open_code(user)
    if proof is None or not _takes_a_try(proof):
        raise CannotProve(_("This code has ended. Ask for a new one."))
    if not constant_time_compare(_hash(proof, "".join(code.split())), proof.code_hash):
        raise CannotProve(_("That is not the code. Look at the text again."))
    with transaction.atomic():
        _end(proof)
        phone, _made = MemberAddress.objects.update_or_create(
            user=user,
            channel=Channel.SMS,
            address=proof.address,
            defaults={"verified_at": timezone.now()},
        )
    return phone


def give_up(user: Any, pk: Any) -> None:
    """What was asked for is not wanted any more; an old link leads nowhere then."""
    AddressProof.objects.filter(user=user, pk=pk).update(is_over=True)


@transaction.atomic
def remove_address(address: MemberAddress) -> None:
    """It no longer speaks for its person. Raises CannotProve for the last mail address."""
    _lock(address.user)
    others = addresses_of(address.user).filter(channel=Channel.EMAIL).exclude(pk=address.pk)
    if address.channel == Channel.EMAIL and address.verified_at and not others.exists():
        raise CannotProve(_("This is your last mail address. Add and confirm another one first."))
    address.delete()


def _ask(user: Any, channel: str, address: str, most: int) -> AddressProof:
    """The row of one more question; an earlier one to the same channel's address is over."""
    _lock(user)
    if addresses_of(user).filter(channel=channel, address=address).exists():
        raise CannotProve(_("This address is confirmed already."))
    if addresses_of(user).count() >= MOST_ADDRESSES:
        raise CannotProve(_("You have as many addresses as there can be. Remove one first."))
    AddressProof.objects.filter(created_at__lt=timezone.now() - LINK_LIFE).delete()
    today = AddressProof.objects.filter(channel=channel, created_at__gt=timezone.now() - DAY)
    if (
        today.filter(user=user).count() >= most
        or today.filter(address=address).count() >= TO_ONE_A_DAY
    ):
        raise CannotProve(_("That was asked for too often today. Try again tomorrow."))
    earlier = AddressProof.objects.filter(user=user, channel=channel)
    (earlier.filter(address=address) if channel == Channel.EMAIL else earlier).update(is_over=True)
    return AddressProof.objects.create(user=user, channel=channel, address=address)


def _line_to(phone: str, members: Iterable[Membership]) -> tuple[Business, Sender]:
    for member in members:
        sender = sender_to(member.business, phone)
        allowed = countries_of(member.business, sender) if sender else set()
        if sender and (not allowed or country_of(phone) in allowed):
            return member.business, sender
    raise CannotProve(_("No number of your businesses can text this phone. Ask their owner."))


def _takes_a_try(proof: AddressProof) -> bool:
    left = AddressProof.objects.filter(pk=proof.pk, is_over=False, tries__lt=TRIES)
    return bool(left.update(tries=F("tries") + 1))


def _end(proof: AddressProof) -> None:
    AddressProof.objects.filter(pk=proof.pk).update(is_over=True)


def _lock(user: Any) -> None:
    """One at a time for one person, so that limits hold and a last address stays."""
    get_user_model()._default_manager.select_for_update().get(pk=user.pk)


def _url_of(proof: AddressProof) -> str:
    signed = signing.dumps(str(proof.pk), key=token_key().hex(), salt=_SALT)
    return whole_url(reverse("gateway:confirm_address", args=[signed]))


def _hash(proof: AddressProof, code: str) -> str:
    said = f"{proof.pk}:{code}"
    return salted_hmac(_SALT, said, secret=token_key().hex(), algorithm="sha256").hexdigest()
