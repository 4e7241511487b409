"""GET /api/customer/messages/{id}/conversation/: the customer follows his conversation."""

from __future__ import annotations

import pytest
from django.test import Client

from gateway.inbound.messages import InboundFile
from gateway.links import conversation_url
from gateway.models import MessageReply
from gateway.outbound.answer import Answer, post_reply
from gateway.participants import customer_of, member_of, read_token_of, revoke
from gateway.tokens import Purpose, derive
from tests.factories import make_member, make_message, make_sender, make_text, make_user
from tests.gateway.api.conftest import Caller


def path_of(message):
    return f"customer/messages/{message.pk}/conversation/"


def token_of(message):
    return conversation_url(message).rstrip("/").rpartition("/")[2]


def logged_in(user):
    client = Client()
    client.force_login(user)
    return Caller(client)


@pytest.fixture
def message(ann):
    files = (InboundFile("bike.jpg", "image/jpeg", b"picture"),)
    message = make_text(make_sender(ann.business), "+14155550101", "Look", files).message
    post_reply(
        Answer(
            message_id=message.pk,
            author=ann,
            text="It is lovely.",
            quoted="Ann, 020 7946 0123",
            from_address=ann.user.email,
            filed_by="token",
            filed_note="not certain",
        )
    )
    return message


def test_the_token_of_the_link_opens_it_in_the_address_or_in_a_header(anonymous, message):
    by_address = anonymous.get(path_of(message), token=token_of(message))
    by_header = anonymous.client.get(
        f"/api/{path_of(message)}", headers={"Conversation-Token": token_of(message)}
    )
    assert by_address.status_code == 200
    assert by_address.json() == by_header.json()
    assert by_address.json()["message"] == "Look"
    assert [reply["reply"] for reply in by_address.json()["replies"]] == ["It is lovely."]


def test_it_shows_nothing_that_is_the_businesss_own(anonymous, ann, message):
    MessageReply.objects.create(
        message=message,
        direction="inbound",
        channel="email",
        reply="Out of office",
        is_automatic=True,
    )
    shown = anonymous.get(path_of(message), token=token_of(message))
    text = shown.content.decode()
    for private in (ann.user.email, "020 7946 0123", "not certain", "filed_by", "Out of office"):
        assert private not in text
    assert shown.json()["business"] == ann.business.name


def test_its_files_are_behind_the_same_link(anonymous, message):
    token = token_of(message)
    (file,) = anonymous.get(path_of(message), token=token).json()["attachments"]
    assert file["url"] == f"https://gateway.test/c/{token}/files/{file['id']}/"


def test_following_it_does_not_mark_it_as_read(anonymous, message):
    make_text(message.routes.get().sender, "+14155550101", "Still there?")
    anonymous.get(path_of(message), token=token_of(message))
    message.refresh_from_db()
    assert message.status == "unread"


def test_its_sender_and_staff_follow_it_without_a_link(ann):
    maya = make_user()
    message = make_message(ann, sender=maya)
    assert logged_in(maya).get(path_of(message)).status_code == 200
    assert logged_in(make_user(is_staff=True)).get(path_of(message)).status_code == 200
    assert logged_in(make_user()).get(path_of(message)).status_code == 404
    assert logged_in(ann.user).get(path_of(message)).status_code == 404


def test_nothing_else_opens_it(anonymous, ann, message):
    other = make_message(make_member())
    customer = customer_of(message)
    reply_token = derive(Purpose.REPLY, customer.pk, customer.generation)
    strangers = [
        "",
        "nonsense",
        "\0",
        "é",
        token_of(other),
        reply_token,
        read_token_of(member_of(message, ann)),
    ]
    for token in strangers:
        assert anonymous.get(path_of(message), token=token).status_code == 404, token


def test_a_revoked_link_opens_nothing(anonymous, message):
    token = token_of(message)
    revoke(customer_of(message))
    assert anonymous.get(path_of(message), token=token).status_code == 404


def test_a_deleted_conversation_is_gone_for_its_customer_too(anonymous, api, message):
    token = token_of(message)
    api.delete(f"business/messages/{message.pk}/")
    assert anonymous.get(path_of(message), token=token).status_code == 404


def test_a_long_thread_takes_as_many_queries_as_a_short_one(
    anonymous, ann, message, django_assert_max_num_queries, django_assert_num_queries
):
    token = token_of(message)
    with django_assert_max_num_queries(7) as short:
        anonymous.get(path_of(message), token=token)
    for number in range(4):
        post_reply(Answer(message_id=message.pk, author=ann, text=f"{number}"))
    with django_assert_num_queries(len(short)):
        anonymous.get(path_of(message), token=token)
