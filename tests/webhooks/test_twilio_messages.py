"""What becomes of a text message once it is journalled."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from channels_out.models import Delivery, StatusEvent, Suppression
from gateway.codes import code_of
from gateway.models import Attachment, CustomerMessage, HeldItem, Receipt
from tests.factories import make_listing, make_member, make_sender, make_text
from tests.webhooks.conftest import ACCOUNT, CUSTOMER, OUR_NUMBER, sms
from webhooks.models import InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

WHATSAPP = {
    "From": f"whatsapp:{CUSTOMER}",
    "To": f"whatsapp:{OUR_NUMBER}",
    "ProfileName": "Carla",
}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bikes")]


def the_message() -> CustomerMessage:
    process_due()
    return CustomerMessage.objects.get()


def test_a_text_becomes_a_conversation_and_the_event_says_which(twilio, the_event):
    twilio.post(sms(Body="Is it still there?"))
    event = the_event()
    message = CustomerMessage.objects.get()
    assert (event.outcome, event.message) == (Outcome.FILED, message)
    assert message.message == "Is it still there?"
    assert (message.channel, message.sender_phone) == ("sms", CUSTOMER)
    assert Receipt.objects.get().key == f"twilio:{ACCOUNT}:{sms()['MessageSid']}"


def test_a_whatsapp_message_is_told_by_its_prefix_and_names_its_writer(twilio):
    twilio.post(sms(**WHATSAPP))
    message = the_message()
    assert (message.channel, message.sender_phone, message.sender_name) == (
        "whatsapp",
        CUSTOMER,
        "Carla",
    )


def test_a_whatsapp_user_without_a_phone_number_is_as_good_as_any(twilio):
    user = "US." + "1" * 120
    twilio.post(sms(**WHATSAPP | {"From": f"whatsapp:{user}"}))
    assert the_message().sender_phone == user


@pytest.mark.parametrize("name", ["ExternalUserId", "ExternalUserIdentifier"])
@pytest.mark.parametrize("prefix", ["whatsapp:", ""])
def test_f52_a_request_with_number_and_user_id_makes_them_one_writer(twilio, name, prefix):
    user = "US.13491208655302741918"
    twilio.post(sms(**WHATSAPP, **{name: prefix + user}))
    message = the_message()
    alone = WHATSAPP | {"From": f"whatsapp:{user}", "MessageSid": "SM" + "e" * 32}
    twilio.post(sms(**alone, Body="Hello?"))
    process_due()
    assert list(message.replies.values_list("reply", flat=True)) == ["Hello?"]


def test_a_place_is_readable(twilio):
    twilio.post(
        sms(
            **WHATSAPP,
            Body="",
            Latitude="52.52",
            Longitude="13.405",
            Label="Shop",
            Address="Main Street 1",
        )
    )
    assert the_message().message == (
        "Location: Shop, Main Street 1, https://maps.google.com/?q=52.52,13.405"
    )


@pytest.mark.parametrize(("kind", "stopped"), [("STOP", True), ("HELP", False), ("start", False)])
def test_f68_a_keyword_of_the_account_s_own_choice_is_obeyed_and_filed(twilio, kind, stopped):
    twilio.post(sms(Body="Genug jetzt", OptOutType=kind))
    assert the_message().message == "Genug jetzt"
    assert Suppression.objects.filter(lifted_at=None).exists() is stopped


def test_a_pressed_button_is_read_once(twilio):
    twilio.post(sms(**WHATSAPP, Body="Yes", ButtonText="Yes", ButtonPayload="1"))
    assert the_message().message == "Yes"


def test_a_button_without_text_shows_what_was_pressed(twilio):
    twilio.post(sms(**WHATSAPP, Body="", ButtonText="Call me", ButtonPayload="call"))
    assert the_message().message == "Call me"


@pytest.mark.parametrize(
    "names", [("ButtonText", "ButtonPayload"), ("ListTitle", "ListId")], ids=lambda names: names[1]
)
def test_a_pressed_button_of_our_question_answers_it(twilio, names, settings):
    settings.TWILIO_QUESTION_CONTENT_SIDS = {3: "HX3"}
    sender, member = make_sender(None, "whatsapp"), make_member()
    code = code_of(make_listing(member.business))
    writer = WHATSAPP | {"To": f"whatsapp:{sender.address}"}
    with time_machine.travel(timezone.now() - timedelta(days=4), tick=False):
        make_text(sender, CUSTOMER, f"#{code} Is it there?")
    twilio.post(sms(**writer, Body="Can I see it today?"))
    process_due()
    places = dict(Delivery.objects.get(purpose="question").rendered.content_variables)
    pressed = dict(zip(names, (places["title1"], places["id1"]), strict=True))
    twilio.post(sms(**writer | pressed, MessageSid="SM" + "f" * 32, Body=places["title1"]))
    process_due()
    replies = CustomerMessage.objects.get().replies.values_list("reply", "filed_by")
    assert list(replies) == [("Can I see it today?", "asked")]


def test_a_contact_card_is_a_file_to_be_fetched(twilio):
    url = "https://api.twilio.com/media/ME1"
    twilio.post(sms(**WHATSAPP, Body="", MediaUrl0=url, MediaContentType0="text/vcard"))
    the_message()
    card = Attachment.objects.get()
    assert (card.name, card.source_url, card.state) == ("contact-1.vcf", url, "pending")


@pytest.mark.parametrize("count", ["3", "abc", "-1", "", "0"])
def test_f23_the_media_that_are_there_count_whatever_nummedia_says(twilio, count):
    media = {f"MediaUrl{n}": f"https://api.twilio.com/media/ME{n}" for n in range(2)}
    kinds = {f"MediaContentType{n}": "image/jpeg" for n in range(2)}
    twilio.post(sms(Body="", NumMedia=count, **media, **kinds))
    the_message()
    assert [a.name for a in Attachment.objects.order_by("position")] == [
        "image-1.jpg",
        "image-2.jpg",
    ]


def test_f23_an_empty_message_is_filed_and_visible(twilio, the_event):
    twilio.post(sms(Body="", NumMedia="0"))
    assert the_event().outcome == Outcome.FILED
    assert CustomerMessage.objects.get().subject


@pytest.mark.parametrize(
    "body", ["a\0b", "line\u2028line", "\ufeffBOM", "\u202egnp.exe", "é" * 1600]
)
def test_f43_odd_characters_are_stored_clean(twilio, body):
    twilio.post(sms(Body=body))
    assert the_message().message == body.replace("\0", "")


def test_a_quoted_message_of_nobody_changes_nothing(twilio, the_event):
    twilio.post(sms(**WHATSAPP, OriginalRepliedMessageSid="SM" + "9" * 32))
    assert the_event().outcome == Outcome.FILED


def test_a_text_to_a_number_that_is_not_ours_is_held(twilio, the_event):
    twilio.post(sms(To="+15559999"))
    event = the_event()
    assert (event.outcome, event.held) == (Outcome.HELD, HeldItem.objects.get())
    assert event.held.event_id == event.id


def test_a_request_without_a_message_ends_as_matching_nothing(twilio, the_event):
    twilio.post({"AccountSid": ACCOUNT, "Body": "hello"})
    assert the_event().outcome == Outcome.UNMATCHED


def test_f13_the_status_of_an_unknown_message_is_kept_as_matching_nothing(twilio, the_event):
    answer = twilio.post(sms(MessageStatus="delivered"), f"/webhooks/twilio/status/{uuid4()}/")
    assert answer.status_code == 200
    assert the_event().outcome == Outcome.UNMATCHED
    assert StatusEvent.objects.get().provider_id == sms()["MessageSid"]


@pytest.mark.parametrize(
    "params",
    [
        {"MessageStatus": "teleported"},
        {"MessageStatus": "failed", "ErrorCode": "99999"},
        {"MessageStatus": "failed", "ErrorCode": "x" * 500},
        {"MessageStatus": "sent\0", "New\0Name": "\0"},
        {},
    ],
)
def test_f14_words_that_nobody_knows_are_stored_without_a_crash(twilio, the_event, params):
    path = f"/webhooks/twilio/status/{uuid4()}/"
    assert twilio.post(sms(**params), path).status_code == 200
    assert the_event().outcome == Outcome.UNMATCHED


def test_processing_again_changes_nothing(twilio, the_event):
    twilio.post(sms())
    the_event()
    InboundEvent.objects.process_again(InboundEvent.objects.get().received_at)
    assert the_event().outcome == Outcome.DUPLICATE
    assert CustomerMessage.objects.count() == 1
