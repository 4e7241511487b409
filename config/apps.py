from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class ConfigConfig(AppConfig):
    """Makes the product's own commands (`run`) and templates known to Django."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        """Makes the folder that WhiteNoise looks for; it stays empty where nobody collects static files."""
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
