"""The one mail to a new member that says "answer this": his answer shows from where he writes."""

from __future__ import annotations

from channels_out.channel import Channel
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.addresses import is_email, is_ours, normalize
from gateway.models import Membership, Welcome
from gateway.models.base import new_id
from gateway.outbound.render_news import mail_of_welcome
from gateway.participants import email_of
from gateway.tokens import Purpose, address_of, derive, hash_of

FIRST = 1  # a welcome has one token; it is never written again


def welcome(member: Membership) -> None:
    """Puts the welcome mail in the outbox, once for each membership; in the caller's transaction.

    A person without a mailbox of his own gets none.
    """
    address = normalize(Channel.EMAIL, email_of(member.user))
    if not is_email(address) or is_ours(address):
        return
    pk = new_id()
    token = derive(Purpose.WELCOME, pk, FIRST)
    _, is_new = Welcome.objects.get_or_create(
        membership=member, defaults={"id": pk, "address": address, "reply_hash": hash_of(token)}
    )
    if is_new:
        enqueue(
            channel=Channel.EMAIL,
            to_address=address,
            rendered=mail_of_welcome(member, address_of(token)),
            purpose="welcome",
            lane=f"welcome:{member.pk}",
            on_doubt=OnDoubt.RESEND,
        )
