from importlib import import_module
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class ConfigConfig(AppConfig):
    """Makes the product's own commands (`run`) and templates known to Django."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        """Makes the folder that WhiteNoise looks for, empty where nobody collects; loads what the services need."""
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        if settings.CELERY_BROKER_URL:
            import_module(
                "config.celery_app"
            )  # else Celery would make up an application of its own
        if settings.REDIS_URL:
            # Now, by one thread: two that begin at once to import what imports in a circle both fail.
            import_module("redis")
