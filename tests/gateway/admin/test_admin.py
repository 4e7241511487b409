"""Django's admin: every table can be opened and searched; what happened cannot be edited."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_out.models import Delivery
from gateway.api_tokens import make_token
from gateway.codes import code_of
from gateway.inbound.messages import InboundFile
from gateway.invitations import invite
from gateway.models import (
    AddressProof,
    AwaySent,
    Brake,
    Business,
    BusinessDay,
    CannedAnswer,
    Check,
    ClosingBlock,
    Consent,
    Contact,
    Copy,
    CopySent,
    DayClock,
    DedicatedSender,
    Draft,
    HeldItem,
    IdempotentCall,
    Listing,
    MemberAddress,
    Membership,
    Note,
    Notice,
    NotificationSettings,
    Option,
    Participant,
    Pulse,
    Question,
    Reading,
    Role,
    SavedView,
    Silence,
    StrangersAsked,
    Suggestion,
    Tag,
    Tagging,
    TextsSent,
    WhatsAppTemplate,
    WhatsAppUser,
)
from gateway.move import file_under
from gateway.outbound.failures import note_failures
from gateway.outbound.unreachable import ComesBack
from gateway.participants import customer_of, find_by_read_token, read_token_of, remember
from gateway.presence import is_here
from gateway.telling.tell import mail_to
from gateway.welcome import welcome
from tests.factories import (
    make_business,
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
    make_user,
)

MODELS = list(apps.get_app_config("gateway").get_models())
WRITTEN_BY_HAND = {
    Business,
    ClosingBlock,
    Membership,
    MemberAddress,
    DedicatedSender,
    Listing,
    WhatsAppTemplate,
}


def fill(number: int) -> None:
    """A business in which everything happens once."""
    member = make_member()
    sender = make_sender(member.business)
    message = make_message(member, listing=make_listing(member.business), consent="I agree")
    note_failures({make_reply(message, member).pk: Delivery.objects.latest("created_at")})
    files = (InboundFile("bike.jpg", "image/jpeg", b"picture"),)
    received = make_text(sender, f"+1415555{number:04d}", "Hi there", files)
    make_reply(received.message, member)
    HeldItem.objects.create(
        reason="unknown_address",
        channel="email",
        business=member.business,
        message=message,
        membership=member,
        text="Yes",
    )
    make_text(make_sender(None), f"+1212555{number:04d}", "Who is there?")
    Option.objects.create(question=Question.objects.latest("created_at"), number=0, name="new")
    code_of(message.listing)
    IdempotentCall.objects.create(
        caller="user:1", key=str(number), fingerprint="0", status_code=201, body='{"a": 1}'
    )
    welcome(member)
    invite(member, f"zoe{number}@home.example", Role.MEMBER)
    remember([customer_of(message)])
    text = make_text(sender, f"+1415555{number:04d}", "About the other one")
    file_under(text.reply, message.pk, member, with_later=True)
    Brake.objects.create(
        business=member.business, writer="Robot", key=f"domain:{number}", ends_at=timezone.now()
    )
    is_here(message, member.user, is_writing=True)
    message.assignments.create(actor_name="Ann", assignee_name="Ben")
    Reading.objects.create(
        business=member.business, message=message, reader=member.user, reader_name="Sam"
    )
    WhatsAppUser.objects.create(
        user_id=f"US.{number}",
        number="+14155550100",
        normalized="+14155550100",
        since=timezone.now(),
        last_seen_at=timezone.now(),
    )
    WhatsAppTemplate.objects.create(
        business=member.business,
        name="Your answer",
        content_sid=f"HX{number:032d}",
        language="en",
        body="Here it is: {{1}}",
        places={"1": "answer"},
    )
    make_token(member.user, "Web shop")
    AddressProof.objects.create(user=member.user, channel="email", address="ann@home.example")
    StrangersAsked.objects.get_or_create(sender=sender, day=timezone.localdate())
    TextsSent.objects.get_or_create(business=member.business, day=timezone.localdate())
    Silence.objects.create(reply=text.reply, due_at=timezone.now())
    ClosingBlock.objects.create(membership=member, text="Ann, +1 415 555 0199", digest=f"{number}")
    NotificationSettings.objects.create(membership=member)
    Notice.objects.create(kind="quiet", channel="email", membership=member, message=message)
    mail_to(member, ComesBack(member, "No such mailbox."), "unreachable")
    AwaySent.objects.create(
        business=member.business, contact=message.contact, sent_at=timezone.now()
    )
    Note.objects.create(message=message, author=member.user, author_name="Ann", text="Haggles.")
    CannedAnswer.objects.create(business=member.business, name="Hours", text="From nine to five.")
    Draft.objects.create(message=message, membership=member, text="Half a sent")
    Copy.objects.create(message=message, address="tom@workshop.example", added_by=member)
    CopySent.objects.create(reply=message.replies.first(), address="tom@workshop.example")
    Suggestion.objects.create(message=message, author=member, author_name="Ann", text="It is.")
    tag = Tag.objects.create(business=member.business, name="Repair")
    Tagging.objects.create(message=message, tag=tag)
    SavedView.objects.create(user=member.user, name="Bikes", query="q=bike")
    Check.objects.create(user=member.user, name="worker")
    DayClock.objects.create(business=member.business, due_at=timezone.now())
    BusinessDay.objects.create(business=member.business, day=timezone.localdate(), counts={})
    Pulse.objects.create(name=f"clock {number}", at=timezone.now())
    Consent.objects.create(
        contact=message.contact, address=message.contact.addresses.get(), source="import"
    )


@pytest.fixture(autouse=True, scope="module")
def one_of_each(django_db_setup, django_db_blocker):
    """A row of every kind, made once: each test of this module begins with them."""
    with django_db_blocker.unblock(), transaction.atomic():
        fill(1)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def staff(db):
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def url_of(model, page, *args):
    return reverse(f"admin:gateway_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_a_list_opens_and_is_searched_and_grows_without_more_queries(
    staff, model, django_assert_max_num_queries, django_assert_num_queries
):
    staff.get(url_of(model, "changelist"))  # content types are read once
    with django_assert_max_num_queries(8) as short:
        assert staff.get(url_of(model, "changelist")).status_code == 200
    for number in range(2, 4):
        fill(number)
    with django_assert_num_queries(len(short)):
        page = staff.get(url_of(model, "changelist"))
    assert page.context["cl"].result_count >= 3
    found = staff.get(url_of(model, "changelist"), {"q": "no such thing"})
    assert found.status_code == 200
    assert found.context["cl"].result_count == 0


@pytest.mark.parametrize("model", MODELS)
def test_every_filter_of_a_list_works(staff, model):
    page = staff.get(url_of(model, "changelist"))
    for spec in page.context["cl"].filter_specs:
        for choice in spec.choices(page.context["cl"]):
            link = url_of(model, "changelist") + choice["query_string"]
            assert staff.get(link).status_code == 200, link


@pytest.mark.parametrize("model", MODELS)
def test_a_row_opens_in_few_queries(staff, model, django_assert_max_num_queries):
    row = model.objects.first()
    with django_assert_max_num_queries(25):
        assert staff.get(url_of(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", [one for one in MODELS if one not in WRITTEN_BY_HAND])
def test_what_happened_is_neither_added_nor_deleted(staff, model):
    row = model.objects.first()
    assert staff.get(url_of(model, "add")).status_code == 403
    assert staff.post(url_of(model, "add"), {}).status_code == 403
    assert staff.post(url_of(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in staff.get(url_of(model, "changelist")).content.decode()
    if model is not Contact:
        assert staff.post(url_of(model, "change", row.pk), {}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_only_name_and_language_of_a_contact_may_be_put_right(staff):
    contact = Contact.objects.first()
    other = make_business()
    changes = {"name": "Maya O.", "language": "en", "business": str(other.pk)}
    for formset in ("addresses", "consents"):
        changes |= {f"{formset}-TOTAL_FORMS": "0", f"{formset}-INITIAL_FORMS": "0"}
    assert staff.post(url_of(Contact, "change", contact.pk), changes).status_code == 302
    changed = Contact.objects.get(pk=contact.pk)
    assert (changed.name, changed.business) == ("Maya O.", contact.business)


def test_what_a_member_answered_of_his_closing_block_is_put_right_by_staff(staff):
    block = ClosingBlock.objects.first()
    changes = {"state": "approved", "text": "other"}
    assert staff.post(url_of(ClosingBlock, "change", block.pk), changes).status_code == 302
    changed = ClosingBlock.objects.get(pk=block.pk)
    assert (changed.state, changed.text) == ("approved", block.text)
    assert staff.get(url_of(ClosingBlock, "add")).status_code == 403


def test_a_membership_ends_by_its_switch_and_is_not_deleted(staff):
    member = make_member()
    assert staff.post(url_of(Membership, "delete", member.pk), {"post": "yes"}).status_code == 403


def test_an_address_of_a_member_is_kept_as_it_is_compared(staff):
    user = make_user()
    now = timezone.now()
    given = {
        "user": str(user.pk),
        "channel": "email",
        "address": " Ann@Home.Example ",
        "verified_at_0": now.date().isoformat(),
        "verified_at_1": "12:00",
    }
    assert staff.post(url_of(MemberAddress, "add"), given).status_code == 302
    assert MemberAddress.objects.get(user=user).address == "ann@home.example"
    again = staff.post(url_of(MemberAddress, "add"), given)
    assert again.status_code == 200
    assert again.context["errors"]


def test_no_content_of_a_file_and_no_token_is_shown(staff):
    for model in MODELS:
        row = model.objects.first()
        page = staff.get(url_of(model, "change", row.pk)).content.decode()
        assert "/attachments/" not in page
        for hidden in ("reply_hash", "read_hash"):
            assert getattr(row, hidden, None) is None or getattr(row, hidden) not in page


def test_people_who_are_not_staff_do_not_get_in(db):
    client = Client()
    client.force_login(make_member().user)
    assert client.get(url_of(Business, "changelist")).status_code == 302


def test_every_table_is_there():
    assert all(admin.site.is_registered(model) for model in MODELS)


def test_staff_end_an_address_and_a_link(staff):
    message = make_message(make_member())
    old = read_token_of(customer_of(message))
    chosen = {"action": "end_address_and_link", "_selected_action": [customer_of(message).pk]}
    assert staff.post(url_of(Participant, "changelist"), chosen).status_code == 302
    assert find_by_read_token(old) is None
    assert find_by_read_token(read_token_of(customer_of(message)))
