"""The pages on which a member and an owner decide how things go: what there is, and the frame around each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.dashboard.access import Viewer
from gateway.dashboard.shell import shell_at
from gateway.models import Membership, Role


@dataclass(frozen=True)
class Section:
    """One page of the settings: its name, which is its route's as well, and what it is called.

    `of_owners` says that only owners of the business see it, `of_answering` that all who answer do.
    """

    name: str
    label: str | Promise
    icon: str
    of_owners: bool = False
    of_answering: bool = False

    def is_for(self, member: Membership) -> bool:
        """Whether this member may open it."""
        if self.of_owners:
            return member.role == Role.OWNER
        return member.may_answer or not self.of_answering


INDEX = Section("gateway:settings", _("Settings"), "settings")
OF_BUSINESS = (
    Section("gateway:business", _("Name and address"), "building-store", of_owners=True),
    Section("gateway:notifications", _("Notifications"), "bell"),
    Section("gateway:opening", _("Opening hours"), "clock", of_owners=True),
    Section("gateway:canned", _("Canned answers"), "bolt", of_answering=True),
    Section("gateway:members", _("People"), "users", of_owners=True),
    Section("gateway:numbers", _("Numbers"), "phone", of_owners=True),
    Section("gateway:templates", _("WhatsApp templates"), "template", of_owners=True),
)
OF_PERSON = (
    Section("gateway:profile", _("Profile"), "user"),
    Section("gateway:my_addresses", _("Addresses"), "at"),
    Section("mfa_index", _("Two-factor sign-in"), "shield-lock"),
    Section("usersessions_list", _("Signed-in devices"), "devices"),
    Section("gateway:tokens", _("API tokens"), "key"),
)


@dataclass(frozen=True)
class Entry:
    """One link of the list. `is_shown` says that its page is the one on the screen."""

    section: Section
    url: str
    is_shown: bool


@dataclass(frozen=True)
class Group:
    """The links of one business, or the person's own where `member` is None."""

    member: Membership | None
    entries: list[Entry]


def settings_page(
    request: HttpRequest,
    viewer: Viewer,
    section: str,
    context: dict[str, Any],
    member: Membership | None = None,
) -> HttpResponse:
    """A page of the settings. Its template has the name of the section: `gateway/settings/NAME.html`."""
    frame = settings_frame(request, viewer, section, member)
    name = section.rpartition(":")[2]
    return render(request, f"gateway/settings/{name}.html", frame | context)


def settings_frame(
    request: HttpRequest, viewer: Viewer, section: str, member: Membership | None = None
) -> dict[str, Any]:
    """What `gateway/settings/base.html` shows around a page of the settings, also around one of the host's."""
    return {
        "shell": shell_at(request, viewer, "settings"),
        "groups": list(_groups(viewer, section, member)),
        "section": next(each for each in (INDEX, *OF_PERSON, *OF_BUSINESS) if each.name == section),
        "member": member,
    }


def _groups(viewer: Viewer, shown: str, at: Membership | None) -> Iterator[Group]:
    own = [
        Entry(section, url, section.name == shown)
        for section in OF_PERSON
        if (url := _url(section))
    ]
    if own:
        yield Group(None, own)
    for member in viewer.members.values():
        entries = [
            Entry(section, _url(section, member.business_id), is_at and section.name == shown)
            for section in OF_BUSINESS
            for is_at in [at is not None and at.pk == member.pk]
            if section.is_for(member)
        ]
        yield Group(member, entries)


def _url(section: Section, *args: Any) -> str:
    """Empty where the host has no such page: sign-in and its pages are the host's."""
    try:
        return reverse(section.name, args=args)
    except NoReverseMatch:
        return ""
