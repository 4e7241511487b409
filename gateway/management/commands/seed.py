from __future__ import annotations

import json
import re
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway import canned
from gateway.addresses import is_email, is_phone, normalize
from gateway.api_tokens import make_token
from gateway.conf import listing_model
from gateway.listing_addresses import listing_address
from gateway.models import Business, DedicatedSender, Listing, MemberAddress, Membership, Role
from gateway.participants import email_of
from gateway.welcome import welcome


class Command(BaseCommand):
    help = (
        "Makes an owner and his business, with numbers and listings; may be repeated. Prints what was made as JSON, "
        "with a fresh REST token each time."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--owner", required=True, metavar="EMAIL", help="signs in with it; counts as verified"
        )
        parser.add_argument("--password", required=True)
        parser.add_argument(
            "--slug", default="", help="public address: SLUG@REPLY_DOMAIN; default: from the email"
        )
        parser.add_argument(
            "--name", default="", help="name of the business; default: from the slug"
        )
        parser.add_argument(
            "--sms", action="append", default=[], metavar="+1...", help="dedicated SMS number"
        )
        parser.add_argument(
            "--whatsapp", action="append", default=[], metavar="+1...", help="dedicated sender"
        )
        parser.add_argument(
            "--shared-sms", action="append", default=[], metavar="+1...", help="SMS number for all"
        )
        parser.add_argument(
            "--shared-whatsapp", action="append", default=[], metavar="+1...", help="sender for all"
        )
        parser.add_argument("--listing", action="append", default=[], metavar="TITLE")
        parser.add_argument("--staff", action="store_true", help="may also use the admin")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        email = options["owner"].strip().lower()
        if not is_email(email):
            raise CommandError(
                f"--owner {email!r} is not an email address; write one such as ann@example.com"
            )
        user = _user(email, options["password"], options["staff"])
        business = _business(user, options["slug"] or _slug_of(email), options["name"])
        numbers = [_sender(business, Channel.SMS, address) for address in options["sms"]]
        numbers += [_sender(business, Channel.WHATSAPP, address) for address in options["whatsapp"]]
        numbers += [_sender(None, Channel.SMS, address) for address in options["shared_sms"]]
        numbers += [
            _sender(None, Channel.WHATSAPP, address) for address in options["shared_whatsapp"]
        ]
        listings = [_listing(business, title) for title in options["listing"]]
        token = make_token(user, "manage.py seed")
        made = {
            "owner": {
                "id": str(user.pk),
                "email": email_of(user),
                "token": token,
                "public_address": business.public_address,
            },
            "numbers": [
                {"id": str(row.pk), "channel": row.channel, "address": row.address}
                for row in numbers
            ],
            "listings": [
                {"id": str(row.pk), "title": row.title, "public_address": listing_address(row)}
                for row in listings
            ],
        }
        self.stdout.write(json.dumps(made))


def _user(email: str, password: str, staff: bool) -> Any:
    users = get_user_model()
    user = users.objects.filter(**{f"{users.get_email_field_name()}__iexact": email}).first()
    if user is None:
        user = _new_user(email, password)
    if not user.check_password(password):  # a new hash of the same one would end his sessions
        user.set_password(password)
    if staff:
        user.is_staff = user.is_superuser = True
    user.save()
    MemberAddress.objects.update_or_create(
        user=user, channel=Channel.EMAIL, address=email, defaults={"verified_at": timezone.now()}
    )
    return user


def _new_user(email: str, password: str) -> Any:
    users = get_user_model()
    named = {users.get_email_field_name(): email}
    try:
        return users.objects.create_user(**named, password=password)
    except (TypeError, ValueError, ValidationError, IntegrityError) as error:
        raise CommandError(
            f"--owner {email!r} is nobody yet, and people cannot be made from an email address and "
            f"a password alone here ({error}); make this person first, in the admin or with "
            "manage.py createsuperuser, and seed again"
        ) from error


def _slug_of(email: str) -> str:
    return slugify(re.sub(r"[._+]+", "-", email.partition("@")[0]))


def _business(user: Any, slug: str, name: str) -> Business:
    try:
        Business._meta.get_field("slug").run_validators(slug)
    except ValidationError as error:
        raise CommandError(f"--slug {slug!r}: {error}") from error
    business, is_new = Business.objects.get_or_create(
        slug=slug, defaults={"name": name or slug.replace("-", " ").capitalize()}
    )
    if is_new:
        canned.begin(business)
    member, fresh = Membership.objects.get_or_create(
        business=business, user=user, defaults={"role": Role.OWNER}
    )
    if fresh and business.memberships.exclude(pk=member.pk).exists():
        raise CommandError(f"--slug {slug!r} is another owner's business; choose another slug")
    welcome(member)
    return business


def _listing(business: Business, title: str) -> Any:
    if listing_model() != Listing._meta.label:
        raise CommandError(
            f"Leave --listing out: listings are kept as {listing_model()} here; make them there"
        )
    known = Listing.objects.filter(business=business, title=title).first()
    return known or Listing.objects.create(business=business, title=title)


def _sender(business: Business | None, channel: Channel, address: str) -> Sender:
    address = normalize(channel, address)
    if not is_phone(address):
        raise CommandError(
            f"{address!r} is not a number; write it with country code, such as +15550001234"
        )
    sender, _ = Sender.objects.get_or_create(
        channel=channel,
        address=address,
        defaults={"is_shared": business is None, "can_mms": True},
    )
    if business is None and not sender.is_shared:
        raise CommandError(f"{address} is already dedicated to one business")
    if business is not None:
        dedication, _ = DedicatedSender.objects.get_or_create(
            sender=sender, defaults={"business": business}
        )
        if dedication.business_id != business.pk or sender.is_shared:
            raise CommandError(f"{address} already serves another business")
    return sender
