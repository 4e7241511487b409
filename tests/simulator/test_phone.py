"""What the customer writes on the phone reaches the gateway as Twilio's webhook."""

from __future__ import annotations

import base64
import json

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.simulator.conftest import ListeningGateway
from tests.simulator_process import AUTH_TOKEN, Simulator, wait_for

CUSTOMER, BUSINESS = "+15551230001", "+15550009001"
INBOUND = "/webhooks/twilio/inbound/"


def only_form(gateway: ListeningGateway) -> dict[str, str]:
    (hook,) = gateway.to(INBOUND)
    return hook.form


def fetch(simulator: Simulator, address: str) -> requests.Response:
    """Media as a careful client fetches them: no credentials beyond the redirect."""
    credentials = (simulator.account_sid, simulator.auth_token)
    first = requests.get(address, auth=credentials, allow_redirects=False, timeout=5)
    return requests.get(first.headers["Location"], timeout=5) if first.is_redirect else first


def test_a_text_is_posted_with_the_documented_parameters(
    simulator: Simulator, gateway: ListeningGateway
):
    sent = simulator.send_text(CUSTOMER, BUSINESS, "Is it still there?")

    assert sent["webhook"] == {"status": 200, "body": "<Response/>", "accepted": True}
    form = only_form(gateway)
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == sent["sid"]
    assert (form["From"], form["To"]) == (CUSTOMER, BUSINESS)
    assert (form["Body"], form["NumMedia"], form["NumSegments"]) == ("Is it still there?", "0", "1")
    assert (form["SmsStatus"], form["ApiVersion"]) == ("received", "2010-04-01")
    assert {"FromCity", "FromState", "FromZip", "FromCountry", "ToCountry"} <= set(form)
    assert form["AccountSid"] == simulator.account_sid


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_the_signature_is_the_one_twilio_makes(
    simulator: Simulator, gateway: ListeningGateway, channel: str
):
    simulator.send_text(CUSTOMER, BUSINESS, "żółw & Söhne +1", channel=channel, media=["sample"])
    (hook,) = gateway.to(INBOUND)

    validator = RequestValidator(AUTH_TOKEN)
    assert validator.validate(hook.url, hook.form, hook.headers["X-Twilio-Signature"])
    assert not validator.validate(hook.url + "x", hook.form, hook.headers["X-Twilio-Signature"])


def test_a_received_text_can_be_fetched_and_listed(client: Client, simulator: Simulator):
    sid = simulator.send_text(CUSTOMER, BUSINESS, "hi")["sid"]

    fetched = client.messages(sid).fetch()
    assert (fetched.direction, fetched.status) == ("inbound", "received")
    assert [message.sid for message in client.messages.list(to=BUSINESS)] == [sid]


def test_pictures_are_posted_as_addresses(simulator: Simulator, gateway: ListeningGateway):
    note = {
        "name": "a.txt",
        "content_type": "text/plain",
        "base64": base64.b64encode(b"hi").decode(),
    }
    simulator.send_text(CUSTOMER, BUSINESS, media=["sample", note])

    form = only_form(gateway)
    assert (form["NumMedia"], form["Body"]) == ("2", "")
    assert (form["MediaContentType0"], form["MediaContentType1"]) == ("image/jpeg", "text/plain")
    assert fetch(simulator, form["MediaUrl1"]).content == b"hi"


def test_a_whatsapp_album_arrives_as_parallel_webhooks(
    simulator: Simulator, gateway: ListeningGateway
):
    sent = simulator.send_text(
        CUSTOMER, BUSINESS, "Two", channel="whatsapp", media=["sample", "sample"]
    )

    assert len(sent["all"]) == 2
    forms = [hook.form for hook in gateway.to(INBOUND)]
    assert sorted(form["Body"] for form in forms) == ["", "Two"]
    assert {form["NumMedia"] for form in forms} == {"1"}
    assert {form["MessageType"] for form in forms} == {"image"}


def test_whatsapp_tells_who_writes(simulator: Simulator, gateway: ListeningGateway):
    simulator.send_text(CUSTOMER, BUSINESS, "hi", channel="whatsapp", profile_name="Maya")

    form = only_form(gateway)
    assert (form["From"], form["To"]) == (f"whatsapp:{CUSTOMER}", f"whatsapp:{BUSINESS}")
    assert (form["ProfileName"], form["WaId"]) == ("Maya", CUSTOMER.removeprefix("+"))
    assert form["MessageType"] == "text"
    assert json.loads(form["ChannelMetadata"])["data"]["context"]["ProfileName"] == "Maya"
    assert "FromCity" not in form


def test_a_whatsapp_user_without_a_number_may_write_and_be_answered(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    user = "US.13491208655302741918"
    simulator.send_text(user, BUSINESS, "hi", channel="whatsapp")

    form = only_form(gateway)
    assert form["From"] == f"whatsapp:{user}"
    assert "WaId" not in form
    assert form["ExternalUserId"] == f"whatsapp:{user}"
    answer = client.messages.create(
        to=f"whatsapp:{user}", from_=f"whatsapp:{BUSINESS}", body="Hello"
    )
    wait_for(lambda: client.messages(answer.sid).fetch().status == "delivered")


def test_a_whatsapp_user_may_be_named_by_his_number_and_his_id(
    simulator: Simulator, gateway: ListeningGateway
):
    user = "US.13491208655302741918"
    simulator.send_text(CUSTOMER, BUSINESS, "hi", channel="whatsapp", user_id=user)

    form = only_form(gateway)
    assert (form["From"], form["WaId"]) == (f"whatsapp:{CUSTOMER}", CUSTOMER.removeprefix("+"))
    assert form["ExternalUserId"] == f"whatsapp:{user}"


def test_a_quote_names_the_message_it_answers(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    question = client.messages.create(
        to=f"whatsapp:{CUSTOMER}",
        from_=f"whatsapp:{BUSINESS}",
        body="Which one?",
        content_sid="HX1",
    )
    simulator.send_text(CUSTOMER, BUSINESS, "That", channel="whatsapp", quote_sid=question.sid)

    form = only_form(gateway)
    assert form["OriginalRepliedMessageSid"] == question.sid
    assert form["OriginalRepliedMessageSender"] == f"whatsapp:{BUSINESS}"


def test_a_pressed_button_sends_its_words_and_its_payload(
    simulator: Simulator, gateway: ListeningGateway
):
    button = {"text": "Blue bike", "payload": "listing-1"}
    simulator.send_text(CUSTOMER, BUSINESS, channel="whatsapp", button=button)

    form = only_form(gateway)
    assert (form["ButtonText"], form["ButtonPayload"]) == ("Blue bike", "listing-1")
    assert (form["Body"], form["MessageType"]) == ("Blue bike", "button")


def test_a_question_of_the_accounts_own_templates_is_answered_from_its_list(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    variables = {"body": "About which?", "button": "Choose"}
    for place in range(1, 5):
        variables |= {f"title{place}": f"{place} Bike", f"id{place}": f"q:{place}"}
    simulator.send_text(CUSTOMER, BUSINESS, "hi", channel="whatsapp")
    client.messages.create(
        to=f"whatsapp:{CUSTOMER}",
        from_=f"whatsapp:{BUSINESS}",
        content_sid="HX" + "4".zfill(32),
        content_variables=json.dumps(variables),
    )
    buttons = simulator.texts(CUSTOMER)[-1]["buttons"]
    assert [button["text"] for button in buttons] == ["1 Bike", "2 Bike", "3 Bike", "4 Bike"]

    simulator.send_text(CUSTOMER, BUSINESS, channel="whatsapp", button=buttons[1])
    form = gateway.to(INBOUND)[-1].form
    assert (form["ListTitle"], form["ListId"], form["Body"]) == ("2 Bike", "q:2", "2 Bike")


def test_a_place_and_a_contact_can_be_shared(simulator: Simulator, gateway: ListeningGateway):
    place = {"latitude": 52.23, "longitude": 21.01, "label": "Shop", "address": "Main St 1"}
    simulator.send_text(CUSTOMER, BUSINESS, channel="whatsapp", location=place)
    contact = {"name": "Ada; King", "phone": "+15551112222"}
    simulator.send_text(CUSTOMER, BUSINESS, channel="whatsapp", contact=contact)

    shared, card = (hook.form for hook in gateway.to(INBOUND))
    assert (shared["Latitude"], shared["Longitude"]) == ("52.23", "21.01")
    assert (shared["Label"], shared["Address"]) == ("Shop", "Main St 1")
    assert (card["MediaContentType0"], card["MessageType"]) == ("text/vcard", "contacts")
    vcard = fetch(simulator, card["MediaUrl0"]).text
    assert "FN:Ada\\; King" in vcard
    assert "TEL;TYPE=CELL:+15551112222" in vcard


def test_what_the_gateway_does_not_take_stays_visible_and_can_be_sent_again(
    simulator: Simulator, gateway: ListeningGateway
):
    gateway.answers.append(503)
    sent = simulator.send_text(CUSTOMER, BUSINESS, "hello?")
    assert (sent["webhook"]["status"], sent["webhook"]["accepted"]) == (503, False)
    assert simulator.texts(CUSTOMER)[0]["webhook"] == {"state": "refused", "status": 503}
    assert len(gateway.to(INBOUND)) == 1

    simulator.post("phone/resend", {"sid": sent["sid"]})

    assert simulator.texts(CUSTOMER)[0]["webhook"] == {"state": "accepted", "status": 200}
    assert {hook.form["MessageSid"] for hook in gateway.to(INBOUND)} == {sent["sid"]}


def test_stop_blocks_until_start_and_the_provider_confirms_it_by_itself(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    simulator.send_text(CUSTOMER, BUSINESS, " Stop ")

    assert only_form(gateway)["Body"] == " Stop "
    assert "OptOutType" not in only_form(gateway)
    directions = [text["direction"] for text in simulator.texts(CUSTOMER)]
    assert directions == ["inbound", "outbound-reply"]
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=CUSTOMER, from_=BUSINESS, body="Hello")
    assert refused.value.code == 21610
    assert client.messages.create(to=CUSTOMER, from_="+15550009002", body="Other number").sid

    simulator.send_text(CUSTOMER, BUSINESS, "START")
    assert client.messages.create(to=CUSTOMER, from_=BUSINESS, body="Hello").sid


def test_stop_to_a_number_of_a_messaging_service_blocks_the_whole_service(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    for number in (BUSINESS, "+15550009002"):
        client.messages.create(to=CUSTOMER, from_=number, messaging_service_sid="MG1", body="Hello")
    simulator.send_text(CUSTOMER, BUSINESS, "STOP")

    assert only_form(gateway)["MessagingServiceSid"] == "MG1"
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=CUSTOMER, from_="+15550009002", body="Hello")
    assert refused.value.code == 21610


@pytest.mark.parametrize(
    ("text", "kind"), [("STOP", "STOP"), ("unstop", "START"), ("Help", "HELP")]
)
def test_advanced_opt_out_tells_the_kind_of_keyword(
    simulator: Simulator, gateway: ListeningGateway, text: str, kind: str
):
    simulator.change(advanced_opt_out=True)
    simulator.send_text(CUSTOMER, BUSINESS, text)
    simulator.send_text(CUSTOMER, BUSINESS, f"{text} it please")

    first, second = (hook.form for hook in gateway.to(INBOUND))
    assert first["OptOutType"] == kind
    assert "OptOutType" not in second


def test_a_text_is_posted_twice_at_once_on_demand(simulator: Simulator, gateway: ListeningGateway):
    simulator.turn("inbound_duplicate", 1, times=4, together=1)
    sid = simulator.send_text(CUSTOMER, BUSINESS, "hi")["sid"]
    assert [hook.form["MessageSid"] for hook in gateway.to(INBOUND)] == [sid] * 4


def test_a_text_is_never_posted_on_demand_but_listed_by_the_provider(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    simulator.turn("inbound_drop")
    sent = simulator.send_text(CUSTOMER, BUSINESS, "lost")
    assert gateway.to(INBOUND) == []
    assert simulator.texts(CUSTOMER)[0]["webhook"]["state"] == "dropped"
    assert [message.sid for message in client.messages.list(to=BUSINESS)] == [sent["sid"]]


@pytest.mark.parametrize("status", [401, 429, 503])
def test_texts_cannot_be_asked_for_on_demand(
    client: Client, simulator: Simulator, gateway: ListeningGateway, status: int
):
    sid = simulator.send_text(CUSTOMER, BUSINESS, "hi")["sid"]
    simulator.turn("read_error", 2, status=status)
    with pytest.raises(TwilioException, match=f"HTTP {status}"):
        client.messages.list(to=BUSINESS)
    with pytest.raises(TwilioRestException) as refused:
        client.messages(sid).fetch()
    assert refused.value.status == status
    assert client.messages(sid).fetch().body == "hi"


def test_media_cannot_be_fetched_on_demand(simulator: Simulator, gateway: ListeningGateway):
    simulator.send_text(CUSTOMER, BUSINESS, media=["sample"])
    simulator.turn("media_error", 1, status=404)
    address = only_form(gateway)["MediaUrl0"]
    assert fetch(simulator, address).status_code == 404
    assert fetch(simulator, address).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"from": "12"}, "is no number"),
        ({"to": ""}, "business number"),
        ({"body": ""}, "Write something"),
        ({"channel": "fax"}, "choose sms or whatsapp"),
        ({"button": {"text": "a"}}, "use WhatsApp"),
        ({"media": ["other"]}, "base64"),
        ({"media": [{"name": "a", "base64": "?"}]}, "cannot be decoded"),
        ({"body": 5}, "body must be a string"),
    ],
)
def test_a_phone_that_cannot_send_says_why(
    simulator: Simulator, wrong: dict[str, object], words: str
):
    given = {"from": CUSTOMER, "to": BUSINESS, "body": "hi", **wrong}
    response = simulator.http.post(f"{simulator.page}api/phone/send", json=given, timeout=5)
    assert response.status_code == 400
    assert words in response.json()["error"]


def test_the_newest_texts_of_every_phone_can_be_read_at_once(simulator: Simulator):
    for number in ("+15551230001", "+15551230002", "+15551230003"):
        simulator.send_text(number, BUSINESS, f"from {number}")

    assert [text["from"] for text in simulator.texts()] == [
        "+15551230001",
        "+15551230002",
        "+15551230003",
    ]
    assert [text["from"] for text in simulator.texts(limit=1)] == ["+15551230003"]


def test_numbers_that_were_seen_are_suggested(client: Client, simulator: Simulator):
    client.messages.create(to=CUSTOMER, from_=BUSINESS, body="Hello")
    simulator.send_text("+15551230002", BUSINESS, "hi", channel="whatsapp")

    assert simulator.get("phone/numbers")["pairs"] == [
        {"customer": "+15551230002", "business": BUSINESS, "channel": "whatsapp"},
        {"customer": CUSTOMER, "business": BUSINESS, "channel": "sms"},
    ]


def test_a_file_of_a_stranger_is_never_run_by_the_browser(simulator: Simulator):
    page = {
        "name": "a.html",
        "content_type": "text/html",
        "base64": base64.b64encode(b"<script>alert(1)</script>").decode(),
    }
    simulator.send_text(CUSTOMER, BUSINESS, media=[page])
    (shown,) = simulator.texts(CUSTOMER)

    answer = requests.get(simulator.url + shown["media"][0]["url"], timeout=5)

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
