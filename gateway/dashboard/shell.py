"""What stands around every page of the dashboard: the rail with its counts, and the list."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gateway import held
from gateway.conf import live_url
from gateway.dashboard.access import Viewer
from gateway.dashboard.filters import InboxFilter
from gateway.dashboard.saved import views_of
from gateway.drafts import drafted
from gateway.inbox import Folder, Inbox, Page, unread_total, version_for
from gateway.models import ClosingBlock, ClosingState, MemberAddress, SavedView
from gateway.outbound.unreachable import unreachable_at
from gateway.search.hits import passages
from gateway.search.words import words_of
from gateway.start import nobody_wrote_to
from gateway.telling.stops import Stop, stops_of

HEADINGS = {
    "glance": _("At a glance"),
    "start": _("First steps"),
    "checks": _("Checks"),
    "held": _("Held"),
    "listings": _("Listings"),
    "tags": _("Tags"),
    "settings": _("Settings"),
}


@dataclass(frozen=True)
class Shell:
    """The frame of a page. `version` was read first: what changes while the page is made is asked for again."""

    version: int
    viewer: Viewer
    filters: InboxFilter
    unread: int
    held: int
    page: Page
    place: str
    current: uuid.UUID | None = None

    @property
    def folders(self) -> list[Folder]:
        """The folders in the order of the rail."""
        return list(Folder)

    @property
    def shows_business(self) -> bool:
        """Whether rows must say which business they belong to."""
        return len(self.viewer.members) > 1

    @property
    def may_act(self) -> bool:
        """Whether the viewer may do anything with a conversation besides reading it."""
        return any(member.may_answer for member in self.viewer.members.values())

    @property
    def older(self) -> str:
        """The address of the next page, empty on the last one."""
        suffix = self.filters.suffix_after(self.page.next)
        return reverse("gateway:inbox") + suffix if self.page.next else ""

    @property
    def newest(self) -> str:
        """The address of the first page."""
        return reverse("gateway:inbox") + self.filters.suffix_after(None)

    @property
    def live_url(self) -> str:
        """Where the page is told to look again; empty where it asks by the clock alone."""
        return live_url()

    @cached_property
    def views(self) -> list[SavedView]:
        """What the viewer saved under a name."""
        return list(views_of(self.viewer.user))

    @property
    def view(self) -> SavedView | None:
        """The saved view that the list shows."""
        query = self.filters.suffix_after(None).removeprefix("?")
        shown = self.place == self.filters.chosen
        return next((view for view in self.views if shown and view.query == query), None)

    @cached_property
    def unreachable_at(self) -> MemberAddress | None:
        """The viewer's own address, where our mail to it comes back."""
        return unreachable_at(self.viewer.user)

    @cached_property
    def stops(self) -> list[Stop]:
        """By what the viewer is not told any more, by his own doing."""
        return stops_of(self.viewer.user, self.viewer.members.values())

    @cached_property
    def closing_block(self) -> ClosingBlock | None:
        """What stands below the viewer's mails, where he is to say whether customers may read it."""
        waiting = ClosingBlock.objects.filter(state=ClosingState.SUGGESTED)
        own = waiting.filter(membership__in=self.viewer.members.values())
        return own.select_related("membership__business").order_by("id").first()

    @cached_property
    def drafted(self) -> set[uuid.UUID]:
        """In which conversations of the list the viewer has typed an answer and not sent it."""
        return drafted(self.page.conversations, self.viewer.members.values())

    @cached_property
    def asked(self) -> list[str]:
        """The words that are searched for."""
        return words_of(self.filters.wanted.q)

    @cached_property
    def passages(self) -> dict[uuid.UUID, str]:
        """Of the conversations of the list what was found in them; nothing without a search."""
        return passages(self.page.conversations, self.asked)

    @cached_property
    def is_new(self) -> bool:
        """Whether an owner looks at an inbox to which no customer has ever written; a query where it is empty."""
        is_empty = not self.page.conversations
        return is_empty and bool(self.viewer.owned) and nobody_wrote_to(self.viewer.businesses)

    @property
    def makes_checks(self) -> bool:
        """Whether the viewer may test the installation."""
        return bool(self.viewer.owned) or self.viewer.user.is_staff

    @property
    def heading(self) -> str:
        """What the list is called."""
        if self.view:
            return self.view.name
        return str(HEADINGS.get(self.place) or self.filters.chosen.label)


def inbox_shell(request: HttpRequest, viewer: Viewer, current: uuid.UUID | None = None) -> Shell:
    """The frame with the list of conversations that the address bar asks for."""
    version = version_for(viewer.user)
    filters = InboxFilter(request.GET, viewer.businesses, viewer.user)
    listed = Inbox(viewer.businesses, filters.wanted).page(filters.cursor)
    prefetch_related_objects(listed.conversations, "tags", "assigned_to")
    return _shell(version, viewer, filters, listed, str(filters.chosen), current)


def shell_at(
    request: HttpRequest, viewer: Viewer, place: str, current: uuid.UUID | None = None
) -> Shell:
    """The frame around what makes a list of its own, by its name in HEADINGS."""
    version = version_for(viewer.user)
    filters = InboxFilter(request.GET, [], viewer.user)
    return _shell(version, viewer, filters, Page([], None), place, current)


def _shell(
    version: int,
    viewer: Viewer,
    filters: InboxFilter,
    listed: Page,
    place: str,
    current: uuid.UUID | None,
) -> Shell:
    return Shell(
        version=version,
        viewer=viewer,
        filters=filters,
        unread=unread_total(viewer.businesses),
        held=held.open_items(viewer.user).count(),
        page=listed,
        place=place,
        current=current,
    )
