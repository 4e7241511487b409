"""The addresses we hand out: to the dashboard, to a customer's conversation, to one file."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.urls import reverse

from gateway.conf import public_url, token_key
from gateway.models import Attachment, CustomerMessage, Membership, MessageReply, Question
from gateway.participants import customer_of, read_token_of

# Providers fetch media within minutes; a queue may hold a message for some days.
FILE_LINK_LIFE = timedelta(days=7)
_SALT = "gateway.file"
# Whoever gets the phone number next must not find what its holder was asked.
QUESTION_LINK_LIFE = timedelta(days=14)
_QUESTION_SALT = "gateway.question"
# Later nobody waits for the answer that failed.
ANOTHER_WAY_LINK_LIFE = timedelta(days=14)
_ANOTHER_WAY_SALT = "gateway.another_way"
_UNSUBSCRIBE_SALT = "gateway.unsubscribe"


def whole_url(path: str) -> str:
    """A path as others reach it: behind a proxy that ends TLS a request knows neither scheme nor host."""
    return public_url() + path


def dashboard_url(message: CustomerMessage) -> str:
    """Where a member reads this conversation."""
    return whole_url(reverse("gateway:conversation", args=[message.pk]))


def conversation_url(message: CustomerMessage) -> str:
    """The signed link at which the customer, and whoever he hands it to, reads this one conversation."""
    token = read_token_of(customer_of(message))
    return whole_url(reverse("gateway:customer_page", args=[token]))


def customer_file_url(message: CustomerMessage, attachment: Attachment) -> str:
    """Where the customer downloads one file of this conversation, for as long as his link lives."""
    token = read_token_of(customer_of(message))
    return whole_url(reverse("gateway:customer_file", args=[token, attachment.pk]))


def file_url(attachment: Attachment) -> str:
    """A signed address at which a provider fetches this file for some days."""
    name = signing.dumps(str(attachment.pk), salt=_SALT)
    return whole_url(reverse("gateway:signed_file", args=[name]))


def file_of(name: str) -> Attachment | None:
    """The file that a signed address names, or None when it was forged or is too old."""
    try:
        pk = signing.loads(name, salt=_SALT, max_age=FILE_LINK_LIFE)
    except signing.BadSignature:
        return None
    return Attachment.objects.filter(pk=pk).first()


def question_url(question: Question) -> str:
    """The signed link at which a customer says for whom his text is."""
    name = signing.dumps(str(question.pk), key=_key(), salt=_QUESTION_SALT)
    return whole_url(reverse("gateway:question", args=[name]))


def question_of(name: str) -> Question | None:
    """The question that a signed link names, or None when it was forged or is too old."""
    try:
        pk = signing.loads(name, key=_key(), salt=_QUESTION_SALT, max_age=QUESTION_LINK_LIFE)
    except signing.BadSignature:
        return None
    return Question.objects.select_related("sender").filter(pk=pk).first()


def another_way_url(reply: MessageReply, member: Membership, channel: str) -> str:
    """The signed link in a member's mail that leads to the button to send this answer by `channel`."""
    said = [str(reply.pk), str(member.pk), channel]
    name = signing.dumps(said, key=_key(), salt=_ANOTHER_WAY_SALT)
    return whole_url(reverse("gateway:another_way", args=[name]))


def another_way_of(name: str) -> tuple[MessageReply, Membership, str] | None:
    """What such a link says, or None when it was forged, is too old, or what it names is gone."""
    try:
        reply_id, member_id, channel = signing.loads(
            name, key=_key(), salt=_ANOTHER_WAY_SALT, max_age=ANOTHER_WAY_LINK_LIFE
        )
    except signing.BadSignature:
        return None
    replies = MessageReply.objects.select_related("message__business", "message__contact")
    members = Membership.objects.select_related("user", "business")
    reply, member = replies.filter(pk=reply_id).first(), members.filter(pk=member_id).first()
    if reply is None or member is None or member.business_id != reply.message.business_id:
        return None
    return reply, member, channel


def unsubscribe_url(member: Membership) -> str:
    """The signed link that ends a member's digests, and nothing else; it lives as long as the mail it is in."""
    name = signing.Signer(key=_key(), salt=_UNSUBSCRIBE_SALT).sign(str(member.pk))
    return whole_url(reverse("gateway:unsubscribe", args=[name]))


def unsubscribing(name: str) -> Membership | None:
    """Whose digests such a link ends, or None when it was forged or he is gone."""
    try:
        pk = signing.Signer(key=_key(), salt=_UNSUBSCRIBE_SALT).unsign(name)
    except signing.BadSignature:
        return None
    members = Membership.objects.select_related("user", "business", "notifications")
    return members.filter(pk=pk).first()


def _key() -> str:
    return token_key().hex()
