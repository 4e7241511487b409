"""A business's numbers over REST."""

from __future__ import annotations

from gateway.models import BusinessDay
from tests.factories import make_business, make_member, make_message, make_reply


def test_it_tells_what_came_and_went(api, ann):
    make_reply(make_message(ann), ann)
    found = api.get("business/glance/", days=7).json()
    assert found["business"] == str(ann.business_id)
    assert len(found["days"]) == 7
    assert found["days"][-1].items() >= {"received": {"web": 1}, "sent": {"email": 1}}.items()
    (week,) = found["first_answers"]
    assert week.items() >= {"answers": 1, "median": 0, "ninety": 0}.items()
    assert found["deliveries"] == {"email": {"open": 1}}
    assert found["failures"] == []
    assert found["missing_to"]
    assert len(api.get("business/glance/").json()["days"]) == 30


def test_it_adds_up_the_days_that_are_kept(api, ann):
    kept = {
        "received": {"sms": 4},
        "sent": {},
        "minutes": {"5": 1, "90": 1},
        "deliveries": {"sms": {"failed": 2}},
        "failures": {"The phone is off.": 2},
    }
    day = api.get("business/glance/", days=7).json()["days"][0]["day"]
    BusinessDay.objects.create(business=ann.business, day=day, counts=kept)
    found = api.get("business/glance/", days=7).json()
    assert found["days"][0] == {"day": day, "received": {"sms": 4}, "sent": {}}
    assert found["failures"] == [{"reason": "The phone is off.", "count": 2}]
    assert found["first_answers"][0].items() >= {"median": 5, "ninety": 90}.items()


def test_of_several_businesses_one_is_named_and_of_others_there_is_none(api, ann):
    boats = make_member(make_business("Ben's Boats"))
    assert api.get("business/glance/", business=boats.business_id).status_code == 404
    make_member(make_business("Ann's Boats"), user=ann.user)
    answer = api.get("business/glance/")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "business"
    assert api.get("business/glance/", business=ann.business_id).status_code == 200
    assert api.get("business/glance/", days=31).status_code == 400
