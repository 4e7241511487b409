"""Mails of which little is left, that carry others, or hold odd characters: read, filed, and shown whole."""

from __future__ import annotations

import pytest
from django.test import Client

from gateway.inbound.messages import Outcome
from gateway.inbound.receive import receive
from gateway.models import MessageReply
from tests.factories import make_message
from tests.gateway.post import MAYA, bytes_of, customer_token, notifications
from webhooks.mail import read_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ann):
    """A conversation that Maya opened by the form."""
    return make_message(ann)


REACTION = (
    b"Content-Type: multipart/alternative; boundary=part\n\n--part\n"
    b"Content-Type: text/plain; charset=utf-8\n\n\xf0\x9f\x91\x8d\n--part\n"
    b"Content-Type: text/vnd.google.email-reaction+json\n\n{}\n--part--\n"
)


@pytest.mark.parametrize(
    ("rest", "text", "quoted", "files"),
    [
        (b"\n> Is it there?\n", "> Is it there?", "", []),
        (b"\nOn 1.1.2026 10:00 Ann <a@b.example> wrote:\n> x\n", "On 1.1.2026", "", []),
        (b"\n-- \nMaya Okafor\n+1 415 555 0199\n", "Maya Okafor", "", []),
        (b"\nSent from my iPhone\n", "Sent from my iPhone", "", []),
        (REACTION, "\U0001f44d", "", ["attachment-1.bin"]),
        (b"Content-Type: application/pdf; name=plan.pdf\n\n%PDF-1", "", "", ["plan.pdf"]),
        (b"\n", "", "", []),
    ],
    ids=["quote", "heading and quote", "signature", "phone's line", "reaction", "file", "nothing"],
)
@pytest.mark.usefixtures("each_at_once")
def test_f69_whatever_is_left_of_a_mail_it_is_filed_with_all_of_it(
    message, rest, text, quoted, files
):
    raw = (
        f"From: {MAYA}\nTo: {customer_token(message)}\nMessage-ID: <1@x.example>\n".encode() + rest
    )
    (received,) = receive(read_mail(raw))
    assert received.outcome == Outcome.FILED
    assert received.reply.reply.lstrip("- \n").startswith(text)
    assert received.reply.quoted == quoted
    assert [file.name for file in received.reply.attachments.all()] == files
    assert len(notifications(message)) == 2  # of the form's message, and of this


@pytest.mark.parametrize("subject", ["Something else", "Fwd: A question", "WG: A question", ""])
def test_f64_another_subject_leads_nowhere_else_and_what_is_passed_on_is_content(message, subject):
    passed_on = "See below.\n\nFrom: Bob <b@b.example>\nSent: 1.1.2026\nSubject: Offer\n\n80 euros."
    head = f"From: {MAYA}\nTo: {customer_token(message)}\nSubject: {subject}\n\n"
    (received,) = receive(read_mail((head + passed_on).encode()))
    assert received.message == message
    is_forward = subject.startswith(("Fwd", "WG"))
    assert received.reply.reply == (passed_on if is_forward else "See below.")
    assert passed_on.split() == f"{received.reply.reply} {received.reply.quoted}".split()


def test_f64_an_attached_mail_is_a_file_and_neither_its_text_nor_its_address_counts(message, ann):
    other = make_message(ann, sender_email="noor@home.example")
    inner = f"From: noor@home.example\nTo: {customer_token(other)}\nSubject: Inner\n\nIts own text."
    body = f"--p\n\nSee the attached mail.\n--p\nContent-Type: message/rfc822\n\n{inner}\n--p--\n"
    head = f"From: {MAYA}\nTo: {customer_token(message)}\nContent-Type: multipart/mixed; boundary=p\n\n"
    (received,) = receive(read_mail((head + body).encode()))
    assert received.message == message
    assert received.reply.reply == "See the attached mail."
    (file,) = received.reply.attachments.all()
    assert (file.name, b"Its own text." in bytes_of(file)) == ("Inner.eml", True)


@pytest.mark.parametrize("field", ["List-Id: <bikes.lists.example>", "Precedence: list"])
def test_f64_a_digest_of_a_list_is_kept_and_nobody_is_told(message, field):
    head = f"From: digest@lists.example\nTo: {customer_token(message)}\n{field}\n"
    body = "Content-Type: multipart/digest; boundary=p\n\n--p\n\nSubject: One\n\nfirst\n--p--\n"
    (received,) = receive(read_mail((head + body).encode()))
    assert (received.outcome, received.message) == (Outcome.AUTOMATIC, message)
    assert received.reply.attachments.count() == 1
    assert len(notifications(message)) == 1  # of the form's message


ODD = "\ufeffa\0b\ud800c\u2028d\re\x1b[31m"


def test_f43_odd_characters_of_a_mail_are_stored_clean_and_read_as_json(message, ann):
    body = ODD.encode("utf-8", "surrogatepass") + b"\xff\xfe \xed\xa0\x80"
    head = f"From: {MAYA}\nTo: {customer_token(message)}\nSubject: x\0y\nContent-Type: text/plain; charset=utf-8\n\n"
    (received,) = receive(read_mail(head.encode() + body))
    stored = MessageReply.objects.get(pk=received.reply.pk).reply
    assert not set(stored) & set("\0\x1b\ud800")
    client = Client()
    client.force_login(ann.user)
    answer = client.get(f"/api/business/messages/{message.pk}/")
    assert answer.status_code == 200
    assert answer.json()
    assert client.get(f"/conversations/{message.pk}/").status_code == 200
