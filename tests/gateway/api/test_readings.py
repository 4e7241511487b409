"""Which staff read what is the business's own, over REST."""

from __future__ import annotations

from gateway.models import HeldItem
from gateway.readings import staff_read
from tests.factories import make_member, make_message, make_user


def test_a_business_sees_who_read_what_of_its_own(api, caller_for, ann):
    sam = make_user("sam@staff.example", first_name="Sam", is_staff=True)
    message = make_message(ann)
    held = HeldItem.objects.create(reason="empty", channel="email", business=ann.business)
    for read in (message, held, make_message(make_member())):
        staff_read(sam, read)
    newest, first = api.get("business/readings/").json()["results"]
    assert (newest["held"], newest["message"]) == (str(held.pk), None)
    assert (first["message"], first["reader_name"]) == (str(message.pk), "Sam")
    page = api.get("business/readings/", page_size=1).json()
    assert [row["id"] for row in page["results"]] == [newest["id"]]
    assert page["next"]
    assert api.post("business/readings/", {}).status_code == 405
    assert caller_for(make_user()).get("business/readings/").status_code == 403
