"""Pictures get a small copy that holds nothing but the picture; what would explode is refused unread."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image

from gateway.inbound.messages import InboundFile
from gateway.models import Attachment, AttachmentState
from gateway.thumbnails import SIDE, PictureRefused, make_due, shrunk
from tests.factories import make_business, make_member, make_sender, make_text, make_token
from tests.gateway.post import bytes_of

pytestmark = pytest.mark.django_db

ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def member():
    return make_member(make_business())


def photo(size=(1600, 800), kind="JPEG"):
    picture = Image.new("RGB", size, "teal")
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "Secret camera"
    exif.get_ifd(GPS)[1] = "N"
    content = BytesIO()
    more = {"comment": b"Secret place"} if kind == "JPEG" else {}
    picture.save(content, kind, exif=exif, **more)
    return content.getvalue()


def bomb(width=60_000, height=60_000):
    """A PNG of some bytes that would unfold into gigabytes."""

    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    )


def came_with(member, content, content_type="image/jpeg"):
    file = InboundFile("photo.jpg", content_type, content)
    make_text(make_sender(member.business), "+14155550199", "Look", files=(file,))
    return Attachment.objects.get()


def get(member, path):
    client = Client()
    client.force_login(member.user)
    return client.get(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_gets_a_small_upright_copy_without_what_the_camera_wrote(member, kind):
    original = photo(kind=kind)
    attachment = came_with(member, original, f"image/{kind.lower()}")
    assert make_due() == 1
    assert make_due() == 0
    answer = get(member, f"/attachments/{attachment.pk}/thumbnail/")
    small = b"".join(answer.streaming_content)
    answer.close()
    with Image.open(BytesIO(small)) as picture:
        assert picture.size == (SIDE // 2, SIDE)
        assert not picture.getexif()
        assert "comment" not in picture.info
    assert b"Secret" not in small
    assert answer["Content-Type"] == "image/jpeg"
    assert bytes_of(attachment) == original


def test_the_thread_shows_the_copy_and_links_the_original(member):
    attachment = came_with(member, photo())
    make_due()
    page = get(member, f"/conversations/{attachment.message_id}/").content.decode()
    assert f'src="/attachments/{attachment.pk}/thumbnail/"' in page
    assert f'href="/attachments/{attachment.pk}/"' in page


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(bomb(), "image/png", id="decompression bomb"),
        pytest.param(b"\xff\xd8 no picture", "image/jpeg", id="no picture"),
        pytest.param(photo()[:900], "image/jpeg", id="cut off"),
    ],
)
def test_f46_what_would_explode_is_kept_as_it_is_and_not_unfolded(member, content, content_type):
    attachment = came_with(member, content, content_type)
    assert make_due() == 1
    attachment.refresh_from_db()
    assert (attachment.state, attachment.thumbnail.name) == (AttachmentState.STORED, "")
    assert (attachment.is_picture, attachment.thumbnail_due_at) == (False, None)
    assert bytes_of(attachment) == content
    answer = get(member, f"/attachments/{attachment.pk}/")
    assert b"".join(answer.streaming_content) == content
    answer.close()
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"PK\x03\x04" + b"\0" * 100, id="archive"),
        pytest.param(b"%PDF-1.4 " + photo(), id="a PDF that is a picture, too"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
        pytest.param(b"<!DOCTYPE html>" + photo(), id="a page that is a picture, too"),
    ],
)
@pytest.mark.parametrize("claimed", ["image/jpeg", "application/zip"])
def test_f46_what_is_no_picture_is_stored_and_never_opened(member, content, claimed):
    attachment = came_with(member, content, claimed)
    assert (attachment.is_picture, attachment.thumbnail_due_at) == (False, None)
    assert make_due() == 0
    answer = get(member, f"/attachments/{attachment.pk}/")
    assert b"".join(answer.streaming_content) == content
    answer.close()
    assert "attachment" in answer["Content-Disposition"]
    assert not answer["Content-Type"].startswith(("image/", "text/"))


def test_f46_the_bomb_is_refused_by_its_header():
    with pytest.raises(PictureRefused, match=r"pixels|decompression bomb"):
        shrunk(BytesIO(bomb()))


def test_a_file_that_could_not_be_fetched_is_fetched_again_on_demand(member):
    file = InboundFile("photo.jpg", "image/jpeg", source_url="https://api.twilio.com/media/ME1")
    text = make_text(make_sender(member.business), "+14155550199", "Look", files=(file,))
    attachments = Attachment.objects.all()
    attachments.update(state="failed", error="The provider answered 500.", due_at=None, attempts=8)
    attachment = attachments.get()
    client = Client()
    client.force_login(member.user)
    page = client.get(f"/conversations/{text.message.pk}/").content.decode()
    assert "The provider answered 500." in page
    assert f"/attachments/{attachment.pk}/fetch/" in page
    client.post(f"/attachments/{attachment.pk}/fetch/")
    attachment.refresh_from_db()
    assert (attachment.state, attachment.attempts, attachment.error) == ("pending", 0, "")
    assert attachment.due_at


def test_by_rest_it_is_visible_and_fetched_again_by_its_own_people_only(member):
    file = InboundFile("photo.jpg", "image/jpeg", source_url="https://api.twilio.com/media/ME1")
    text = make_text(make_sender(member.business), "+14155550199", "Look", files=(file,))
    Attachment.objects.update(state="failed", error="It is gone.", due_at=None)
    headers = {"Authorization": f"Token {make_token(member.user)}"}
    shown = Client().get(f"/api/business/messages/{text.message.pk}/", headers=headers).json()
    (shown_file,) = shown["attachments"]
    assert (shown_file["state"], shown_file["error"]) == ("failed", "It is gone.")
    path = f"/api/business/attachments/{shown_file['id']}/fetch/"
    stranger = {"Authorization": f"Token {make_token(make_member(make_business()).user)}"}
    assert Client().post(path, headers=stranger).status_code == 404
    assert Client().post(path, headers=headers).json()["state"] == "pending"
