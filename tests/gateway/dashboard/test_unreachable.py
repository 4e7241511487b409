"""A member whose notifications come back: he reads it in the dashboard, others are told in his place."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from channels_out.errors import BadAddress
from channels_out.models import Delivery
from channels_out.outbox import StatusReport, drain, record_status
from channels_out.state import State
from gateway.models import CustomerMessage, MemberAddress, Membership, Role
from tests.factories import (
    make_business,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
)
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_mail_server(settings: Any) -> None:
    settings.CHANNEL_ADAPTERS = {"email": "channels_out.adapters.memory.Memory"}


def told(since: int = 0) -> list[str]:
    """To whom mails that are not for customers went, the oldest first."""
    mails = Delivery.objects.filter(purpose="notification").order_by("id")
    return list(mails.values_list("to_address", flat=True))[since:]


def comes_back(delivery: Delivery, word: str = "bounced", code: str = "5.1.1") -> None:
    """The mail server reports what became of it."""
    drain()
    report = StatusReport(
        provider="smtp", provider_status=word, message_id=delivery.message_id, error_code=code
    )
    record_status(report)


def newest() -> Delivery:
    found = Delivery.objects.filter(purpose="notification").order_by("id").last()
    assert found is not None
    return found


@pytest.fixture
def gone(ann: Membership) -> CustomerMessage:
    """Ann was told of a message, and the mail came back."""
    message: CustomerMessage = make_message(ann)
    comes_back(newest())
    return message


def test_f67_she_reads_it_and_says_when_it_works_again(
    ann: Membership, gone: CustomerMessage
) -> None:
    browser = client_of(ann)
    for path in ("/", "/held/", f"/conversations/{gone.pk}/"):
        banner = text_of(read(browser.get(path)), "#came-back")
        assert f"Mail to {ann.user.email} comes back." in banner
    done = read(press(browser, read(browser.get("/")), "It works again"))
    assert f"we write to {ann.user.email} again" in text_of(done, "#flash")
    assert text_of(done, "#came-back") == ""
    make_message(ann, "Hello?")
    assert told()[-1] == ann.user.email


def test_nobody_else_sees_it_or_can_end_it(ann: Membership, gone: CustomerMessage) -> None:
    for other in (make_member(ann.business), make_member(make_business())):
        browser = client_of(other)
        assert text_of(read(browser.get("/")), "#came-back") == ""
        browser.post("/mail-works-again/")
    assert Client().post("/mail-works-again/").status_code == 302
    assert MemberAddress.objects.get(user=ann.user).bounced_at


def test_the_customers_conversation_is_untouched(ann: Membership, gone: CustomerMessage) -> None:
    before = gone.last_activity_at, gone.status
    gone.refresh_from_db()
    assert (gone.last_activity_at, gone.status, gone.has_failed) == (*before, False)
    assert not gone.contact.addresses.filter(bounced_at__isnull=False).exists()
    assert not gone.replies.exists()


def test_f67_others_are_told_once_and_get_what_she_would_have_got(
    ann: Membership, ben: Membership
) -> None:
    ann.user.first_name = "Ann"
    ann.user.save()
    colleague = make_member(ann.business, Role.MEMBER)
    message = make_message(ann)
    text = texted(ann)
    for delivery in list(Delivery.objects.filter(purpose="notification")):
        comes_back(delivery)
    assert told()[2:] == [colleague.user.email]
    mail = newest().rendered
    assert mail.subject == "Ann's Bikes: mail to Ann comes back"
    assert ("Auto-Submitted", "auto-generated") in mail.headers
    assert "What we would tell Ann by mail goes to you meanwhile." in mail.text
    assert (message.has_failed, text.has_failed) == (False, False)
    make_message(ann, "Hello?")
    assert told()[3:] == [colleague.user.email]
    assert ben.user.email not in told()


def texted(member: Membership) -> Any:
    return make_text(make_sender(member.business), "+12125550142", "Is it there?").message


def test_f67_a_notice_that_comes_back_itself_ends_there(ann: Membership) -> None:
    colleagues = [make_member(ann.business) for _ in range(2)]
    make_message(ann)
    comes_back(newest())
    assert len(told()) == 3
    for delivery in list(Delivery.objects.filter(purpose="notification", state=State.QUEUED)):
        comes_back(delivery)
    # Each told the other before his own came back; then nobody is left.
    assert len(told()) <= 4
    assert MemberAddress.objects.filter(bounced_at__isnull=False).count() == 3
    before = len(told())
    make_message(ann, "Hello?")
    assert told(before) == []
    for colleague in colleagues:
        assert "comes back" in text_of(read(client_of(colleague).get("/")), "#came-back")


def test_a_server_that_refuses_us_at_its_door_may_refuse_everybody(
    ann: Membership, provider: Any
) -> None:
    make_message(ann)
    provider.memory.answers.append(BadAddress())
    drain()
    assert MemberAddress.objects.get(user=ann.user).bounced_at is None


@pytest.mark.parametrize(
    ("word", "code"), [("deferred", "4.4.1"), ("failed", "5.2.2"), ("failed", "5.7.1")]
)
def test_a_delay_a_full_mailbox_or_a_policy_is_no_reason(
    ann: Membership, word: str, code: str
) -> None:
    make_message(ann)
    comes_back(newest(), word, code)
    assert not MemberAddress.objects.filter(bounced_at__isnull=False).exists()
    make_message(ann, "Hello?")
    assert told() == [ann.user.email] * 2


def test_a_customers_mail_that_comes_back_marks_no_member(ann: Membership) -> None:
    message = make_message(ann, sender_email=ann.user.email)
    make_reply(message, ann)
    comes_back(Delivery.objects.get(purpose="reply"))
    assert not MemberAddress.objects.filter(bounced_at__isnull=False).exists()
    assert message.contact.addresses.get(channel="email").bounced_at


def test_an_address_that_was_never_shown_to_be_his_stays_so(ann: Membership) -> None:
    MemberAddress.objects.all().delete()
    make_message(ann)
    comes_back(newest())
    marked = MemberAddress.objects.get()
    assert (marked.bounced_at is not None, marked.verified_at) == (True, None)
    assert "comes back" in text_of(read(client_of(ann).get("/")), "#came-back")


def test_another_address_of_his_account_is_written_to(ann: Membership, gone: Any) -> None:
    ann.user.email = "ann.new@home.example"
    ann.user.save()
    assert text_of(read(client_of(ann).get("/")), "#came-back") == ""
    make_message(ann, "Hello?")
    assert told()[-1] == "ann.new@home.example"
