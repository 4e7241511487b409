"""Mail as it leaves: over real SMTP, and through an Anymail provider's real HTTP."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from email import message_from_bytes, policy
from email.generator import Generator
from email.utils import parseaddr
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from werkzeug import Response

from channels_out.adapters import django_mail, smtp_connections
from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.errors import BadAddress, ContentRefused, ProviderDown, SenderRefused, Uncertain
from channels_out.outbox import drain, resolve_doubts
from channels_out.outgoing import Outgoing, Rendered, StoredFile
from channels_out.state import OnDoubt, State
from tests.contracts.carriers import AnyPort, MailServer, SmtpCarrier

RENDERED = Rendered(
    text="Grüße",
    subject="Blue bike",
    html="<p>Grüße</p>",
    headers=(("References", "<a@mail.gateway.test>"), ("Auto-Submitted", "auto-generated")),
    from_header='"Ann via Blue Shop" <ann@mail.gateway.test>',
    reply_to="token@reply.gateway.test",
    envelope_from="bounce@reply.gateway.test",
)


@pytest.fixture
def smtp(settings, request):
    carrier = SmtpCarrier("smtp", request.getfixturevalue, settings)
    yield carrier
    asyncio.run(adapter_for(Channel.EMAIL).close())
    carrier.stop()


@pytest.fixture
def stored():
    path = default_storage.save("attachments/photo.png", ContentFile(b"\x89PNG"))
    yield StoredFile("Föto.png", "image/png", path)
    default_storage.delete(path)


def outgoing(rendered=RENDERED, **changes):
    usual = {
        "attempt_id": uuid4(),
        "channel": Channel.EMAIL,
        "sender_address": "",
        "account": "",
        "messaging_service": "",
        "to_address": "customer@example.org",
        "rendered": rendered,
        "status_callback": "",
        "message_id": "<1@mail.gateway.test>",
    }
    return Outgoing(**{**usual, **changes})


def send(message):
    return asyncio.run(adapter_for(Channel.EMAIL).send(message))


def received(smtp):
    [envelope] = smtp.handler.mails
    return envelope, message_from_bytes(envelope.content, policy=policy.default)


def test_a_mail_arrives_with_every_header_it_was_given(smtp):
    send(outgoing())
    _, mail = received(smtp)
    assert mail["Message-ID"] == "<1@mail.gateway.test>"
    assert parseaddr(mail["From"]) == ("Ann via Blue Shop", "ann@mail.gateway.test")
    assert mail["Reply-To"] == "token@reply.gateway.test"
    assert mail["References"] == "<a@mail.gateway.test>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == "Blue bike"
    assert len(mail.get_all("From")) == 1


def test_bounces_come_back_to_the_envelope_sender(smtp):
    send(outgoing())
    envelope, _ = received(smtp)
    assert envelope.mail_from == "bounce@reply.gateway.test"
    assert envelope.rcpt_tos == ["customer@example.org"]


def test_without_an_envelope_sender_bounces_come_to_the_from_address(smtp):
    send(outgoing(Rendered(text="Hi", from_header="Ann <ann@mail.gateway.test>")))
    envelope, _ = received(smtp)
    assert envelope.mail_from == "ann@mail.gateway.test"


def test_a_mail_has_a_text_and_an_html_part(smtp):
    send(outgoing())
    _, mail = received(smtp)
    assert mail.get_body(("plain",)).get_content().strip() == "Grüße"
    assert mail.get_body(("html",)).get_content().strip() == "<p>Grüße</p>"


def test_attachments_travel_under_the_name_the_reader_sees(smtp, stored):
    send(outgoing(Rendered(text="Hi", attachments=(stored,))))
    _, mail = received(smtp)
    [attachment] = mail.iter_attachments()
    assert attachment.get_filename() == "Föto.png"
    assert attachment.get_content() == b"\x89PNG"


def test_a_missing_attachment_is_told_and_nothing_is_sent(smtp):
    gone = StoredFile("a.png", "image/png", "attachments/gone.png")
    with pytest.raises(ContentRefused) as told:
        send(outgoing(Rendered(text="Hi", attachments=(gone,))))
    assert "no longer stored" in told.value.reason
    assert smtp.handler.mails == []


NESTED = b"Content-Type: message/rfc822\r\n\r\n" * 400 + b"Subject: deep\r\n\r\nHi"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("message/rfc822", NESTED),
        ("message/delivery-status", b"Reporting-MTA: dns; mx.example\n\nAction: failed\n"),
        ("Multipart/Mixed", b"--x\n\nno boundary is named"),
    ],
)
def test_what_is_a_mail_itself_travels_as_a_file_byte_by_byte(smtp, stored, kind, content):
    path = default_storage.save("attachments/kept.eml", ContentFile(content))
    kept = StoredFile("kept.eml", kind, path)
    send(outgoing(Rendered(text="Hi", attachments=(kept,))))
    _, mail = received(smtp)
    [attachment] = mail.iter_attachments()
    assert attachment.get_filename() == "kept.eml"
    assert attachment.get_content() == content
    default_storage.delete(path)


def test_what_cannot_be_written_down_is_told_before_a_server_hears_of_it(smtp, monkeypatch):
    def broken(self, *args, **kwargs):
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr(Generator, "flatten", broken)
    with pytest.raises(ContentRefused) as told:
        send(outgoing())
    assert "cannot be put together" in told.value.reason
    assert smtp.handler.mails == []


def test_an_attachment_of_an_unreadable_kind_is_told_and_nothing_is_in_doubt(smtp, stored):
    odd = replace(stored, content_type="foo")
    with pytest.raises(ContentRefused) as told:
        send(outgoing(Rendered(text="Hi", attachments=(odd,))))
    assert "cannot be put together" in told.value.reason
    assert smtp.handler.mails == []


def test_a_storage_that_does_not_answer_is_asked_again_later(smtp, stored, monkeypatch):
    def refuse(path, mode="rb"):
        raise ConnectionError("no route to the storage")

    monkeypatch.setattr(default_storage, "open", refuse)
    with pytest.raises(ProviderDown):
        send(outgoing(Rendered(text="Hi", attachments=(stored,))))
    assert smtp.handler.mails == []


def test_f49_a_line_break_in_a_header_never_leaves(smtp):
    with pytest.raises(ContentRefused):
        send(outgoing(Rendered(text="Hi", subject="Hi\r\nBcc: all@example.org")))
    assert smtp.handler.mails == []


def test_a_refused_envelope_sender_is_ours_to_mend(smtp):
    async def refuse(server, session, envelope, address, options):
        return "553 5.7.1 Not your domain"

    smtp.handler.handle_MAIL = refuse
    with pytest.raises(SenderRefused):
        send(outgoing())


def test_a_mail_refused_for_its_content_is_told_so(smtp):
    async def refuse(server, session, envelope):
        return "554 5.7.1 This looks like spam"

    smtp.handler.handle_DATA = refuse
    with pytest.raises(ContentRefused) as told:
        send(outgoing())
    assert told.value.error_code == "554"


@pytest.fixture
def sessions(smtp):
    """The server's sessions in which mails arrived, in the order of the mails."""
    used = []
    take = smtp.handler.handle_DATA

    async def note(server, session, envelope):
        used.append(server)
        return await take(server, session, envelope)

    smtp.handler.handle_DATA = note
    return used


def hang_up(server):
    async def close():
        server.transport.close()

    asyncio.run_coroutine_threadsafe(close(), server.loop).result()


def test_the_next_mail_of_a_burst_goes_over_the_same_connection(smtp, sessions):
    send(outgoing())
    send(outgoing(message_id="<2@mail.gateway.test>"))
    assert len(smtp.handler.mails) == 2
    assert sessions[0] is sessions[1]


def test_a_connection_that_the_server_closed_meanwhile_puts_nothing_in_doubt(smtp, sessions):
    send(outgoing())
    hang_up(sessions[0])
    assert send(outgoing()).provider == "smtp"
    assert len(smtp.handler.mails) == 2


def test_a_connection_that_broke_after_it_was_asked_leaves_the_mail_in_doubt(smtp, sessions):
    send(outgoing())
    smtp.loses_the_answer()
    with pytest.raises(Uncertain):
        send(outgoing())


def test_a_connection_on_which_a_mail_was_refused_is_not_used_again(smtp, sessions):
    async def refuse(server, session, envelope):
        sessions.append(server)
        return "554 5.7.1 This looks like spam"

    take, smtp.handler.handle_DATA = smtp.handler.handle_DATA, refuse
    with pytest.raises(ContentRefused):
        send(outgoing())
    smtp.handler.handle_DATA = take
    send(outgoing())
    assert sessions[0] is not sessions[1]


def test_a_connection_carries_a_bounded_number_of_mails(smtp, sessions, monkeypatch):
    monkeypatch.setattr(smtp_connections, "MOST_MAILS", 1)
    send(outgoing())
    send(outgoing())
    assert sessions[0] is not sessions[1]


def test_a_connection_that_nobody_needs_is_closed_by_itself(smtp, sessions, monkeypatch):
    monkeypatch.setattr(smtp_connections, "KEPT_FOR", 0)
    monkeypatch.setattr(django_mail, "KEPT_FOR", 0)

    async def send_and_stay():
        await adapter_for(Channel.EMAIL).send(outgoing())
        while sessions[0].transport is not None:  # until the connection is lost
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(send_and_stay(), 20))


@pytest.mark.django_db
def test_a_notification_whose_answer_got_lost_is_repeated_under_one_message_id(
    smtp, mail, settings
):
    settings.RESOLVE_AFTER = 0
    smtp.loses_the_answer()
    delivery = mail(on_doubt=OnDoubt.RESEND)
    drain()
    smtp.handler.hangs_up = False
    resolve_doubts()
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    ids = {message_from_bytes(each.content)["Message-ID"] for each in smtp.handler.mails}
    assert ids == {delivery.message_id}
    assert len(smtp.handler.mails) == 2


@pytest.mark.django_db
def test_an_answer_to_a_customer_whose_fate_is_unknown_is_not_repeated(smtp, mail, settings):
    settings.RESOLVE_AFTER = 0
    smtp.loses_the_answer()
    delivery = mail(on_doubt=OnDoubt.ASK)
    drain()
    resolve_doubts()
    drain()
    delivery.refresh_from_db()
    assert delivery.waits_for_a_person
    assert len(smtp.handler.mails) == 1


@pytest.fixture
def postmark(httpserver, settings):
    """Postmark's API; `answers` holds the JSON bodies it gives in turn."""
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.CHANNEL_ADAPTERS = {}
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "t",
        "POSTMARK_API_URL": httpserver.url_for("/"),
    }
    mails = []
    answer = {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "To": "customer@example.org"}

    def take(request):
        mails.append(request.json)
        return Response(json.dumps(answer), 200, content_type="application/json")

    httpserver.expect_request("/email").respond_with_handler(take)
    return mails, answer


def test_a_provider_gets_the_attempt_as_metadata_and_names_its_own_id(postmark):
    mails, _ = postmark
    message = outgoing()
    sent = send(message)
    assert (sent.provider, sent.provider_id) == ("postmark", "pm-1")
    assert mails[0]["Metadata"] == {"attempt_id": str(message.attempt_id)}
    headers = {header["Name"]: header["Value"] for header in mails[0]["Headers"]}
    assert headers["Message-ID"] == "<1@mail.gateway.test>"
    assert parseaddr(mails[0]["From"]) == ("Ann via Blue Shop", "ann@mail.gateway.test")
    assert mails[0]["ReplyTo"] == "token@reply.gateway.test"


def test_an_answer_that_says_neither_yes_nor_no_is_uncertain(postmark):
    _, answer = postmark
    answer.update(ErrorCode=406, Message="?", MessageID="")
    with pytest.raises(Uncertain):
        send(outgoing())


def test_a_provider_without_metadata_still_sends(httpserver, settings):
    settings.EMAIL_BACKEND = "anymail.backends.postal.EmailBackend"
    settings.CHANNEL_ADAPTERS = {}
    settings.ANYMAIL = {"POSTAL_API_KEY": "k", "POSTAL_API_URL": httpserver.url_for("/")}
    answer = {
        "status": "success",
        "data": {"message_id": "p-1", "messages": {"customer@example.org": {"id": 1}}},
    }
    httpserver.expect_request("/api/v1/send/message").respond_with_json(answer)
    assert send(outgoing()).provider == "postal"


def test_a_mail_backend_with_nobody_to_send_to_says_so(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    server = AnyPort(MailServer(None), hostname="127.0.0.1", port=0)
    server.start()
    settings.EMAIL_PORT = server.port
    try:
        with pytest.raises(BadAddress):
            send(outgoing(to_address=""))
    finally:
        server.stop()
