from django.db.models import TextChoices


class Channel(TextChoices):
    """The ways in which a message travels."""

    EMAIL = "email", "Email"
    SMS = "sms", "SMS"
    WHATSAPP = "whatsapp", "WhatsApp"
    WEB = "web", "Web"


PHONE_CHANNELS = frozenset({Channel.SMS, Channel.WHATSAPP})
