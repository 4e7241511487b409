"""Bytes are stored before a transaction begins, and go when no row came to keep them."""

from __future__ import annotations

import pytest
from django.db import transaction

from gateway.files import attach, stored
from gateway.inbound.messages import InboundFile
from gateway.models import Attachment
from tests.factories import make_message
from tests.gateway.post import PHOTO, bytes_of

pytestmark = pytest.mark.django_db


class Refused(Exception):
    pass


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def keep_and_fail(message):
    with stored([PHOTO]) as attachments, transaction.atomic():
        attach(attachments, message=message)
        raise Refused


def test_what_was_attached_stays(ann, own_storage):
    message = make_message(ann)
    with stored([PHOTO]) as attachments:
        attach(attachments, message=message)
    assert bytes_of(message.attachments.get()) == PHOTO.content


def test_what_was_not_attached_goes(db, own_storage):
    with stored([PHOTO, PHOTO]):
        assert len(files_in(own_storage)) == 2
    assert not files_in(own_storage)


@pytest.mark.django_db(transaction=True)
def test_f35_what_a_rolled_back_transaction_attached_goes(ann, own_storage):
    with pytest.raises(Refused):
        keep_and_fail(make_message(ann))
    assert not files_in(own_storage)
    assert not Attachment.objects.exists()


def test_f35_so_it_does_within_a_transaction_of_somebody_else(ann, own_storage):
    message = make_message(ann)
    with pytest.raises(Refused), transaction.atomic():
        keep_and_fail(message)
    assert not files_in(own_storage)


def test_f34_when_a_file_cannot_be_stored_the_others_go_too(own_storage, monkeypatch):
    from django.core.files.storage import default_storage

    save = default_storage.save

    def full_disk(name, content, **options):
        if files_in(own_storage):
            raise OSError("No space left on device")
        return save(name, content, **options)

    monkeypatch.setattr(default_storage, "save", full_disk)
    with pytest.raises(OSError, match="No space"), stored([PHOTO, PHOTO]):
        pytest.fail("nothing is taken in when a file is missing")
    assert not files_in(own_storage)


@pytest.mark.parametrize(
    "name", ["../../x", "CON", "\u200b.htaccess", "a" * 300, "", "\u202egpj.exe", "x\x00y"]
)
def test_f47_c07_no_name_of_a_stranger_reaches_the_storage(own_storage, name):
    with stored([InboundFile(name, "image/jpeg", b"x")]) as (attachment,):
        (path,) = files_in(own_storage)
        assert path.relative_to(own_storage).parts == (
            "attachments",
            attachment.pk.hex[:4],
            attachment.pk.hex,
        )
        assert len(attachment.name) <= 255
        assert attachment.name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("text/csv", "text/csv"),
        ("Text/CSV; charset=utf-8", "text/csv"),
        ("pdf", "application/octet-stream"),
        ("image/", "application/octet-stream"),
        ("a/b\r\nBcc: x", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("x/" + "y" * 200, "application/octet-stream"),
    ],
)
def test_what_is_no_media_type_is_kept_as_bytes(given, kept):
    with stored([InboundFile("file", given, b"1")]) as (file,):
        assert file.content_type == kept


PNG = b"\x89PNG\r\n\x1a\n"
PAGE = b"<!DOCTYPE html><script>alert(1)</script>"
SHEET = "application/vnd.ms-excel.sheet.macroenabled.12"
ARCHIVE = b"PK\x03\x04\x14\x00\x00\x00\x08\x00"
LETTER = b"PK\x03\x04\x14\x00\x06\x00"  # a ZIP, as letters and sheets of Office are


@pytest.mark.parametrize(
    ("content", "claimed", "kept"),
    [
        (PNG, "application/pdf", "image/png"),
        (PNG, "", "image/png"),
        (PAGE, "image/png", "text/html"),
        (b"alert(1)", "image/png", "application/octet-stream"),
        (b"alert(1)", "application/pdf", "application/octet-stream"),
        (b"%PDF-1.7\n", "image/jpeg", "application/pdf"),
        (b"%PDF-1.7\n", "text/plain", "application/pdf"),
        (LETTER, SHEET, SHEET),
        (LETTER, "application/zip", "application/zip"),
        (ARCHIVE, "application/octet-stream", "application/zip"),
        (b"MZ\x90\x00\x03", "image/gif", "application/vnd.microsoft.portable-executable"),
        (b"#!AMR\n", "audio/amr", "audio/amr"),
        (b"BMW, 3 doors", "text/plain", "text/plain"),
        (b"", "text/plain", "text/plain"),
    ],
)
def test_a_file_is_what_its_bytes_say_and_not_what_it_says_of_itself(
    own_storage, content, claimed, kept
):
    with stored([InboundFile("file", claimed, content)]) as (file,):
        assert file.content_type == kept
