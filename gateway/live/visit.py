"""Who is behind a stream, and what he may see. Asks the database: call it by `ask` of `gateway.live.questions`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from gateway.models import Membership

Businesses = dict[Any, set[str]]


@dataclass(frozen=True)
class Visit:
    """A session in which somebody is signed in, with what must stay as it is for a stream to go on.

    `auth_hash` changes with the password, which ends sessions; `businesses` are the ids of those that he sees.
    """

    session_key: str
    user_id: Any
    auth_hash: str
    businesses: frozenset[str]


def visit_of(session_key: str) -> Visit | None:
    """The visit behind a session's key; None where nobody is signed in. Three queries."""
    request = HttpRequest()
    request.session = cast(SessionBase, _Seen(_session(session_key).load()))
    user = get_user(request)
    if not user.is_authenticated:
        return None
    return _visit(session_key, user, _businesses_of([user.pk]))


def lasting(visits: Collection[Visit]) -> set[Visit]:
    """Those of the visits that would be the same if they began now. Three queries, however many they are."""
    living = _living({visit.session_key for visit in visits})
    user_ids = {visit.user_id for visit in visits}
    users = get_user_model()._default_manager.in_bulk(user_ids)
    businesses = _businesses_of(user_ids)
    return {
        visit
        for visit in visits
        if visit.session_key in living
        and (user := users.get(visit.user_id)) is not None
        and getattr(user, "is_active", True)
        and _visit(visit.session_key, user, businesses) == visit
    }


class _Seen(dict[str, Any]):
    """A session's content, for `get_user` to judge and not to change: the cookie in the browser stays as it is."""

    def flush(self) -> None:
        """The web server ends a session; here it only counts as ended."""

    def cycle_key(self) -> None:
        """The web server renews a key of a former secret, and tells the browser."""


def _session(key: str) -> SessionBase:
    return cast(SessionBase, import_module(settings.SESSION_ENGINE).SessionStore(key))


def _visit(session_key: str, user: Any, businesses: Businesses) -> Visit:
    seen = frozenset(businesses.get(user.pk, ()))
    return Visit(session_key, user.pk, user.get_session_auth_hash(), seen)


def _businesses_of(user_ids: Collection[Any]) -> Businesses:
    found: Businesses = {}
    members = Membership.objects.filter(user__in=user_ids, is_active=True)
    for user_id, business_id in members.values_list("user", "business"):
        found.setdefault(user_id, set()).add(str(business_id))
    return found


def _living(keys: Collection[str]) -> set[str]:
    """The sessions that have not ended: by one query where they are in the database, else each in its own store."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if not hasattr(store, "get_model_class"):
        return {key for key in keys if _session(key).load()}
    sessions = store.get_model_class().objects.filter(
        session_key__in=keys, expire_date__gt=timezone.now()
    )
    return set(sessions.values_list("session_key", flat=True))
