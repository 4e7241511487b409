"""Makes the businesses that customers write to: `python -m tests.benchmarks.businesses COUNT`.

Ids are counted, so that SQL of the references can name a random business without a look-up.
"""

from __future__ import annotations

import json
import sys
from uuid import UUID


def number_of(business: int) -> str:
    """The phone number of a business."""
    return f"+1415555{business:04}"


def make(count: int) -> None:
    """Businesses 1 to `count`, each with an owner, a number of its own and one contact."""
    from channels_out.channel import Channel
    from channels_out.models import Sender
    from config.accounts.models import User
    from gateway.models import (
        Business,
        Contact,
        DedicatedSender,
        MemberAddress,
        Membership,
        UnreadCounter,
    )

    ids = [UUID(int=number) for number in range(1, count + 1)]
    users = [User(pk=pk, email=f"owner{pk.int}@owners.example", password="!") for pk in ids]
    User.objects.bulk_create(users)
    Business.objects.bulk_create(
        Business(id=pk, name=f"Shop {pk.int}", slug=f"shop-{pk.int}") for pk in ids
    )
    Membership.objects.bulk_create(Membership(id=pk, business_id=pk, user_id=pk) for pk in ids)
    MemberAddress.objects.bulk_create(
        MemberAddress(user=user, channel=Channel.EMAIL, address=user.email) for user in users
    )
    Sender.objects.bulk_create(
        Sender(id=pk, channel=Channel.SMS, address=number_of(pk.int)) for pk in ids
    )
    DedicatedSender.objects.bulk_create(DedicatedSender(sender_id=pk, business_id=pk) for pk in ids)
    Contact.objects.bulk_create(Contact(id=pk, business_id=pk, name="Maya") for pk in ids)
    UnreadCounter.objects.bulk_create(UnreadCounter(business_id=pk) for pk in ids)


if __name__ == "__main__":
    import django

    django.setup()
    make(int(sys.argv[1]))
    sys.stdout.write(json.dumps({"businesses": int(sys.argv[1])}))
