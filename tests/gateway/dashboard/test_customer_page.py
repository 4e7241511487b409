from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gateway.inbound.messages import InboundMail
from gateway.inbound.receive import receive
from gateway.links import conversation_url
from gateway.models import CustomerMessage, Membership, Status
from gateway.participants import customer_of, member_of, read_token_of, reply_address_of, revoke
from gateway.states import trash
from tests.factories import make_message, make_reply
from tests.gateway.dashboard.pages import read, text_of


def test_the_customer_reads_his_conversation_without_signing_in(
    ann: Membership, message: CustomerMessage
) -> None:
    make_reply(message, ann, "Yes, it is.")
    page = read(_open(message))
    assert text_of(page, "h1") == "Ann's Bikes"
    sides = [("You" if "out" in row["class"] else "they") for row in page.select(".m")]
    assert sides == ["You", "they"]
    assert "Yes, it is." in text_of(page, ".msgs")


def test_he_never_sees_the_owners_address_or_how_things_were_filed(
    ann: Membership, message: CustomerMessage
) -> None:
    make_reply(message, ann)
    _mail(message, "Thanks.", from_address="other@home.example")
    page = _open(message).content.decode()
    assert ann.user.email not in page
    assert "Filed by" not in page
    assert "Not an address" not in page


def test_what_machines_wrote_is_left_out(message: CustomerMessage) -> None:
    _mail(message, "I am away.", automatic="auto-replied")
    assert "I am away." not in _open(message).content.decode()


def test_f71_opening_the_customers_link_changes_nothing(message: CustomerMessage) -> None:
    """A scanner of his mail opens it before he does."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        _open(message)
        assert Client().head(_path(message)).status_code == 200
    written = [row["sql"] for row in queries if not row["sql"].startswith("SELECT")]
    assert written == []
    message.refresh_from_db()
    assert message.status == Status.UNREAD
    assert not message.replies.exists()


def test_the_link_does_not_travel_on_and_is_not_kept(message: CustomerMessage) -> None:
    for response in (_open(message), Client().get(f"/c/{'a' * 24}/")):
        assert response["Referrer-Policy"] == "same-origin"
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Cache-Control"] == "private, no-store"
        assert set(response.cookies) <= {"csrftoken"}


def test_whatever_does_not_open_a_conversation_gets_one_and_the_same_page(
    ann: Membership, message: CustomerMessage
) -> None:
    ended, deleted = make_message(ann), make_message(ann)
    paths = [_path(ended), _path(deleted), f"/c/{'a' * 24}/", "/c/short/", "/c/%00/"]
    paths.append(f"/c/{read_token_of(member_of(message, ann))}/")
    paths.append(f"/c/{reply_address_of(customer_of(message)).partition('@')[0]}/")
    revoke(customer_of(ended))
    trash(deleted.pk)
    answers = [Client().get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_trying_tokens_is_slowed_down_and_hinders_no_customer(
    message: CustomerMessage, settings: Any
) -> None:
    settings.THROTTLE_ANONYMOUS = "3/hour"
    answers = [Client().get(f"/c/{letter * 24}/") for letter in "abcde"]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
    assert answers[-1]["Retry-After"] == "3600"
    assert _open(message).status_code == 200


def test_a_link_that_is_opened_without_end_is_slowed_down(
    message: CustomerMessage, settings: Any
) -> None:
    settings.THROTTLE_TOKEN = "2/minute"
    assert [_open(message).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_mail_programs_may_fold_the_case_of_a_link(message: CustomerMessage, case: Any) -> None:
    token = read_token_of(customer_of(message))
    assert Client().get(f"/c/{case(token)}/").status_code == 200


def test_it_takes_as_many_queries_for_fifty_messages_as_for_five(
    ann: Membership, message: CustomerMessage, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for wanted in (5, 50):
        while message.replies.count() < wanted:
            make_reply(message, ann)
        with django_assert_max_num_queries(10) as queries:
            _open(message)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def _path(message: CustomerMessage) -> str:
    return urlsplit(conversation_url(message)).path


def _open(message: CustomerMessage) -> Any:
    return Client().get(_path(message))


def _mail(message: CustomerMessage, text: str, **fields: str) -> None:
    to = reply_address_of(customer_of(message))
    mail = {"from_address": message.sender_email, "text": text, **fields}
    receive(InboundMail(fingerprint=text, recipients=(to,), **mail))
