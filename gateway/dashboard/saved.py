"""What a member saved of the list under a name: folder, search and filters."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from gateway.models import SavedView
from gateway.text import one_line

MOST_VIEWS = 30  # of one person; more would be longer than a screen


class SaveForm(forms.Form):
    """The name of what the address bar asks for."""

    name = forms.CharField(max_length=40, error_messages={"required": _("Give it a name.")})

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])


def views_of(user: Any) -> QuerySet[SavedView]:
    """His saved views, by name."""
    return SavedView.objects.filter(user=user).order_by("name")[:MOST_VIEWS]


def save(user: Any, name: str, query: str) -> SavedView | None:
    """Saves a view; one of the same name is replaced. None where there are too many."""
    own = SavedView.objects.filter(user=user)
    if own.exclude(name=name).count() >= MOST_VIEWS:
        return None
    return own.update_or_create(user=user, name=name, defaults={"query": query})[0]


def delete(user: Any, pk: uuid.UUID) -> None:
    """Forgets a view of his."""
    SavedView.objects.filter(user=user, pk=pk).delete()
