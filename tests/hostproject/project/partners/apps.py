from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """The shop's own webhooks, under the label that another app would have liked."""

    name = "partners"
    label = "webhooks"
