"""Who of a business looks at a conversation or writes in it now, for colleagues who do the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gateway.members import called
from gateway.models import CustomerMessage, Presence

# An open page says so every 10 seconds (presence.js); one that has said nothing for so long is gone.
HERE_FOR = timedelta(seconds=30)
# A page that says the same sooner is not written down again.
AGAIN_AFTER = timedelta(seconds=10)
KEPT_FOR = timedelta(minutes=5)


def is_here(message: CustomerMessage, user: Any, *, is_writing: bool) -> None:
    """Notes that a member has the conversation on his screen."""
    now = timezone.now()
    his = Presence.objects.filter(message=message, user=user)
    if his.filter(is_writing=is_writing, seen_at__gt=now - AGAIN_AFTER).exists():
        return
    if not his.update(is_writing=is_writing, seen_at=now):
        row = Presence(message=message, user=user, is_writing=is_writing, seen_at=now)
        Presence.objects.bulk_create([row], ignore_conflicts=True)


def who_else(message: CustomerMessage, user: Any) -> str:
    """A sentence on the others who are there now; empty where nobody is."""
    since = timezone.now() - HERE_FOR
    others = Presence.objects.filter(message=message, seen_at__gt=since).exclude(user=user)
    rows = list(others.select_related("user").order_by("id"))
    writing = [called(row.user) for row in rows if row.is_writing]
    looking = [called(row.user) for row in rows if not row.is_writing]
    said = [
        ngettext("%(names)s is writing.", "%(names)s are writing.", len(writing))
        % {"names": _listed(writing)},
        ngettext("%(names)s is looking at this.", "%(names)s are looking at this.", len(looking))
        % {"names": _listed(looking)},
    ]
    return " ".join(words for words, names in zip(said, (writing, looking), strict=True) if names)


def sweep() -> int:
    """Forgets who was there before; how many."""
    gone = Presence.objects.filter(seen_at__lt=timezone.now() - KEPT_FOR)
    return gone.delete()[0] if gone.exists() else 0  # a look that finds nothing must not write


def _listed(names: list[str]) -> str:
    return get_text_list(names, _("and"))
