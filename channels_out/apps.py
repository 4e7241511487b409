from django.apps import AppConfig


class ChannelsOutConfig(AppConfig):
    """Sends one rendered thing to one address: email, SMS and WhatsApp."""

    name = "channels_out"
    label = "channels_out"
    verbose_name = "Outgoing channels"
    default_auto_field = "django.db.models.BigAutoField"
