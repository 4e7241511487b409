"""Links with a listing's code, for the business's own pages and posters."""

from __future__ import annotations

from gateway.codes import code_of
from gateway.listing_addresses import listing_address
from tests.factories import make_listing, make_member, make_sender


def test_a_member_gets_the_code_and_the_links(db, caller_for):
    member = make_member()
    listing, number = make_listing(member.business), make_sender(member.business)
    response = caller_for(member.user).get(f"business/listings/{listing.pk}/links/")
    code, mail = code_of(listing), listing_address(listing)
    assert response.json() == {
        "code": f"#{code}",
        "links": [
            {
                "channel": "sms",
                "address": number.address,
                "url": f"sms:{number.address}?body=Blue%20bike%20%23{code}%3A%20",
                "qr_url": f"https://gateway.test/qr/{code}/sms.svg",
            },
            {
                "channel": "email",
                "address": mail,
                "url": f"mailto:{mail.replace('+', '%2B')}?subject=Blue%20bike",
                "qr_url": f"https://gateway.test/qr/{code}/email.svg",
            },
        ],
    }


def test_another_businesss_listing_and_what_is_no_key_are_not_there(db, caller_for):
    member, listing = make_member(), make_listing(make_member().business)
    caller = caller_for(member.user)
    for key in (listing.pk, "x", "9" * 40, "%00"):
        assert caller.get(f"business/listings/{key}/links/").status_code == 404
