"""What can be done with a conversation, or with several at once, by one press."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.blocking import block, unblock
from gateway.models import CustomerMessage, Status
from gateway.outbound.failures import failed_replies
from gateway.states import (
    change,
    needs_an_answer,
    restore,
    set_status,
    snooze,
    trash,
    unarchive,
)

Run = Callable[[uuid.UUID], None]


@dataclass(frozen=True)
class Action:
    """One thing to do with a conversation; `leaves` when it then is in another folder, `undo` what takes it back."""

    run: Run
    done: str | Promise
    leaves: bool = False
    undo: str = ""


def tell(request: HttpRequest, text: str | Promise, undo: str, pks: Iterable[uuid.UUID]) -> None:
    """Says what was done, with a button that takes it back where there is an action for that.

    The button belongs to the form of the chosen conversations, which stands on every page.
    """
    if undo:
        button = '{} <button class="undo" form="bulk" name="undo" value="{}">{}</button>'
        text = format_html(button, text, " ".join([undo, *map(str, pks)]), gettext("Undo"))
    messages.success(request, str(text))


def _changing(do: Callable[[CustomerMessage], None]) -> Run:
    def run(pk: uuid.UUID) -> None:
        with change(pk) as message:
            do(message)

    return run


def _set(status: Status) -> Run:
    return _changing(lambda message: set_status(message, status))


def _set_spam(is_spam: bool) -> Run:
    def run(message: CustomerMessage) -> None:
        message.is_spam = is_spam

    return _changing(run)


ACTIONS = {
    "read": Action(_set(Status.READ), _("Marked as read.")),
    "unread": Action(_set(Status.UNREAD), _("Marked as unread."), leaves=True),
    "answer": Action(
        _changing(lambda message: needs_an_answer(message, failed_replies(message.pk))),
        _("The customer waits for an answer again."),
    ),
    "wake": Action(_changing(lambda message: snooze(message, None)), _("Back in the inbox.")),
    "archive": Action(
        _set(Status.ARCHIVED), _("Moved to the archive."), leaves=True, undo="unarchive"
    ),
    "unarchive": Action(_changing(unarchive), _("Back in the inbox.")),
    "spam": Action(_set_spam(True), _("Moved to spam."), leaves=True, undo="not-spam"),
    "not-spam": Action(_set_spam(False), _("Not spam: back in the inbox.")),
    "block": Action(
        block,
        _("Blocked: what this sender writes from now on is spam. You can undo it."),
        leaves=True,
    ),
    "unblock": Action(unblock, _("Not blocked any more: back in the inbox.")),
    "delete": Action(
        trash,
        _("Moved to the trash. It can be restored for 30 days."),
        leaves=True,
        undo="restore",
    ),
    "restore": Action(restore, _("Restored.")),
}
