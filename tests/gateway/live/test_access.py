"""Access is asked for again with every piece of news: a stream goes on only for whom it was opened."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from gateway.models import Membership, Role
from tests.factories import make_member, make_message
from tests.gateway.live.conftest import sign_in
from tests.live_process import LiveProcess

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("news"),
]


def sign_out(member: Membership, session: str) -> None:
    store: Any = import_module("django.contrib.sessions.backends.db")
    store.SessionStore(session).flush()


def let_it_expire(member: Membership, session: str) -> None:
    Session.objects.filter(session_key=session).update(expire_date=timezone.now())


def change_the_password(member: Membership, session: str) -> None:
    member.user.set_password("another-horse")
    member.user.save()


def deactivate(member: Membership, session: str) -> None:
    member.user.is_active = False
    member.user.save()


def delete(member: Membership, session: str) -> None:
    member.user.delete()


def remove(member: Membership, session: str) -> None:
    member.is_active = False
    member.save()


@pytest.mark.parametrize(
    "loses_access", [sign_out, let_it_expire, change_the_password, deactivate, delete, remove]
)
def test_who_lost_access_is_not_told_and_his_stream_ends(
    live: LiveProcess, ann: Membership, loses_access: Callable[[Membership, str], None]
) -> None:
    colleague = make_member(ann.business, Role.MEMBER)
    session = sign_in(colleague)
    theirs, anns = live.open_soon(session), live.open(sign_in(ann))
    loses_access(colleague, session)
    make_message(ann)
    assert theirs.wait_for_end() == "whole"
    assert theirs.looks == 0
    anns.wait_for_looks(1)
    assert anns.ending == ""


def test_who_gained_a_business_comes_back_and_hears_of_it(
    live: LiveProcess, ann: Membership, ben: Membership
) -> None:
    session = sign_in(ann)
    page = live.open_soon(session)
    make_member(ben.business, user=ann.user)
    make_message(ann)
    page.wait_for_end()
    page = live.open(session)
    make_message(ben)
    page.wait_for_looks(1)


def test_another_session_of_the_same_person_goes_on(live: LiveProcess, ann: Membership) -> None:
    left, kept = sign_in(ann), sign_in(ann)
    leaving, staying = live.open_soon(left), live.open(kept)
    sign_out(ann, left)
    make_message(ann)
    leaving.wait_for_end()
    staying.wait_for_looks(1)
