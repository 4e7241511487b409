"""Two change the same people at the same instant: an owner is left, and an invitation makes one member."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from gateway.invitations import InvitationEnded, accept, invite
from gateway.members import LastOwner, change_role, remove
from gateway.models import Membership, Role
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works):
    """What each gave or raised; all begin together."""
    start = Barrier(len(works))

    def run(work):
        start.wait()
        try:
            return work()
        except (LastOwner, InvitationEnded) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


@pytest.mark.parametrize("time", range(3))
def test_two_owners_who_end_each_others_right_leave_one(time):
    ann = make_member()
    ben = make_member(ann.business)
    place = ann.business_id
    ends = [
        lambda: remove(place, ben.pk),
        lambda: change_role(place, ann.pk, Role.MEMBER),
    ]
    done = at_once(*ends)
    assert [type(each) for each in done].count(LastOwner) == 1
    owners = Membership.objects.filter(business=place, role=Role.OWNER, is_active=True)
    assert owners.count() == 1


def test_two_who_open_one_invitation_make_one_member():
    ann = make_member()
    invitation = invite(ann, "zoe@home.example", Role.MEMBER)
    users = [make_user(), make_user()]
    done = at_once(*(lambda user=user: accept(invitation.pk, user) for user in users))
    assert [type(each) for each in done].count(InvitationEnded) == 1
    assert Membership.objects.filter(business=ann.business).count() == 2
