"""What is past its time goes for good, with its files; everything else stays."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from channels_out.models import Delivery
from gateway.files import attach, stored
from gateway.inbound.messages import InboundFile
from gateway.models import CustomerMessage, HeldItem, IdempotentCall, MessageReply, Receipt
from gateway.states import trash
from tests.factories import make_member, make_message, make_reply
from tests.webhooks.conftest import sms
from webhooks.body import KEPT_IN_ROW
from webhooks.models import EventState, InboundEvent
from webhooks.processing import process_due
from webhooks.purge import forget_bodies, orphans

pytestmark = pytest.mark.django_db
PHOTO = InboundFile("photo.jpg", "image/jpeg", b"\xff\xd8 a photo")
MAIL = b"From: Carla <carla@example.com>\r\nTo: bikes@reply.gateway.test\r\nSubject: Hi\r\n\r\n"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """Where the files of this test are stored."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def ann(db):
    return make_member()


def purge(**options):
    """What the command says."""
    out = io.StringIO()
    call_command("purge", stdout=out, **options)
    return out.getvalue()


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def in_the_trash(member, days):
    """A conversation with an answer and a file on both sides, thrown away so many days ago."""
    message = make_message(member)
    reply = make_reply(message, member)
    with stored([PHOTO]) as first, stored([PHOTO]) as second:
        attach(first, message=message)
        attach(second, reply=reply)
    trash(message.pk)
    CustomerMessage.objects.filter(pk=message.pk).update(deleted_at=days_ago(days))
    return message


def processed(days, **fields):
    """The one event, as if it had been processed so many days ago."""
    process_due()
    InboundEvent.objects.update(received_at=days_ago(days), **fields)
    return InboundEvent.objects.get()


def test_the_trash_is_emptied_after_30_days_with_deliveries_and_files(ann, folder):
    in_the_trash(ann, days=31)
    assert "1 conversations" in purge()
    assert not CustomerMessage.objects.exists()
    assert not MessageReply.objects.exists()
    assert not Delivery.objects.exists()
    assert not files_in(folder)


def test_what_can_still_be_restored_or_was_never_deleted_stays(ann, folder):
    in_the_trash(ann, days=29)
    make_message(ann)
    assert "0 conversations" in purge()
    assert CustomerMessage.objects.count() == 2
    assert len(files_in(folder)) == 2


def test_a_conversation_in_which_something_waits_for_a_person_stays(ann):
    message = in_the_trash(ann, days=31)
    held = HeldItem.objects.create(
        reason="unknown_address", channel="email", business=ann.business, message=message
    )
    assert "0 conversations" in purge()
    HeldItem.objects.filter(pk=held.pk).update(settlement="refused")
    assert "1 conversations" in purge()


def test_after_a_fault_of_the_storage_it_goes_on_where_it_stopped(ann, folder, monkeypatch):
    in_the_trash(ann, days=31)

    def fail(storage, name):
        raise PermissionError(f"{name} is read-only")

    with monkeypatch.context() as broken:
        broken.setattr(FileSystemStorage, "delete", fail)
        with pytest.raises(CommandError, match="Mend the storage and run this again"):
            purge()
    assert CustomerMessage.objects.exists()
    assert "1 conversations" in purge()
    assert not files_in(folder)


def test_first_answers_are_kept_for_a_week(ann):
    for key, days in (("old", 8), ("new", 6)):
        call = IdempotentCall.objects.create(caller="user:1", key=key, fingerprint="0")
        IdempotentCall.objects.filter(pk=call.pk).update(created_at=days_ago(days))
    assert "1 first answers" in purge()
    assert IdempotentCall.objects.get().key == "new"


@pytest.mark.parametrize("size", [10, KEPT_IN_ROW + 10])
def test_raw_bodies_are_kept_for_90_days_and_their_rows_for_ever(
    mail_provider, bikes, folder, size
):
    raw = MAIL + b"x" * size
    mail_provider.mail(raw)
    processed(days=89)
    assert "0 raw bodies" in purge()
    assert processed(days=91).read_body() == raw
    assert "1 raw bodies" in purge()
    event = InboundEvent.objects.get()
    assert (event.read_body(), event.size) == (b"", len(raw))
    assert not files_in(folder)
    mail_provider.mail(raw)
    assert InboundEvent.objects.count() == 1
    assert "0 raw bodies" in purge()


def test_a_body_that_no_request_has_is_kept_for_a_day(mail_provider, bikes, folder):
    raw = MAIL + b"x" * KEPT_IN_ROW
    mail_provider.mail(raw)
    orphan = InboundEvent()
    orphan.body_file.save("body", ContentFile(raw), save=False)
    (folder / "inbound/strange").mkdir()
    strange = folder / "inbound/strange" / uuid4().hex
    strange.write_bytes(b"A host's own")
    now = timezone.now()
    assert forget_bodies(now + timedelta(hours=23)) == 0
    assert orphans(now + timedelta(hours=25)) == [orphan.body_file.name]
    assert forget_bodies(now + timedelta(hours=25)) == 1
    assert len(files_in(folder)) == 2
    assert strange.exists()
    assert InboundEvent.objects.get().read_body() == raw


def test_a_storage_that_cannot_list_keeps_what_no_request_has(folder, monkeypatch):
    monkeypatch.setattr(FileSystemStorage, "listdir", Storage.listdir)
    InboundEvent().body_file.save("body", ContentFile(b"x"), save=False)
    assert forget_bodies(timezone.now() + timedelta(days=2)) == 0
    assert files_in(folder)


def test_an_event_without_its_body_is_not_processed_again(twilio, bikes):
    twilio.post(sms())
    event = processed(days=91)
    purge()
    assert InboundEvent.objects.filter(pk=event.pk).process_again(timezone.now()) == 0
    assert InboundEvent.objects.get().state == EventState.DONE


@pytest.mark.parametrize("state", [EventState.DUE, EventState.FAILED])
def test_what_is_not_processed_keeps_its_body(twilio, bikes, state):
    twilio.post(sms())
    event = processed(days=91, state=state, due_at=timezone.now())
    assert "0 raw bodies" in purge()
    assert InboundEvent.objects.get().read_body() == event.read_body() != b""


def test_what_waits_for_a_person_keeps_its_body(twilio, db):
    twilio.post(sms(To="+15559999"))
    assert processed(days=91).held is not None
    assert "0 raw bodies" in purge()
    HeldItem.objects.update(settlement="refused")
    assert "1 raw bodies" in purge()


def test_what_was_deleted_for_good_stays_deleted_when_its_request_is_processed_again(twilio, bikes):
    twilio.post(sms())
    process_due()
    message = CustomerMessage.objects.get()
    trash(message.pk)
    CustomerMessage.objects.update(deleted_at=days_ago(31))
    purge()
    assert Receipt.objects.get().message is None
    InboundEvent.objects.all().process_again(timezone.now())
    process_due()
    assert InboundEvent.objects.get().outcome == "duplicate"
    assert not CustomerMessage.objects.exists()


def test_a_dry_run_counts_and_deletes_nothing(ann, twilio, bikes, folder):
    twilio.post(sms())
    processed(days=91)
    in_the_trash(ann, days=31)
    call = IdempotentCall.objects.create(caller="user:1", key="1", fingerprint="0")
    IdempotentCall.objects.filter(pk=call.pk).update(created_at=days_ago(8))
    counts = "1 first answers, 0 questions, 1 conversations in the trash and 1 raw bodies"
    for _ in range(2):
        assert purge(dry_run=True) == f"{counts} would be deleted.\n"
    assert len(files_in(folder)) == 2
    assert purge() == f"{counts} were deleted.\n"
