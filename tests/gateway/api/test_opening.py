"""A business's hours and away text over REST."""

from __future__ import annotations

import pytest

from gateway.models import Role
from tests.factories import make_member

HOURS = {"mon": [["09:00", "12:00"], ["13:00", "18:00"]], "sat": [["20:00", "02:00"]]}


@pytest.fixture
def path(ann):
    return f"business/hours/{ann.business_id}/"


def test_an_owner_reads_and_changes_them(api, path, ann):
    assert api.get(path).json() == {
        "id": str(ann.business_id),
        "name": ann.business.name,
        "timezone": "",
        "opening_hours": {},
        "closed_days": [],
        "answers_when_closed": False,
        "away_text": "",
    }
    wanted = {
        "timezone": "Europe/Paris",
        "opening_hours": HOURS,
        "closed_days": ["2026-12-25"],
        "answers_when_closed": True,
        "away_text": "We are closed.",
    }
    changed = api.patch(path, wanted)
    assert changed.status_code == 200
    assert changed.json().items() >= wanted.items()
    assert api.patch(path, {"closed_days": []}).json()["opening_hours"] == HOURS
    listed = api.get("business/hours/").json()
    assert listed == {"next": None, "previous": None, "results": [api.get(path).json()]}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"opening_hours": {"monday": []}}, "opening_hours"),
        ({"opening_hours": {"mon": [["9", "17"]]}}, "opening_hours"),
        ({"opening_hours": {"mon": [["09:00"]]}}, "opening_hours"),
        ({"opening_hours": {"mon": [["13:00", "18:00"], ["09:00", "12:00"]]}}, "opening_hours"),
        ({"closed_days": ["25.12.2026"]}, "closed_days"),
        ({"closed_days": ["2026-02-30"]}, "closed_days"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"answers_when_closed": True, "opening_hours": HOURS}, "away_text"),
        ({"answers_when_closed": True, "away_text": "Closed."}, "opening_hours"),
        ({"name": "Another name"}, "name"),
    ],
)
def test_what_is_wrong_is_400_and_named(api, path, wrong, field):
    before = api.get(path).json()
    answer = api.patch(path, wrong)
    assert answer.status_code == 400
    assert field is None or field in str(answer.json())
    assert api.get(path).json() == before


def test_only_an_owner_changes_them_and_only_his_people_read_them(api, path, ann, caller_for):
    agent = caller_for(make_member(ann.business, role=Role.AGENT).user)
    assert agent.get(path).status_code == 200
    assert agent.patch(path, {"away_text": "Hi"}).status_code == 403
    assert caller_for(make_member().user).get(path).status_code == 404
    assert api.get("business/hours/1/").status_code == 404
