from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """The inward edge: verifies, journals and answers what providers send, and later reads it."""

    name = "webhooks"
    label = "gateway_webhooks"
    verbose_name = "Webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lets the worker understand the journal, fetch media, ask for what was missed and keep the ledger."""
        from gateway import worker
        from gateway.apps import BY_THE_HOUR
        from webhooks import checks
        from webhooks.processing import give_up_leases, process_due
        from webhooks.reconcile.errands import run_due
        from webhooks.reconcile.rounds import ask_at_once
        from webhooks.twilio.media import fetch_due

        checks.register()
        worker.register("inbound", process_due, give_up_leases)
        worker.register("media", fetch_due)
        worker.register("errands", run_due, ask_at_once, every=BY_THE_HOUR)
