"""A gateway with many conversations, asked without HTTP: `python -m tests.benchmarks.inboxes fill|ask ...`.

`fill MESSAGES` fills an empty database, one business owning a fifth, and prints what asking by HTTP needs;
`ask TIMES` prints how many milliseconds the queries of a page take: `{"page": [...], "deep": [...], ...}`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402
from knox.models import AuthToken  # noqa: E402

from gateway.inbox import Cursor, Inbox, Wanted, unread_total  # noqa: E402
from gateway.models import Business, CustomerMessage  # noqa: E402
from tests.benchmarks.million import fill  # noqa: E402

BUSINESSES = 20
SEARCHES = 200
SLUG = "million-0"  # of the business that owns a fifth


def make(messages: int) -> dict[str, Any]:
    """The inbox to ask for: who may, where its middle is, what to look for."""
    filled = fill(connection, messages, BUSINESSES)
    _, token = AuthToken.objects.create(filled.owner)
    return {
        "token": token,
        "session": _session_of(filled.owner),
        "middle": str(_middle(filled.business)),
        "searches": _searches(filled.business),
    }


def ask(times: int) -> dict[str, list[float]]:
    """Milliseconds of each kind of question; every search is asked once."""
    business = Business.objects.get(slug=SLUG)
    inbox, middle = Inbox([business.pk]), _middle(business)
    asked = {
        "page": _timed([inbox.page] * times),
        "deep": _timed([lambda: inbox.page(middle)] * times),
        "counts": _timed([lambda: unread_total([business.pk])] * times),
    }
    searches = [Inbox([business.pk], Wanted(q=words)) for words in _searches(business)]
    return {**asked, "search": _timed([search.page for search in searches])}


def _timed(questions: list[Callable[[], Any]]) -> list[float]:
    taken = []
    for question in questions:
        begun = time.perf_counter()
        question()
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def _middle(business: Business) -> Cursor:
    """The place in the middle of a business's list."""
    found = CustomerMessage.objects.filter(business=business).order_by("-last_activity_at", "-id")
    return Cursor.of(found[found.count() // 2])


def _searches(business: Business) -> list[str]:
    """What people look for: names, telephone numbers, common, rare and several words; the same in each run."""
    found = CustomerMessage.objects.filter(business=business).order_by("id")
    step = max(1, found.count() // (SEARCHES // 5))
    texts = found.values_list("sender_name", "sender_phone", "subject", "message")
    several = [texts[position * step] for position in range(SEARCHES // 5)]
    kinds = [
        [name for name, _, _, _ in several],
        [phone for _, phone, _, _ in several],
        [subject.split()[0] for _, _, subject, _ in several],
        [" ".join(message.split()[1:3]) for _, _, _, message in several],
        ["bicycle", "tandem", "velvet", "bicycle tandem"] * (SEARCHES // 20),
    ]
    return [words for kind in kinds for words in kind]


def _session_of(owner: Any) -> str:
    """The key of a session in which the owner is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(owner.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = owner.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    number = int(sys.argv[2])
    sys.stdout.write(json.dumps(make(number) if sys.argv[1] == "fill" else ask(number)))
