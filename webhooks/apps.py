from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """The inward edge: verifies, journals and answers what providers send, and later reads it."""

    name = "webhooks"
    label = "gateway_webhooks"
    verbose_name = "Webhooks"
    default_auto_field = "django.db.models.BigAutoField"
