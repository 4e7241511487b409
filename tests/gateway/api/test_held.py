"""What is held, over REST."""

from __future__ import annotations

import pytest

from channels_out.models import Delivery
from gateway.models import CustomerMessage, HeldItem, Role, Settlement
from gateway.participants import is_verified
from gateway.welcome import welcome
from tests.factories import make_member, make_message, make_sender, make_text
from tests.gateway.post import owner_token, post, sent_to_customer
from tests.gateway.telling.days import PHONE, choose, verified_phone

ALIAS = "ann@phone.example"


@pytest.fixture
def message(ann):
    return make_message(ann)


@pytest.fixture
def item(message, ann):
    """An answer of Ann's from an address that is not known as hers."""
    return hold(message, ann)


def hold(message, member):
    return post(owner_token(message, member), sender=ALIAS, text="Yes, come by.").held


def settle(api, item, how, **data):
    return api.post(f"business/held/{item.pk}/{how}/", data)


def test_the_list_says_what_is_held_and_why(api, ann, item):
    page = api.get("business/held/").json()
    assert (page["next"], page["previous"]) == (None, None)
    (row,) = page["results"]
    assert (row["id"], row["reason"]) == (str(item.pk), "unknown_address")
    assert row["why"].startswith("It came from an address that is not verified")
    assert (row["is_answer"], row["may_accept_address"]) == (True, True)
    assert (row["text"], row["from_address"]) == ("Yes, come by.", ALIAS)


def test_its_pages_hold_each_item_once_and_lead_back(api, ann, message):
    held = [str(hold(message, ann).pk) for _ in range(5)][::-1]
    seen, path, pages = [], "/api/business/held/?page_size=2", []
    while path:
        page = api.client.get(path).json()
        pages.append([row["id"] for row in page["results"]])
        seen += pages[-1]
        path, last = page["next"], page
    assert seen == held
    for expected in reversed(pages[:-1]):
        last = api.client.get(last["previous"]).json()
        assert [row["id"] for row in last["results"]] == expected
    assert last["previous"] is None
    for cursor in ("x", "a", "a1", "b" + "g" * 32):
        assert api.get("business/held/", cursor=cursor).status_code == 400


def test_it_takes_as_many_queries_for_ten_as_for_two(
    api, ann, message, django_assert_max_num_queries
):
    counts = []
    for wanted in (2, 10):
        while HeldItem.objects.count() < wanted:
            post(owner_token(message, ann), sender=ann.user.email, text="")
        with django_assert_max_num_queries(12) as queries:
            assert len(api.get("business/held/").json()["results"]) == wanted
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_answer_is_sent_and_its_address_accepted(api, ann, message, item):
    response = settle(api, item, "send", accept_address=True)
    assert response.status_code == 200
    assert response.json()["delivery"]["state"] == "queued"
    assert len(sent_to_customer(message)) == 1
    assert is_verified(ann.user_id, "email", ALIAS)
    again = settle(api, item, "send")
    assert (again.status_code, len(sent_to_customer(message))) == (409, 1)


def test_without_the_word_no_address_is_accepted(api, ann, item):
    assert settle(api, item, "send").status_code == 200
    assert not is_verified(ann.user_id, "email", ALIAS)


def test_who_may_not_accept_the_address_sends_nothing(caller_for, ann, message, item):
    colleague = caller_for(make_member(ann.business, Role.MEMBER).user)
    assert not colleague.get("business/held/").json()["results"][0]["may_accept_address"]
    refused = settle(colleague, item, "send", accept_address=True)
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "accept_address")
    assert not sent_to_customer(message)
    assert settle(colleague, item, "send").status_code == 200


def test_a_channel_that_cannot_be_used_leaves_it_held(api, item):
    refused = settle(api, item, "send", channel="sms")
    assert (refused.status_code, refused.json()["usable"]) == (400, ["email"])
    item.refresh_from_db()
    assert item.settlement == ""


def test_a_message_is_filed_or_opens_a_conversation(api, ann, message):
    for under in (str(message.pk), None):
        odd = post(ann.business.public_address, unreadable="Nested too deep.").held
        assert settle(api, odd, "send").status_code == 400
        filed = settle(api, odd, "file", message=under)
        assert filed.status_code == 200
        assert (filed.json()["id"] == str(message.pk)) is bool(under)
    assert CustomerMessage.objects.count() == 2
    foreign = make_message(make_member())
    odd = post(ann.business.public_address, unreadable="Nested too deep.").held
    assert settle(api, odd, "file", message=str(foreign.pk)).status_code == 400


def test_an_answer_that_names_no_conversation_is_sent_to_the_one_that_is_named(api, ann, message):
    own = post(ann.business.public_address, sender=ann.user.email, text="For Maya").held
    shown = api.get("business/held/").json()["results"][0]
    assert (shown["is_answer"], shown["message"]) == (True, None)
    foreign = make_message(make_member())
    for wrong in ({}, {"message": None}, {"message": str(foreign.pk)}):
        assert settle(api, own, "send", **wrong).status_code == 400
    assert settle(api, own, "file", message=str(message.pk)).status_code == 400
    sent = settle(api, own, "send", message=str(message.pk))
    assert (sent.status_code, sent.json()["reply"]) == (200, "For Maya")


def test_what_a_member_texted_to_a_shared_number_he_may_file_for_another_business(api, ann, ben):
    verified_phone(ann)
    choose(ann, sms=["new"], email=[])
    number = make_sender(None)
    make_message(ann)
    item = make_text(number, PHONE, "Is the flat free?").held
    unknown = settle(api, item, "file", message=None, business="nobody")
    assert [each["attr"] for each in unknown.json()["errors"]] == ["business"]
    done = settle(api, item, "file", message=None, business=ben.business.slug)
    assert (done.status_code, done.content) == (204, b"")
    assert ben.business.messages.get().message == "Is the flat free?"


def test_the_writer_is_told_where_he_surely_wrote_it(api, ann, message, item):
    shown = api.get("business/held/").json()["results"][0]
    assert "Nothing shows that it truly came from" in shown["why_not_told"]
    refused = settle(api, item, "refuse", tell=True)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "not_possible")
    sure = post(owner_token(message, ann), sender=ALIAS, dmarc="pass", text="Yes").held
    assert api.get("business/held/").json()["results"][0]["why_not_told"] == ""
    assert settle(api, sure, "refuse", tell=True, words="Not from there.").status_code == 204
    assert Delivery.objects.get(purpose="refusal").to_address == ALIAS


def test_an_item_is_refused(api, item):
    assert settle(api, item, "refuse").status_code == 204
    item.refresh_from_db()
    assert item.settlement == Settlement.REFUSED
    assert api.get("business/held/").json()["results"] == []


def test_the_address_of_an_answer_to_the_welcome_mail_is_accepted(api, ann, item):
    from channels_out.models import Delivery

    welcome(ann)
    to = Delivery.objects.get(purpose="welcome").rendered.reply_to
    held = post(to, sender="ann@office.example").held
    assert settle(api, item, "accept-address").status_code == 400
    assert settle(api, held, "accept-address").status_code == 204
    assert is_verified(ann.user_id, "email", "ann@office.example")


def test_another_business_and_an_agent_settle_nothing(api, caller_for, ann, item):
    stranger = caller_for(make_member().user)
    agent = caller_for(make_member(ann.business, Role.AGENT).user)
    assert stranger.get("business/held/").json()["results"] == []
    assert len(agent.get("business/held/").json()["results"]) == 1
    for how in ("send", "file", "refuse", "accept-address"):
        assert settle(stranger, item, how, message=None).status_code == 404
        assert settle(agent, item, how, message=None).status_code == 403
    item.refresh_from_db()
    assert item.settlement == ""
