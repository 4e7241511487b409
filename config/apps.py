from importlib import import_module
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django_structlog.celery.signals import modify_context_before_task_publish

from config.metrics import folder


class ConfigConfig(AppConfig):
    """Makes the product's own commands (`run`, `purge`) and templates known to Django."""

    name = "config"
    label = "config"

    def ready(self) -> None:
        """Makes the folders that this process writes, and loads what its services need."""
        from config.logs.requests import keep_the_request_id

        modify_context_before_task_publish.connect(keep_the_request_id)
        # WhiteNoise looks for it, also where nobody collects static files.
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        folder.count_in(settings.METRICS_FOLDER)
        if settings.CELERY_BROKER_URL:
            # Else Celery would make up an application of its own.
            import_module("config.celery_app")
        if settings.REDIS_URL:
            # Now, by one thread: two that begin at once to import what imports in a circle both fail.
            import_module("redis")
