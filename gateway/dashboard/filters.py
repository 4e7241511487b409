"""The filters above the list: what the address bar asks for, checked."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_out.channel import Channel
from gateway.assigning import colleagues_of
from gateway.inbox import BadCursor, Cursor, Folder, Wanted
from gateway.members import called
from gateway.models import UnreadCounter
from gateway.tags import tags_of

ME, NOBODY = "me", "nobody"  # as the address says it, so that a saved view is anybody's
MANY_LISTINGS = 200  # more than one can choose from in a list


class InboxFilter(forms.Form):
    """Folder, search and filters of the list; a value that makes no sense is named and does not narrow."""

    folder = forms.ChoiceField(choices=Folder.choices, required=False, widget=forms.HiddenInput)
    q = forms.CharField(
        label=gettext_lazy("Search messages"),
        required=False,
        max_length=200,
        widget=forms.SearchInput,
    )
    channel = forms.ChoiceField(
        choices=[("", gettext_lazy("Any channel")), *Channel.choices], required=False
    )
    since = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}))
    after = forms.CharField(required=False, widget=forms.HiddenInput)

    use_required_attribute = False

    def __init__(self, data: QueryDict, businesses: list[uuid.UUID], user: Any) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.user = user
        listings = [("", _("Any listing")), *_listings(businesses)]
        self.fields["listing"] = forms.ChoiceField(choices=listings, required=False)
        self.tags = list(tags_of(businesses))
        tags = [("", _("Any tag")), *((str(tag.pk), tag.name) for tag in self.tags)]
        self.fields["tag"] = forms.ChoiceField(choices=tags, required=False)
        self.colleagues = colleagues_of(businesses)
        assigned = [("", _("Anybody")), (ME, _("Me")), (NOBODY, _("Nobody")), *self._others()]
        self.fields["assigned"] = forms.ChoiceField(
            label=_("Assigned to"), choices=assigned, required=False
        )
        self.fields["q"].widget.attrs["placeholder"] = _("Search messages")
        self.full_clean()

    def clean_after(self) -> Cursor | None:
        text = self.cleaned_data["after"]
        try:
            return Cursor.parse(text) if text else None
        except BadCursor:
            return None  # an old bookmark: the first page is the way on

    @property
    def chosen(self) -> Folder:
        """The folder that is open."""
        return Folder(self.cleaned_data.get("folder") or Folder.OPEN)

    @property
    def cursor(self) -> Cursor | None:
        """Behind which conversation the page begins."""
        return self.cleaned_data.get("after") or None

    @property
    def wanted(self) -> Wanted:
        """What to list."""
        value = self.cleaned_data.get
        until = value("until")
        return Wanted(
            folder=self.chosen,
            listing=value("listing") or None,
            channel=value("channel") or "",
            tag=uuid.UUID(value("tag")) if value("tag") else None,
            assigned_to=self._assigned_to(value("assigned")),
            is_unassigned=True if value("assigned") == NOBODY else None,
            created_after=_midnight(value("since")),
            created_before=_midnight(until + timedelta(days=1) if until else None),
            q=value("q") or "",
        )

    @property
    def narrowed(self) -> bool:
        """Whether more than the folder was asked for."""
        return any(self.cleaned_data.get(name) for name in ("q", *self.columns))

    columns = ("listing", "tag", "channel", "assigned", "since", "until")

    @property
    def narrowed_by_column(self) -> bool:
        """Whether a filter besides the search is on, or was not understood."""
        return bool(self.errors) or any(self.cleaned_data.get(name) for name in self.columns)

    @property
    def has_colleagues(self) -> bool:
        """Whether there is anybody to share the work with."""
        return bool(self._others())

    def _others(self) -> list[tuple[str, str]]:
        """The viewer's colleagues, each once, by the key of his user."""
        others = {str(each.user_id): called(each.user) for each in self.colleagues}
        others.pop(str(self.user.pk), None)
        return list(others.items())

    def _assigned_to(self, chosen: str | None) -> Any:
        if chosen == ME:
            return self.user.pk
        return chosen if chosen != NOBODY and chosen else None

    @property
    def suffix(self) -> str:
        """What keeps folder, search, filters and page in a link: `?` and the query, or nothing."""
        return self.suffix_after(self.cursor)

    def suffix_after(self, cursor: Cursor | None) -> str:
        """The same for another page of the list; None is the first."""
        return self._suffix(str(cursor) if cursor else "")

    def _suffix(self, after: str) -> str:
        kept: dict[str, Any] = {name: self.data.get(name, "") for name in ("q", *self.columns)}
        folder = "" if self.chosen == Folder.OPEN else str(self.chosen)
        kept = {"folder": folder, **kept, "after": after}
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"?{query}" if query else ""


def with_query(request: HttpRequest, path: str) -> str:
    """An address with the folder, search and filters of this one."""
    query = request.GET.urlencode()
    return f"{path}?{query}" if query else path


def _listings(businesses: list[uuid.UUID]) -> list[tuple[str, str]]:
    """The listings that anybody ever wrote about: each has its unread counter."""
    counters = UnreadCounter.objects.filter(business__in=businesses, listing__isnull=False)
    counted = counters.select_related("listing").order_by("-unread", "-id")[:MANY_LISTINGS]
    return sorted(((str(row.listing_id), str(row.listing)) for row in counted), key=_title)


def _title(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
