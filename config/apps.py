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
        """Makes the folder that WhiteNoise looks for, which stays empty where nobody collects static files, and
        the files of this process's counters; says what a wake-up carries along.
        """
        from config.logs.requests import keep_the_request_id

        modify_context_before_task_publish.connect(keep_the_request_id)
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        folder.count_in(settings.METRICS_FOLDER)
