"""WhatsApp templates and limits are changed over REST by an owner."""

from __future__ import annotations

import pytest

from gateway.models import Role, WhatsAppTemplate
from tests.factories import make_member

pytestmark = pytest.mark.django_db

SID = "HX" + "0" * 32


@pytest.fixture
def given(ann):
    return {
        "business": str(ann.business_id),
        "name": "Your answer",
        "content_sid": SID,
        "language": "en",
        "body": "Here: {{1}}",
        "places": {"1": "answer"},
    }


def test_an_owner_adds_a_template_and_switches_it_off(api, given):
    made = api.post("business/templates/", given)
    assert made.status_code == 201
    assert made.json()["carries_answer"] is True
    path = f"business/templates/{made.json()['id']}/"
    changed = api.patch(path, {"is_active": False})
    assert changed.status_code == 200
    assert WhatsAppTemplate.objects.get().is_active is False


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"places": {}}, "places"),
        ({"content_sid": "HX1"}, "content_sid"),
        ({"paused": True}, "paused"),
    ],
)
def test_what_does_not_fit_is_named(api, given, wrong, field):
    answer = api.post("business/templates/", given | wrong)
    assert answer.status_code == 400
    assert field in answer.content.decode()
    assert not WhatsAppTemplate.objects.exists()


def test_templates_are_an_owners_of_the_business(api, caller_for, ann, given):
    made = api.post("business/templates/", given).json()
    path = f"business/templates/{made['id']}/"
    member = caller_for(make_member(ann.business, role=Role.MEMBER).user)
    stranger = caller_for(make_member().user)
    assert member.post("business/templates/", given).status_code == 403
    assert member.patch(path, {"name": "Mine"}).status_code == 403
    assert stranger.post("business/templates/", given).status_code == 404
    assert stranger.patch(path, {"name": "Mine"}).status_code == 404


def test_an_owner_decides_what_is_sent_by_itself(api, ann):
    path = f"business/limits/{ann.business_id}/"
    assert not api.get("business/limits/").json()[0]["fails_over"]
    shown = api.patch(path, {"fails_over": True, "nudges": True}).json()
    assert (shown["fails_over"], shown["nudges"]) == (True, True)
    assert api.patch(path, {"nudges": False}).json()["fails_over"]
    assert api.patch(path, {"nudges": "perhaps"}).status_code == 400
    ann.business.refresh_from_db()
    assert (ann.business.fails_over, ann.business.nudges) == (True, False)


def test_an_owner_limits_what_is_sent(api, caller_for, ann):
    path = f"business/limits/{ann.business_id}/"
    limits = api.patch(path, {"texts_a_day": 40, "countries": ["DE"]}).json()
    assert (limits["texts_a_day"], limits["countries"]) == (40, ["DE"])
    limits = api.patch(path, {"texts_a_day": 30}).json()
    assert (limits["texts_a_day"], limits["countries"]) == (30, ["DE"])
    assert api.patch(path, {"texts_a_day": 4000, "countries": []}).status_code == 400
    assert api.patch(path, {"texts_a_day": None, "countries": ["XX"]}).status_code == 400
    member = caller_for(make_member(ann.business, role=Role.MEMBER).user)
    assert member.patch(path, {"texts_a_day": 1, "countries": []}).status_code == 403
    assert caller_for(make_member().user).patch(path, {}).status_code == 404
