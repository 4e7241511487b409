from functools import partial
from typing import Any

from django.apps import AppConfig

# Seconds between two looks for what is due after hours: an idle worker must cost nearly nothing.
BY_THE_HOUR = 15.0
# For what nobody waits for at his screen.
BY_THE_SECOND = 2.0
# For what is due once a day.
BY_THE_DAY = 300.0


class GatewayConfig(AppConfig):
    """The domain: conversations, the door in and the door out, REST and the dashboard."""

    name = "gateway"
    label = "gateway"
    verbose_name = "Messaging gateway"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hears what became of deliveries, and lets the worker work the outbox."""
        from channels_out import outbox
        from channels_out.signals import (
            address_bounced,
            address_unwanted,
            copy_failed,
            deliveries_changed,
            deliveries_due,
        )
        from gateway import copies, stray_files, thumbnails, worker
        from gateway.asking.expire import MayBeForUs, expire
        from gateway.assigning import Given, release_due
        from gateway.checks.runs import run_due
        from gateway.glance.days import count_due
        from gateway.outbound import (
            after_failure,
            after_silence,
            brakes,
            notify,
            nudge,
            outcome,
            unreachable,
        )
        from gateway.presence import sweep
        from gateway.remind import HeldLong, remind_due
        from gateway.snooze import wake_due
        from gateway.telling import anew, later, matter, stops
        from gateway.telling.escalate import escalate_due

        deliveries_changed.connect(
            outcome.deliveries_moved, dispatch_uid="gateway.deliveries_moved"
        )
        deliveries_changed.connect(nudge.links_failed, dispatch_uid="gateway.links_failed")
        address_bounced.connect(outcome.mail_came_back, dispatch_uid="gateway.mail_came_back")
        address_bounced.connect(
            unreachable.members_mail_came_back, dispatch_uid="gateway.members_mail_came_back"
        )
        address_unwanted.connect(
            stops.member_called_it_unwanted, dispatch_uid="gateway.member_called_it_unwanted"
        )
        matter.register(
            HeldLong,
            MayBeForUs,
            Given,
            after_failure.NotArrived,
            after_silence.NotHeard,
            brakes.Raced,
            notify.SentToNobody,
            stops.ToldLess,
            unreachable.ComesBack,
        )
        copy_failed.connect(copies.copy_failed, dispatch_uid="gateway.copy_failed")
        deliveries_due.connect(_outbox_waits, dispatch_uid="gateway.outbox_waits")
        drain = partial(outbox.drain, goes_on=worker.goes_on)
        worker.register("outbox", drain, outbox.give_up_leases)
        worker.register("doubts", outbox.tick)
        worker.register("failures", after_failure.follow_up, every=BY_THE_SECOND)
        worker.register("silences", after_silence.follow_up, every=BY_THE_HOUR)
        worker.register("thumbnails", thumbnails.make_due)
        worker.register("files", stray_files.look_when_due, every=BY_THE_HOUR)
        worker.register("questions", expire, every=BY_THE_HOUR)
        worker.register("brakes", brakes.release_due, every=BY_THE_HOUR)
        worker.register("held", remind_due, every=BY_THE_HOUR)
        worker.register("notices", later.tell_due, every=BY_THE_SECOND)
        worker.register("escalations", escalate_due, every=BY_THE_HOUR)
        worker.register("assignments", release_due, every=BY_THE_HOUR)
        worker.register("withdrawals", anew.take_back_due, every=BY_THE_HOUR)
        worker.register("presence", sweep, every=BY_THE_HOUR)
        worker.register("snoozed", wake_due, every=BY_THE_HOUR)
        worker.register("checks", run_due, every=BY_THE_SECOND)
        worker.register("days", count_due, every=BY_THE_DAY)


def _outbox_waits(**_: Any) -> None:
    from gateway.bell import work_waits

    work_waits("outbox")
