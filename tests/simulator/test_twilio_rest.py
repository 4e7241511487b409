"""The official client works against the simulator as against the real thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator.conftest import ListeningGateway
from tests.simulator_process import Simulator, wait_for

CUSTOMER, BUSINESS = "+15551230001", "+15550009001"


def create(client: Client, **fields: object):
    given = {"to": CUSTOMER, "from_": BUSINESS, "body": "Hello", **fields}
    return client.messages.create(**given)


def test_a_created_message_comes_back_as_twilio_documents_it(client: Client):
    message = create(client)

    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    assert message.status == "queued"
    assert message.direction == "outbound-api"
    assert (message.num_segments, message.num_media, message.price) == ("1", "0", None)
    assert message.date_created <= datetime.now(UTC)
    assert message.subresource_uris["media"].endswith(f"/Messages/{message.sid}/Media.json")


def test_a_created_message_is_delivered_and_can_be_fetched(client: Client):
    message = create(client)

    wait_for(lambda: client.messages(message.sid).fetch().status == "delivered")
    fetched = client.messages(message.sid).fetch()
    assert (fetched.body, fetched.to, fetched.from_) == ("Hello", CUSTOMER, BUSINESS)
    assert fetched.date_sent is not None


def test_the_phone_shows_what_was_created(client: Client, simulator: Simulator):
    message = create(client, body="Zażółć 🚲")

    shown = simulator.texts(CUSTOMER)
    assert [(text["sid"], text["body"]) for text in shown] == [(message.sid, "Zażółć 🚲")]


def test_messages_are_listed_newest_first_over_many_pages(client: Client):
    sids = [create(client, body=f"number {n}").sid for n in range(7)]

    listed = client.messages.list(page_size=3)

    assert [message.sid for message in listed] == sids[::-1]


def test_a_page_names_the_next_one(client: Client):
    for _ in range(3):
        create(client)

    page = client.messages.page(page_size=2)

    assert len(list(page)) == 2
    assert page.next_page_url is not None
    assert len(list(page.next_page())) == 1


def test_a_list_is_narrowed_by_number_and_date(client: Client):
    create(client)
    other = create(client, to="+15551230002")
    now = datetime.now(UTC)

    assert [m.sid for m in client.messages.list(to="+15551230002")] == [other.sid]
    assert client.messages.list(from_="+15550000000") == []
    assert client.messages.list(date_sent_after=now + timedelta(hours=1)) == []
    assert len(client.messages.list(date_sent_after=now - timedelta(hours=1))) == 2
    assert client.messages.list(date_sent_before=now - timedelta(days=1)) == []
    assert len(client.messages.list(date_sent=now.date())) == 2


def test_a_date_that_is_none_is_refused(simulator: Simulator):
    response = requests.get(
        f"{simulator.url}/2010-04-01/Accounts/{simulator.account_sid}/Messages.json",
        params={"DateSent": "yesterday"},
        auth=(simulator.account_sid, simulator.auth_token),
        timeout=5,
    )
    assert (response.status_code, response.json()["code"]) == (400, 20001)


def test_a_deleted_message_is_gone_for_the_provider_and_stays_on_the_phone(
    client: Client, simulator: Simulator
):
    message = create(client)
    wait_for(lambda: client.messages(message.sid).fetch().status == "delivered")

    client.messages(message.sid).delete()

    with pytest.raises(TwilioRestException) as refused:
        client.messages(message.sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)
    assert client.messages.list() == []
    assert simulator.texts(CUSTOMER)[0]["deleted"] is True


def test_a_message_on_its_way_cannot_be_deleted(client: Client, simulator: Simulator):
    simulator.turn("callback_delay", "always", ms=2000)
    message = create(client, status_callback="http://127.0.0.1:9/status/")

    with pytest.raises(TwilioRestException) as refused:
        client.messages(message.sid).delete()
    assert (refused.value.status, refused.value.code) == (409, 20009)


def test_wrong_credentials_are_20003(simulator: Simulator):
    response = requests.get(
        f"{simulator.url}/2010-04-01/Accounts/{simulator.account_sid}/Messages.json",
        auth=(simulator.account_sid, "wrong"),
        timeout=5,
    )
    assert response.status_code == 401
    assert response.json()["code"] == 20003
    assert response.json()["more_info"].endswith("/20003")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": None}, 21604),
        ({"to": "12"}, 21211),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"from_": None}, 21603),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
        ({"from_": CUSTOMER}, 21266),
        ({"from_": f"whatsapp:{BUSINESS}"}, 21910),
        ({"body": None}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"media_url": ["file:///etc/passwd"]}, 21620),
        ({"media_url": [f"http://127.0.0.1:9/{n}" for n in range(11)]}, 21623),
        ({"status_callback": "nowhere"}, 21609),
        ({"content_sid": "HX1", "content_variables": "{"}, 21656),
        ({"content_sid": "HX1", "content_variables": '{"1": ""}'}, 21656),
        ({"content_sid": "HX1", "content_variables": '{"1": "two\\nlines"}'}, 21656),
        ({"content_sid": "HX1", "content_variables": '{"1": "five     spaces"}'}, 21656),
        ({"content_sid": "HX1", "content_variables": f'{{"1": "{"x" * 1601}"}}'}, 21658),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(
    client: Client, simulator: Simulator, fields: dict[str, object], code: int
):
    with pytest.raises(TwilioRestException) as refused:
        create(client, **fields)

    assert refused.value.code == code
    assert simulator.calls(kind="create")[0]["status"] == refused.value.status


def test_the_magic_number_that_works_works(client: Client):
    assert create(client, from_="+15005550006").status == "queued"


def test_an_alphanumeric_sender_and_a_short_code_may_write(client: Client):
    assert create(client, from_="BlueShop").sid
    assert create(client, from_="72345").sid


def test_only_listed_numbers_may_write_where_a_list_is_given(client: Client, simulator: Simulator):
    simulator.change(numbers=[BUSINESS])

    assert create(client).sid
    with pytest.raises(TwilioRestException) as refused:
        create(client, from_="+15550009002")
    assert refused.value.code == 21660
    with pytest.raises(TwilioRestException) as refused:
        create(client, from_="whatsapp:+15550009002", to=f"whatsapp:{CUSTOMER}")
    assert refused.value.code == 63007


def test_a_messaging_service_accepts_then_chooses_one_sender_and_keeps_it(
    client: Client, simulator: Simulator
):
    simulator.change(numbers=[BUSINESS, "+15550009002"])

    first = create(client, from_=None, messaging_service_sid="MG1")
    assert (first.status, first.from_, first.num_segments) == ("accepted", None, "0")
    wait_for(lambda: client.messages(first.sid).fetch().status == "delivered")
    simulator.change(numbers=["+15550009002", BUSINESS])
    second = create(client, from_=None, messaging_service_sid="MG1")

    assert {client.messages(sid).fetch().from_ for sid in (first.sid, second.sid)} == {BUSINESS}


def test_long_and_unicode_texts_are_counted_in_segments(client: Client):
    counted = {
        "a" * 160: "1",
        "a" * 161: "2",
        "€" * 80: "1",
        "€" * 81: "2",
        "ż" * 70: "1",
        "ż" * 71: "2",
        "🚲" * 35: "1",
        "🚲" * 36: "2",
    }
    assert {body: create(client, body=body).num_segments for body in counted} == counted


def test_a_template_is_rendered_with_its_variables_and_buttons(
    client: Client, simulator: Simulator
):
    buttons = [{"text": "Blue bike", "payload": "1"}]
    simulator.change(templates={"HX1": {"body": "About {{1}}?", "buttons": buttons}})

    create(
        client,
        to=f"whatsapp:{CUSTOMER}",
        from_=f"whatsapp:{BUSINESS}",
        body=None,
        content_sid="HX1",
        content_variables='{"1": "the bike"}',
    )

    (shown,) = simulator.texts(CUSTOMER)
    assert shown["body"] == "About the bike?"
    assert shown["buttons"] == [{"text": "Blue bike", "payload": "1", "in_list": False}]


def test_the_account_has_templates_for_an_answer(client: Client, simulator: Simulator):
    create(
        client,
        to=f"whatsapp:{CUSTOMER}",
        from_=f"whatsapp:{BUSINESS}",
        body=None,
        content_sid=f"HX{21:032d}",
        content_variables='{"1": "Maya", "2": "Bike shop", "3": "Yes."}',
    )
    (shown,) = simulator.texts(CUSTOMER)
    words = "Hello Maya, Bike shop has answered you: Yes. You can write back right here."
    assert shown["body"] == words


def test_a_picture_of_the_gateway_reaches_the_phone(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    message = create(client, media_url=[f"{gateway.url}/files/bike.xml"])
    wait_for(lambda: client.messages(message.sid).fetch().status == "delivered")

    (shown,) = simulator.texts(CUSTOMER)
    assert message.sid.startswith("MM")
    assert shown["media"][0]["content_type"] == "text/xml"
    assert requests.get(simulator.url + shown["media"][0]["url"], timeout=5).text == "<Response/>"


@pytest.mark.parametrize(("prefix", "code"), [("", 11200), ("whatsapp:", 63019)])
def test_a_picture_that_cannot_be_fetched_makes_the_message_undelivered(
    client: Client, simulator: Simulator, gateway: ListeningGateway, prefix: str, code: int
):
    simulator.send_text(CUSTOMER, BUSINESS, "hi", channel="whatsapp")
    gateway.answers.append(404)
    message = create(
        client,
        to=prefix + CUSTOMER,
        from_=prefix + BUSINESS,
        media_url=[f"{gateway.url}/files/gone.jpg"],
    )

    wait_for(lambda: client.messages(message.sid).fetch().status == "undelivered")
    assert client.messages(message.sid).fetch().error_code == code


def test_received_media_need_credentials_and_redirect_to_a_host_that_wants_none(
    client: Client, simulator: Simulator
):
    sid = simulator.send_text(CUSTOMER, BUSINESS, "Look", media=["sample"])["sid"]
    (media,) = client.messages(sid).media.list()
    address = f"{simulator.url}{media.uri.removesuffix('.json')}"
    credentials = (simulator.account_sid, simulator.auth_token)

    assert requests.get(address, timeout=5).status_code == 401
    redirect = requests.get(address, auth=credentials, allow_redirects=False, timeout=5)
    assert redirect.status_code == 307
    place = redirect.headers["Location"]
    assert requests.get(place, auth=credentials, timeout=5).status_code == 400
    picture = requests.get(place, timeout=5)
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8")


def test_deleted_media_cannot_be_fetched_any_more(client: Client, simulator: Simulator):
    sid = simulator.send_text(CUSTOMER, BUSINESS, "Look", media=["sample"])["sid"]
    (media,) = client.messages(sid).media.list()

    assert client.messages(sid).media(media.sid).fetch().content_type == "image/jpeg"
    assert client.messages(sid).media(media.sid).delete()

    assert client.messages(sid).media.list() == []
    with pytest.raises(TwilioRestException) as refused:
        client.messages(sid).media(media.sid).fetch()
    assert refused.value.code == 20404
