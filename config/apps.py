from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Makes the product's own commands (`run`) and templates known to Django."""

    name = "config"
    label = "config"
