"""Tells whoever wrote an answer what became of it."""

from __future__ import annotations

from collections.abc import Callable

from channels_out.outgoing import Rendered
from gateway.languages import language_of, speaking
from gateway.models import Dispatch, Event, Membership, MessageReply
from gateway.participants import member_of
from gateway.people import gets_mail, people_of
from gateway.telling.tell import tell


def tell_writer_of(
    reply: MessageReply,
    mail_to: Callable[[Membership], Rendered],
    words_of: Callable[[MessageReply], str],
) -> bool:
    """Tells its writer, else whoever is told of the customer, by mail or by these words in a text, as he wishes.

    Whether there was somebody to tell. In the caller's transaction.
    """
    message, told = reply.message, []
    for member in _concerned(reply):
        side = member_of(message, member)
        lane = f"{message.pk}:{member.pk}"
        with speaking(language_of(member)):
            mail, words = mail_to(member), words_of(reply)
        for delivery in tell(member, Event.FAILED, mail, words, lane):
            told.append(Dispatch(delivery=delivery, message=message, reply=reply, participant=side))
    Dispatch.objects.bulk_create(told)
    return bool(told)


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
