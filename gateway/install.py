"""For the settings of a host project: the gateway's apps and those they stand on. Loads no app and no setting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# A package, and by what INSTALLED_APPS names it.
GATEWAY_APPS = {
    "webhooks": "webhooks",
    "gateway": "gateway",
    "channels_out": "channels_out",
    "anymail": "anymail",
    "django_htmx": "django_htmx",
    "drf_spectacular": "gateway.api.apps.UncheckedSpectacular",
    "drf_spectacular_sidecar": "drf_spectacular_sidecar",
    "drf_standardized_errors": "drf_standardized_errors",
    "knox": "knox",
    "rest_framework": "rest_framework",
}


def with_gateway(installed_apps: Iterable[str]) -> list[str]:
    """INSTALLED_APPS and behind it what the gateway needs; what is there already, also by its AppConfig, stays."""
    installed = list(installed_apps)
    return [*installed, *_missing(installed)]


def _missing(installed: list[str]) -> Iterator[str]:
    packages = {name.partition(".apps.")[0] for name in installed}
    for package, name in GATEWAY_APPS.items():
        if package not in packages and name not in installed:
            yield name
