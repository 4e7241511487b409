from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """The domain: conversations, the door in and the door out, REST and the dashboard."""

    name = "gateway"
    label = "gateway"
    verbose_name = "Messaging gateway"
