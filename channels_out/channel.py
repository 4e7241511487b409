from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Channel(TextChoices):
    """The ways in which a message travels."""

    EMAIL = "email", _("Email")
    SMS = "sms", "SMS"
    WHATSAPP = "whatsapp", "WhatsApp"
    WEB = "web", _("Web")


PHONE_CHANNELS = frozenset({Channel.SMS, Channel.WHATSAPP})
