"""A file in which a program tells a member's private address does not go to a customer; he reads so."""

from __future__ import annotations

import base64
import quopri
import time

import pytest
from django.test import Client

from channels_out.channel import Channel
from gateway.held import open_items, settle_send
from gateway.inbound.messages import InboundFile, Outcome
from gateway.models import Attachment, HeldItem, HeldReason, MemberAddress, Role
from gateway.move import file_under
from gateway.participants import customer_of, read_token_of
from tests.factories import make_member, make_message, make_reply, make_text
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, text_of
from tests.gateway.post import PHONE, PHOTO, bytes_of, owner_token, post, sent_to_customer

pytestmark = pytest.mark.django_db

OWN = "Ann.Private77@home.example"
CALENDAR = "BEGIN:VCALENDAR\r\nORGANIZER;CN=Ann:mailto:{}\r\nEND:VCALENDAR\r\n"
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nEMAIL;TYPE=HOME:{}\r\nEND:VCARD\r\n"
OLD_MAIL = "From: x@y.example\r\nTo: {}\r\nSubject: old\r\n\r\nHello\r\n"


@pytest.fixture
def message(ann):
    return make_message(ann)


def answer(message, ann, *files, **fields):
    """Ann answers the notification; her program attaches the files."""
    usual = {"sender": ann.user.email, "text": "Yes, come by at five.", "files": files}
    return post(owner_token(message, ann), **{**usual, **fields})


def folded(text: str, address: str) -> str:
    half = address[:9]
    return text.format(address).replace(half, f"{half}\r\n ")


def inside(encoded: bytes, transfer: str) -> bytes:
    head = f"From: x@y.example\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n"
    return head.encode() + encoded


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("ann.vcf", "text/vcard", CARD.format(OWN)),
        ("ann.vcf", "text/x-vcard", CARD.format(OWN)),
        ("ann.vcf", "text/directory", CARD.format(OWN)),
        ("Ann.VCF", "application/octet-stream", "\r\n" + CARD.format(OWN)),
        ("card", "text/vcard", folded(CARD, OWN)),
        ("invite.ics", "text/calendar", folded(CALENDAR, OWN)),
        ("invite.ics", "application/octet-stream", "\r\n" + CALENDAR.format(OWN)),
        ("invite.ics", "text/calendar", CALENDAR.format(OWN.replace("@", "+shop@"))),
        ("old mail.eml", "message/rfc822", OLD_MAIL.format(OWN)),
        ("old mail.eml", "application/octet-stream", folded(OLD_MAIL, OWN)),
        (
            "old.eml",
            "message/rfc822",
            inside(base64.encodebytes(f"On Monday {OWN} wrote:".encode()), "base64"),
        ),
        (
            "old.eml",
            "message/rfc822",
            inside(quopri.encodestring(f"{'é' * 20} {OWN} wrote".encode()), "quoted-printable"),
        ),
    ],
)
def test_a_file_that_tells_his_private_address_is_kept_back_and_named(
    message, ann, name, kind, content
):
    data = content if isinstance(content, bytes) else content.encode()
    reply = answer(message, ann, InboundFile(name, kind, data), PHOTO).reply
    assert [file.name for file in reply.attachments.all()] == ["photo.jpg"]
    page = read(client_of(ann).get(f"/conversations/{message.pk}/"))
    told = text_of(page, f"#m-{reply.pk}")
    assert f"a private address of your business is in it: {name}" in told


def test_any_shown_address_of_any_member_counts(message, ann):
    alias = MemberAddress.objects.create(
        user=ann.user,
        channel=Channel.EMAIL,
        address="ann@work.example",
        verified_at=ann.user.date_joined,
    )
    colleague = make_member(ann.business).user.email
    for address in (alias.address, colleague):
        card = InboundFile("card.vcf", "text/vcard", CARD.format(address).encode())
        assert not answer(message, ann, card).reply.attachments.exists()


def test_what_tells_no_address_of_theirs_goes_out_and_nothing_is_said(message, ann):
    files = (
        InboundFile("parts.vcf", "text/vcard", CARD.format("parts@shop.example").encode()),
        InboundFile("offer.eml", "message/rfc822", OLD_MAIL.format("parts@shop.example").encode()),
        InboundFile("terms.txt", "text/plain", f"Pay by mail to {OWN}".encode()),
    )
    reply = answer(message, ann, *files).reply
    assert [file.name for file in reply.attachments.all()] == [file.name for file in files]
    assert reply.filed_note == ""


def test_an_answer_of_which_nothing_is_left_is_held_with_its_file(message, ann):
    card = InboundFile("ann.vcf", "text/vcard", CARD.format(OWN).encode())
    received = answer(message, ann, card, text="")
    assert (received.outcome, received.held.reason) == (Outcome.HELD, HeldReason.EMPTY)
    assert [bytes_of(file) for file in received.held.attachments.all()] == [card.content]


def test_a_held_answer_goes_out_without_it_and_says_so(message, ann):
    card = InboundFile("ann.vcf", "text/vcard", CARD.format(OWN).encode())
    held = answer(message, ann, card, PHOTO, sender="new@else.example").held
    reply = settle_send(held, ann)
    assert [file.name for file in reply.attachments.all()] == ["photo.jpg"]
    assert reply.filed_note.endswith("is in it: ann.vcf.")


@pytest.mark.parametrize("filling", ["a", "\r\n ", "QUJD\r\n", "ann.private77+", "=\r\n", "="])
def test_a_crafted_file_takes_no_time(message, ann, filling):
    data = (filling * (1_000_000 // len(filling))).encode()
    begun = time.perf_counter()
    answer(message, ann, InboundFile("old.eml", "message/rfc822", data))
    assert time.perf_counter() - begun < 3


class TestWhatStayedBack:
    """Nothing is lost: the people of the business have it, and nobody else."""

    CARD_FILE = InboundFile("ann.vcf", "text/vcard", CARD.format(OWN).encode())
    SIGNATURE = InboundFile("signature.asc", "application/pgp-signature", b"signature")

    @pytest.fixture(params=["relayed", "approved"])
    def reply(self, request, message, ann):
        files = (self.CARD_FILE, PHOTO, self.SIGNATURE)
        if request.param == "relayed":
            return answer(message, ann, *files).reply
        held = answer(message, ann, *files, sender="new@else.example").held
        return settle_send(held, ann)

    @pytest.fixture
    def card(self, reply):
        return Attachment.objects.get(name="ann.vcf")

    def test_members_read_that_it_was_not_sent_and_download_it(self, message, ann, reply, card):
        for member in (ann, make_member(ann.business, Role.AGENT)):
            browser = client_of(member)
            entry = read(browser.get(f"/conversations/{message.pk}/")).select_one(f"#m-{reply.pk}")
            assert "Not sent to the customer" in entry.get_text()
            assert "signature.asc" not in entry.get_text()
            link = entry.select_one(f"a[href='/attachments/{card.pk}/']")
            assert "ann.vcf" in link.get_text()
            got = browser.get(link["href"])
            assert b"".join(got.streaming_content) == self.CARD_FILE.content

    def test_it_is_in_the_rest_of_members(self, message, ann, reply, card):
        shown = client_of(ann).get(f"/api/business/messages/{message.pk}/").json()["replies"][-1]
        assert [file["name"] for file in shown["attachments"]] == ["photo.jpg"]
        assert [file["name"] for file in shown["stayed_back"]] == ["ann.vcf"]
        assert shown["stayed_back"][0]["url"].endswith(f"/attachments/{card.pk}/")

    def test_the_customer_has_it_nowhere(self, message, ann, reply, card):
        token, browser = read_token_of(customer_of(message)), Client()
        shown = browser.get(f"/c/{token}/").content.decode()
        assert "photo.jpg" in shown
        assert "ann.vcf" not in shown
        assert str(card.pk) not in shown
        assert browser.get(f"/c/{token}/files/{card.pk}/").status_code == 404
        assert browser.get(f"/attachments/{card.pk}/").status_code != 200
        rest = browser.get(f"/api/customer/messages/{message.pk}/conversation/?token={token}")
        assert "photo.jpg" in rest.content.decode()
        assert "ann.vcf" not in rest.content.decode()
        make_reply(message, ann, "One thing more.")
        for sent in sent_to_customer(message):
            assert OWN not in str(sent.payload)
            assert str(card.pk) not in str(sent.payload)
            assert "ann.vcf" not in str(sent.payload)

    def test_another_business_has_it_nowhere(self, ben, card):
        assert client_of(ben).get(f"/attachments/{card.pk}/").status_code == 404

    def test_there_is_nothing_to_settle(self, message, ann, reply):
        assert not open_items(ann.user).exists()

    def test_it_goes_where_its_answer_goes(self, ann, ann_number):
        first, other = make_text(ann_number, PHONE, "Is it there?").message, make_message(ann)
        text = make_text(ann_number, PHONE, "And the lamp?").reply
        reply = answer(first, ann, self.CARD_FILE).reply
        file_under(text, other.pk, ann, with_later=True)
        assert HeldItem.objects.get(reply=reply).message == other
