"""How the caller is told, over REST."""

from __future__ import annotations

import pytest

from gateway.models import NotificationSettings
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db


def path(member) -> str:
    return f"business/notifications/{member.business_id}/"


def test_it_shows_what_happens_without_a_choice(api, ann):
    listed = api.get("business/notifications/").json()
    assert (listed["next"], listed["previous"]) == (None, None)
    (shown,) = listed["results"]
    assert shown == api.get(path(ann)).json()
    assert shown == {
        "id": str(ann.business_id),
        "business": ann.business.name,
        "email": ["new", "next", "held", "failed"],
        "sms": [],
        "browser": ["new", "next", "held", "failed"],
        "quiet_from": None,
        "quiet_until": None,
        "timezone": "",
        "is_woken": False,
        "digest_at": None,
        "digest_stopped_at": None,
    }


def test_what_is_given_is_changed_and_nothing_else(api, ann):
    night = {"quiet_from": "22:00", "quiet_until": "07:00", "timezone": "Europe/Berlin"}
    changed = api.patch(path(ann), night)
    assert changed.status_code == 200
    api.patch(path(ann), {"sms": ["failed"]})
    shown = api.get(path(ann)).json()
    assert {name: shown[name] for name in night} == night
    assert (shown["sms"], shown["email"]) == (["failed"], ["new", "next", "held", "failed"])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"timezone": "Berlin"}, "timezone"),
        ({"email": ["everything"]}, "email"),
        ({"digest_at": "25:00"}, "digest_at"),
        ({"texts": 0}, "texts"),
    ],
)
def test_what_cannot_be_is_refused_and_named(api, ann, wrong, field):
    refused = api.patch(path(ann), wrong)
    assert refused.status_code == 400
    assert field in str(refused.json())
    unchanged = NotificationSettings.objects.filter(membership=ann).first()
    assert unchanged is None or unchanged.quiet_from is None


def test_f73_anothers_settings_are_not_found(api, ann):
    assert api.get(path(make_member())).status_code == 404
    assert api.patch(path(make_member()), {}).status_code == 404
    assert api.get("business/notifications/none/").status_code == 404


def test_who_has_no_business_has_none(caller_for):
    assert caller_for(make_user()).get("business/notifications/").status_code == 403
