"""How a mail finds its conversation: the steps and their order."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_out.models import Delivery
from gateway.inbound.messages import Outcome
from gateway.inbound.receive import receive
from gateway.listing_addresses import listing_address, listing_named
from gateway.models import CustomerMessage, Participant
from gateway.participants import customer_of, message_id_of, read_token_of, revoke
from tests.factories import make_listing, make_message, make_reply
from tests.gateway.post import customer_token, mail, post, sent_to_customer

pytestmark = pytest.mark.django_db

SES_ID = "0102018f3c4d5e6f-aaaa-bbbb-000000"
NOWHERE = "nobody@reply.gateway.test"


@pytest.fixture
def message(ann):
    """A conversation that Maya opened by the form."""
    return make_message(ann)


def our_mail_to_customer(message, ann, **fields):
    """A relayed answer; the Delivery holds what a customer's mail refers to."""
    make_reply(message, ann)
    delivery = sent_to_customer(message)[-1]
    for name, value in fields.items():
        setattr(delivery, name, value)
    delivery.save()
    return delivery


def test_the_reply_address_files_a_mail_under_its_conversation(message):
    received = post(customer_token(message))
    assert (received.outcome, received.message) == (Outcome.FILED, message)
    assert (received.reply.filed_by, received.reply.filed_note) == ("token", "")


def test_f63_the_reply_address_counts_wherever_it_stands(message):
    received = post("someone@example.org", "other@example.org", customer_token(message))
    assert received.message == message


@pytest.mark.parametrize("separator", ["+", "-", "=", "."])
def test_mail_systems_may_put_something_around_a_reply_address(message, separator):
    local, _, domain = customer_token(message).partition("@")
    for tagged in (f"{local}{separator}news", f"news{separator}{local}"):
        assert post(f"{tagged}@{domain}").message == message


def test_mail_systems_may_fold_case(message):
    assert post(customer_token(message).upper()).message == message


def test_a_reply_address_counts_only_on_our_own_domain(message):
    local = customer_token(message).partition("@")[0]
    assert post(f"{local}@evil.example").outcome == Outcome.SPAM


def test_a_revoked_reply_address_opens_nothing(message):
    address = customer_token(message)
    revoke(customer_of(message))
    assert post(address).outcome == Outcome.SPAM
    assert post(customer_token(message)).message == message


def test_the_token_of_the_link_is_no_reply_address(message):
    assert post(f"{read_token_of(customer_of(message))}@reply.gateway.test").reply is None


@pytest.mark.parametrize("field", ["in_reply_to", "references"])
def test_our_signed_message_id_finds_the_conversation(message, ann, field):
    sent = our_mail_to_customer(message, ann)
    received = post("messages@mail.gateway.test", **{field: (sent.message_id,)})
    assert (received.message, received.reply.filed_by) == (message, "reference")


def test_f61_the_newest_reference_decides(message, ann):
    other = make_message(ann, sender_email="noor@home.example")
    ids = [message_id_of(customer_of(each)) for each in (message, other)]
    assert post(NOWHERE, references=tuple(ids)).message == other
    assert post(NOWHERE, references=tuple(ids), in_reply_to=(ids[0],)).message == message


@pytest.mark.parametrize("place", [1, 40, 55], ids=["participant", "nonce", "signature"])
def test_c01_an_altered_message_id_finds_nothing(message, place):
    own = message_id_of(customer_of(message))
    other = "3" if own[place] != "3" else "4"
    altered = own[:place] + other + own[place + 1 :]
    assert post(NOWHERE, in_reply_to=(altered,)).outcome == Outcome.SPAM


def test_c02_an_unsigned_message_id_finds_nothing(message):
    pk = customer_of(message).pk.hex
    for forged in (f"<{pk}@mail.gateway.test>", f"<{pk}.0123456789abcdef@mail.gateway.test>"):
        assert post(NOWHERE, in_reply_to=(forged,)).outcome == Outcome.SPAM


def test_a_message_id_signed_for_another_domain_finds_nothing(message):
    foreign = message_id_of(customer_of(message)).replace("mail.gateway.test", "evil.example")
    assert post(NOWHERE, in_reply_to=(foreign,)).outcome == Outcome.SPAM


@pytest.mark.parametrize("domain", ["email.amazonses.com", "eu-west-1.amazonses.com"])
def test_f63_an_id_that_amazon_put_in_place_of_ours_finds_the_conversation(message, ann, domain):
    our_mail_to_customer(message, ann, provider_id=SES_ID)
    received = post(NOWHERE, in_reply_to=(f"<{SES_ID}@{domain}>",))
    assert (received.message, received.reply.filed_by) == (message, "provider_id")


def test_a_whole_provider_id_finds_the_conversation_in_the_order_of_references(message, ann):
    other = make_message(ann, sender_email="noor@home.example")
    our_mail_to_customer(message, ann, provider_id="one@provider.example")
    our_mail_to_customer(other, ann, provider_id="two@provider.example")
    references = ("<one@provider.example>", "<two@provider.example>")
    assert post(NOWHERE, references=references).message == other


def test_a_short_provider_id_cannot_be_guessed(message, ann):
    our_mail_to_customer(message, ann, provider_id="4711")
    for guess in ("<4711>", "<4711@evil.example>", "4711"):
        assert post(NOWHERE, in_reply_to=(guess,)).outcome == Outcome.SPAM


def test_f62_an_empty_id_never_matches(message, ann):
    our_mail_to_customer(message, ann, provider_id="")
    assert Delivery.objects.filter(provider_id="").exists()
    received = post(NOWHERE, in_reply_to=("", "<>", "<@>", "<@amazonses.com>"), references=("",))
    assert received.outcome == Outcome.SPAM


def test_f61_a_token_wins_over_a_reference_and_says_so(message, ann):
    other = make_message(ann, sender_email="noor@home.example")
    received = post(customer_token(message), in_reply_to=(message_id_of(customer_of(other)),))
    assert received.message == message
    assert "belong to different conversations" in received.reply.filed_note


def test_a_token_and_a_reference_that_agree_are_not_remarked_on(message):
    received = post(customer_token(message), in_reply_to=(message_id_of(customer_of(message)),))
    assert received.reply.filed_note == ""


def test_f60_a_mail_to_two_reply_addresses_is_filed_once_under_each(message, ann):
    other = make_message(ann, subject="Another question")
    both = (customer_token(message), customer_token(other), customer_token(message))
    received = receive(mail(*both, in_reply_to=(message_id_of(customer_of(other)),)))
    assert [each.message for each in received] == [message, other]
    assert [each.reply.filed_note for each in received] == ["", ""]
    assert message.replies.count() == other.replies.count() == 1


def test_a_mail_to_the_public_address_opens_a_conversation(ann):
    received = post(ann.business.public_address.upper(), subject="Blue bike")
    message = received.message
    assert (received.outcome, message.business) == (Outcome.FILED, ann.business)
    assert (message.subject, message.message) == ("Blue bike", "Can I see it today?")
    assert (message.sender_email, message.channel) == ("maya@home.example", "email")
    assert message.filed_by == "public_address"


def test_a_mail_to_a_listings_own_address_opens_a_conversation_about_it(ann):
    listing = make_listing(ann.business, "Blue bike")
    for address in (listing_address(listing), listing_address(listing).upper()):
        message = post(address, subject="Hello").message
        assert (message.business, message.listing) == (ann.business, listing)
        assert message.listing_snapshot["title"] == "Blue bike"
    assert len(listing_address(listing)) <= 64 + len("@reply.gateway.test")


def test_a_listings_address_leads_to_no_other_business(ann, ben):
    code = listing_address(make_listing(ann.business)).partition("+")[2]
    message = post(f"{ben.business.slug}+{code}").message
    assert (message.business, message.listing) == (ben.business, None)


@given(st.text(alphabet="abc234=+.-\0é ", max_size=30))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_code_in_an_address_is_an_error(ann, code):
    assert listing_named(ann.business, code) is None
    assert listing_named(ann.business, "a" * 26) is None


def test_each_mail_to_the_public_address_opens_one_for_the_same_contact(ann):
    first = post(ann.business.public_address).message
    second = post(f"{ann.business.slug}+shop@reply.gateway.test", sender="MAYA@home.example")
    assert second.message != first
    assert second.message.contact == first.contact


def test_a_reply_address_goes_before_a_public_one(message, ann):
    received = receive(mail(ann.business.public_address, customer_token(message)))
    assert [each.message for each in received] == [message]


def test_c31_a_mail_to_an_address_that_never_existed_is_spam_and_leaves_nothing(message):
    before = CustomerMessage.objects.count(), Participant.objects.count()
    received = post(NOWHERE, "aaaaaaaaaaaaaaaaaaaaaaaa@reply.gateway.test")
    assert received.outcome == Outcome.SPAM
    assert (received.message, received.held) == (None, None)
    assert (CustomerMessage.objects.count(), Participant.objects.count()) == before


def test_f61_neither_subject_nor_body_is_evidence(message, ann):
    quoted = f"Answer to {customer_token(message)} or {message_id_of(customer_of(message))}"
    received = post(NOWHERE, subject=message.subject, text=quoted, quoted=quoted)
    assert received.outcome == Outcome.SPAM


def test_a_message_id_ends_with_the_address_it_was_sent_with(message):
    old = message_id_of(customer_of(message))
    revoke(customer_of(message))
    assert post("nobody@reply.gateway.test", in_reply_to=(old,)).outcome == Outcome.SPAM
    new = message_id_of(customer_of(message))
    assert post("nobody@reply.gateway.test", in_reply_to=(new,)).message == message
