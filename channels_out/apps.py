from django.apps import AppConfig
from django.db import connections


class ChannelsOutConfig(AppConfig):
    """Sends one rendered thing to one address: email, SMS and WhatsApp."""

    name = "channels_out"
    label = "channels_out"
    verbose_name = "Outgoing channels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lets transactions on SQLite take the write lock first, unless the host has chosen a mode."""
        database = connections.settings["default"]
        if database["ENGINE"].endswith("sqlite3"):
            # Else a transaction that writes after reading fails at once where another process has written meanwhile.
            database["OPTIONS"].setdefault("transaction_mode", "IMMEDIATE")
