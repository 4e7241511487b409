"""Status callbacks come signed, in order, and again where the gateway was not able to take them."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.simulator.conftest import ListeningGateway
from tests.simulator_process import AUTH_TOKEN, Simulator, wait_for

CUSTOMER, BUSINESS = "+15551230001", "+15550009001"


def create(client: Client, gateway: ListeningGateway, prefix: str = "", **fields: object):
    return client.messages.create(
        to=prefix + CUSTOMER,
        from_=prefix + BUSINESS,
        body="Hello",
        status_callback=f"{gateway.url}/status/1/",
        **fields,
    )


def wait_for_status(gateway: ListeningGateway, status: str) -> dict[str, str]:
    def found():
        return [h.form for h in gateway.to("/status/1/") if h.form["MessageStatus"] == status]

    return wait_for(found)[0]


def test_a_text_is_queued_sent_and_delivered(client: Client, gateway: ListeningGateway):
    message = create(client, gateway)

    delivered = wait_for_status(gateway, "delivered")
    assert gateway.statuses() == ["queued", "sent", "delivered"]
    done = delivered.pop("RawDlrDoneDate")
    assert (len(done), done.isdigit()) == (10, True)
    assert delivered == {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "To": CUSTOMER,
        "From": BUSINESS,
        "AccountSid": message.account_sid,
        "ApiVersion": "2010-04-01",
    }


def test_every_callback_is_signed_as_twilio_signs(client: Client, gateway: ListeningGateway):
    create(client, gateway, messaging_service_sid="MG1")
    wait_for_status(gateway, "delivered")

    validator = RequestValidator(AUTH_TOKEN)
    for hook in gateway.to("/status/1/"):
        assert validator.validate(hook.url, hook.form, hook.headers["X-Twilio-Signature"])
        assert hook.form["MessagingServiceSid"] == "MG1"


def test_whatsapp_tells_the_channel_and_that_the_chat_was_opened(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    simulator.send_text(CUSTOMER, BUSINESS, "hi", channel="whatsapp")
    create(client, gateway, prefix="whatsapp:")
    delivered = wait_for_status(gateway, "delivered")
    assert delivered["ChannelPrefix"] == "whatsapp"
    assert delivered["ChannelToAddress"] == CUSTOMER
    assert delivered["EventType"] == "DELIVERED"

    assert simulator.read_chat(CUSTOMER, BUSINESS) == 1
    assert wait_for_status(gateway, "read")["EventType"] == "READ"
    assert simulator.read_chat(CUSTOMER, BUSINESS) == 0


def test_free_text_to_whatsapp_outside_the_window_ends_with_63016(
    client: Client, gateway: ListeningGateway
):
    message = create(client, gateway, prefix="whatsapp:")

    assert message.status == "queued"
    assert wait_for_status(gateway, "undelivered")["ErrorCode"] == "63016"
    assert client.messages(message.sid).fetch().error_code == 63016


def test_a_template_passes_outside_the_window(client: Client, gateway: ListeningGateway):
    create(client, gateway, prefix="whatsapp:", content_sid="HX1")
    assert wait_for_status(gateway, "delivered")


def test_a_template_that_grew_too_long_ends_with_63021(client: Client, gateway: ListeningGateway):
    values = f'{{"1": "{"x" * 1025}"}}'
    create(client, gateway, prefix="whatsapp:", content_sid="HX1", content_variables=values)
    assert wait_for_status(gateway, "undelivered")["ErrorCode"] == "63021"


def test_a_callback_that_got_a_5xx_is_tried_again_and_seen_in_the_log(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    gateway.answers.extend([503, 503])
    message = create(client, gateway)
    wait_for(lambda: gateway.statuses().count("queued") >= 2)
    wait_for(lambda: len(simulator.calls(kind="callback", subject=message.sid)) == 5)

    calls = simulator.calls(kind="callback", subject=message.sid)
    assert sorted((call["status"], call["attempt"]) for call in calls) == [
        (200, 1),
        (200, 2),
        (200, 2),
        (503, 1),
        (503, 1),
    ]


def test_a_callback_that_got_a_4xx_is_not_tried_again(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    gateway.answers.append(403)
    create(client, gateway)
    wait_for_status(gateway, "delivered")
    assert gateway.statuses() == ["queued", "sent", "delivered"]


@pytest.mark.parametrize(
    ("switch", "status", "code"),
    [("final_failed", "failed", 30008), ("final_undelivered", "undelivered", 30003)],
)
def test_a_message_ends_as_the_switch_says(
    client: Client,
    simulator: Simulator,
    gateway: ListeningGateway,
    switch: str,
    status: str,
    code: int,
):
    simulator.turn(switch, 1, code=code)
    create(client, gateway)
    assert wait_for_status(gateway, status)["ErrorCode"] == str(code)

    gateway.clear()
    create(client, gateway)
    assert wait_for_status(gateway, "delivered")


def test_callbacks_are_duplicated_on_demand(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    simulator.turn("callback_duplicate", "always", times=3, together=1)
    create(client, gateway)
    wait_for(lambda: gateway.statuses().count("delivered") == 3)
    assert gateway.statuses().count("queued") == 3


def test_callbacks_come_last_status_first_on_demand(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    simulator.turn("callback_shuffle")
    create(client, gateway)
    wait_for(lambda: len(gateway.statuses()) == 3)
    assert gateway.statuses() == ["delivered", "sent", "queued"]


def test_callbacks_are_dropped_on_demand(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    simulator.turn("callback_drop", "always")
    message = create(client, gateway)
    wait_for(lambda: client.messages(message.sid).fetch().status == "delivered")
    assert gateway.statuses() == []


def test_callbacks_are_late_on_demand(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    simulator.turn("callback_delay", 1, ms=300)
    create(client, gateway)
    wait_for_status(gateway, "delivered")
    created, queued = (
        simulator.calls(kind="create")[0]["at"],
        simulator.calls(kind="callback")[-1]["at"],
    )
    assert queued - created >= 0.3


def test_callbacks_come_before_the_create_is_answered_on_demand(
    client: Client, simulator: Simulator, gateway: ListeningGateway
):
    simulator.turn("callback_inside")
    create(client, gateway)
    assert gateway.statuses() == ["queued", "sent", "delivered"]
