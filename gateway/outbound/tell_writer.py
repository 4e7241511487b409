"""Tells whoever wrote an answer what became of it."""

from __future__ import annotations

from gateway.models import Membership, MessageReply
from gateway.people import gets_mail, people_of
from gateway.telling.matter import News
from gateway.telling.tell import tell


def tell_writer_of(reply: MessageReply, news: News) -> bool:
    """Tells its writer, else whoever is told of the customer, by mail or by text, as he wishes.

    Whether there was somebody to tell. In the caller's transaction.
    """
    told = [tell(each, news, f"{reply.message_id}:{each.pk}") for each in _concerned(reply)]
    return any(told)


def _concerned(reply: MessageReply) -> list[Membership]:
    people = people_of(reply.message.business)
    writer = [
        member
        for member in people.members
        if member.may_answer
        and gets_mail(member)
        and reply.sender_id
        and member.user_id == reply.sender_id
    ]
    return writer or people.to_notify(reply.message)
