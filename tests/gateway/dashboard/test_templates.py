"""An owner writes down the WhatsApp templates of his business."""

from __future__ import annotations

import pytest

from channels_out.channel import Channel
from gateway.models import Role, WhatsAppTemplate
from tests.factories import make_business, make_member, make_sender
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, submit, text_of

pytestmark = pytest.mark.django_db

GIVEN = {
    "name": "Your answer",
    "content_sid": "HX" + "0" * 32,
    "language": "en",
    "body": "Hello {{1}}, {{2}}",
    "is_active": "on",
}


@pytest.fixture
def url(ann):
    return f"/settings/templates/{ann.business_id}/"


def written(browser, url, **values):
    page = read(browser.get(f"{url}new/"))
    form = page.select_one("#template")
    form["action"] = f"{url}new/"
    return read(submit(browser, page, "#template", **GIVEN | values))


def test_a_template_is_written_down_then_its_places_are_chosen(browser, url):
    page = written(browser, url)
    assert "Say what fills {{1}}, {{2}}." in text_of(page, ".places")
    page = written(browser, url, **{"fill-1": "customer", "fill-2": "answer"})
    assert text_of(page, "#sample").startswith("Hello Maya Okafor, Yes")
    assert WhatsAppTemplate.objects.get().places == {"1": "customer", "2": "answer"}
    assert "Hello Maya Okafor" in text_of(read(browser.get(url)), ".entries")


def test_it_is_switched_off_where_it_was_written(browser, url):
    page = written(browser, url, **{"fill-1": "customer", "fill-2": "answer"})
    template = WhatsAppTemplate.objects.get()
    form = page.select_one("#template")
    form["action"] = f"{url}{template.pk}/"
    form.select_one("[name=is_active]").decompose()
    submit(browser, page, "#template")
    template.refresh_from_db()
    assert not template.is_active
    assert template.places == {"1": "customer", "2": "answer"}


def test_the_same_content_twice_and_a_wrong_one_are_refused(browser, url):
    page = written(browser, url, content_sid="HX1")
    assert "32 hexadecimal digits" in text_of(page, "#template")
    written(browser, url, body="Hello")
    page = written(browser, url, body="Hello")
    assert "in another template already" in text_of(page, "#template .problem")
    assert WhatsAppTemplate.objects.count() == 1


def test_only_ones_own_numbers_can_be_chosen(browser, ann, url):
    own = make_sender(ann.business, Channel.WHATSAPP)
    others = make_sender(make_business(), Channel.WHATSAPP)
    page = read(browser.get(f"{url}new/"))
    offered = [option["value"] for option in page.select("[name=sender] option")]
    assert offered == ["", str(own.pk)]
    page = written(browser, url, body="Hello", sender=str(others.pk))
    assert page.select_one("#template .problem")


def test_they_are_an_owners_and_of_his_business(browser, ann, url):
    written(browser, url, body="Hello")
    template = WhatsAppTemplate.objects.get()
    stranger = make_member(make_business())
    theirs = f"/settings/templates/{stranger.business_id}/{template.pk}/"
    assert client_of(stranger).get(theirs).status_code == 404
    assert client_of(stranger).get(f"{url}{template.pk}/").status_code == 404
    assert client_of(make_member(ann.business, role=Role.MEMBER)).get(url).status_code == 403
