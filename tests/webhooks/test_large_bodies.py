"""The file of a large body stays as long as its row may be there, and goes when it is not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection, transaction

from gateway.models import CustomerMessage
from tests.faults.slow_line import slow_line
from tests.webhooks.conftest import basic
from tests.webhooks.processes import server_on
from webhooks import group_commit
from webhooks.body import KEPT_IN_ROW
from webhooks.models import InboundEvent, InboundEventQuerySet
from webhooks.processing import process_due

MAIL = (
    b"From: Carla <carla@example.com>\r\nTo: bikes@reply.gateway.test\r\nSubject: Hi\r\n\r\n"
    + b"A long story.\r\n" * (KEPT_IN_ROW // 10)
)
MIME = "/webhooks/email/mime/?recipient=bikes@reply.gateway.test"
HEADERS = {"Authorization": basic(), "Content-Type": "message/rfc822"}
COMMITTED = b"COMMIT\0"  # CommandComplete in PostgreSQL's protocol
PATIENCE = 20

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where the files of this test are stored."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def check_filed() -> None:
    """The one mail was read whole, from its file."""
    process_due()
    event = InboundEvent.objects.get()
    assert event.body_file
    assert event.read_body() == MAIL
    assert event.message == CustomerMessage.objects.get()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="cuts a connection to PostgreSQL")
def test_f32_a_large_mail_whose_commit_was_not_heard_of_is_read_whole(bikes):
    port = connection.settings_dict["PORT"]
    with slow_line(int(port)) as line:
        url = os.environ["DATABASE_URL"].replace(f":{port}/", f":{line.port}/")
        with server_on(url) as web:

            def post() -> int:
                address = f"http://127.0.0.1:{web}{MIME}"
                return requests.post(address, MAIL, headers=HEADERS, timeout=PATIENCE).status_code

            line.swallows = COMMITTED
            assert post() == 503
            assert line.swallows == b""
            assert InboundEvent.objects.count() == 1
            assert post() == 200
    check_filed()


def test_a_large_mail_is_read_whole_when_what_follows_its_commit_fails(
    mail_provider, bikes, monkeypatch
):
    def fail() -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(group_commit, "work_waits", lambda _: transaction.on_commit(fail))
        assert mail_provider.mail(MAIL).status_code == 503
    assert mail_provider.mail(MAIL).status_code == 200
    check_filed()


def test_nothing_is_left_of_a_large_mail_that_was_not_stored(mail_provider, folder, monkeypatch):
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("down")

    monkeypatch.setattr(InboundEventQuerySet, "bulk_create", fail)
    assert mail_provider.mail(MAIL).status_code == 503
    assert not files_in(folder)


def test_a_storage_that_fails_in_its_own_way_costs_no_request(mail_provider, bikes, monkeypatch):
    class ClientError(Exception):
        """What storages of S3 raise is no OSError."""

    def fail(storage: FileSystemStorage, name: str) -> None:
        raise ClientError(name)

    monkeypatch.setattr(FileSystemStorage, "delete", fail)
    assert mail_provider.mail(MAIL).status_code == 200
    assert mail_provider.mail(MAIL).status_code == 200
    assert mail_provider.mail(MAIL + b"Another one").status_code == 200
    assert InboundEvent.objects.count() == 2
