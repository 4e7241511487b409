"""A file without a row goes, a row without a file says so; each is found by the workers' own look."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from gateway.files import attach, stored
from gateway.models import Attachment, CustomerMessage, Membership
from gateway.stray_files import FEW, look_into, look_when_due
from gateway.worker import WORK
from tests.factories import make_message
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, text_of
from tests.gateway.post import PHOTO
from tests.gateway.processes import running
from tests.gateway.test_files import files_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ann: Membership, own_storage: Path) -> CustomerMessage:
    return make_message(ann)


@pytest.fixture
def browser(ann: Membership) -> Client:
    return client_of(ann)


def with_file(message: CustomerMessage) -> Attachment:
    with stored([PHOTO]) as files:
        attach(files, message=message)
    return files[0]


def look(folder: Path, after: timedelta = timedelta(hours=25)) -> None:
    """What a worker does in the hour of each folder, so long after now."""
    for each in sorted((folder / "attachments").iterdir()):
        look_into(each.name, timezone.now() + after)


@pytest.mark.django_db(transaction=True)
def test_f35_the_file_of_a_process_that_was_killed_before_its_commit_goes_when_it_is_old(
    message, own_storage
):
    kept = with_file(message)
    with running("attach", str(message.pk)) as process:
        process.kill()
        process.wait()
    assert Attachment.objects.get() == kept
    assert len(files_in(own_storage)) == 2
    look(own_storage, after=timedelta(hours=23))
    assert len(files_in(own_storage)) == 2
    look(own_storage)
    assert files_in(own_storage) == [own_storage / kept.file.name]


def test_f35_a_thumbnail_that_no_row_names_goes_and_one_that_is_named_stays(message, own_storage):
    file = with_file(message)
    file.thumbnail.save("thumbnail", ContentFile(b"small"))
    lost = default_storage.save(f"{file.file.name}.thumbnail", ContentFile(b"lost"))
    assert lost != file.thumbnail.name
    look(own_storage)
    assert not default_storage.exists(lost)
    assert len(files_in(own_storage)) == 2


def test_f35_the_storage_of_another_database_is_left_alone(message, own_storage, caplog):
    with_file(message)
    for _ in range(FEW + 1):
        attachment = Attachment()
        attachment.file.save("x", ContentFile(b"of another database"), save=False)
    look(own_storage)
    assert len(files_in(own_storage)) == FEW + 2
    assert "are left: is it their database?" in caplog.text


def test_f35_what_is_none_of_ours_is_left_alone(message, own_storage):
    folder = Path(with_file(message).file.path).parent
    (folder / "notes.txt").write_text("a host's own")
    look(own_storage)
    assert (folder / "notes.txt").exists()


def test_f35_a_row_whose_file_is_gone_says_so_and_leads_nowhere(message, browser, own_storage):
    file = with_file(message)
    os.remove(file.file.path)
    look(own_storage)
    page = read(browser.get(f"/conversations/{message.pk}/"))
    assert "It is not stored any more." in text_of(page, "#thread span.att")
    assert not page.select("#thread a.att, #thread a.pic")
    answer = browser.get(f"/api/business/messages/{message.pk}/").json()
    assert [(each["url"], each["error"]) for each in answer["attachments"]] == [
        (None, "It is not stored any more.")
    ]
    assert browser.get(f"/attachments/{file.pk}/").status_code == 404


def test_f35_whoever_opens_it_first_finds_it_out(message, browser):
    file = with_file(message)
    os.remove(file.file.path)
    assert browser.get(f"/attachments/{file.pk}/").status_code == 404
    page = read(browser.get(f"/conversations/{message.pk}/"))
    assert "It is not stored any more." in text_of(page, "#thread span.att")


def test_f35_when_only_its_small_copy_is_gone_the_picture_itself_is_shown(message, browser):
    file = with_file(message)
    file.thumbnail.save("thumbnail", ContentFile(b"small"))
    os.remove(file.thumbnail.path)
    response = browser.get(f"/attachments/{file.pk}/thumbnail/")
    assert b"".join(response.streaming_content) == PHOTO.content


def test_f35_a_storage_that_was_away_and_is_back_is_shown_again(message, own_storage):
    file = with_file(message)
    away = own_storage.with_name("away")
    shutil.move(own_storage / "attachments", away)
    _every_hour(timezone.now(), hours=2)
    file.refresh_from_db()
    assert not file.is_stored
    shutil.move(away, own_storage / "attachments")
    _every_hour(timezone.now() + timedelta(hours=3), hours=2)
    file.refresh_from_db()
    assert (file.is_stored, file.error) == (True, "")


def test_f35_one_worker_looks_once_an_hour(message, own_storage, monkeypatch):
    with_file(message)
    looked: list[str] = []
    monkeypatch.setattr("gateway.stray_files.look_into", lambda folder, _: looked.append(folder))
    assert WORK["files"].batch is look_when_due
    begin = timezone.now()
    for minutes in (0, 1, 59, 60, 61, 121):
        with time_machine.travel(begin + timedelta(minutes=minutes), tick=False):
            look_when_due()
    assert len(looked) == 3


def _every_hour(begin: datetime, hours: int) -> None:
    for hour in range(hours):
        with time_machine.travel(begin + timedelta(hours=hour), tick=False):
            look_when_due()
