"""Every route of the product."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config.health.views import healthz, livez, readyz
from config.metrics.views import metrics
from config.simulator_proxy import simulator_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("config.accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("gateway.api.urls")),
    path("webhooks/", include("webhooks.urls")),
    path("livez", livez),
    path("readyz", readyz),
    path("healthz", healthz),
    path("metrics", metrics),
    path("", include("gateway.urls")),
]
if settings.ENVIRONMENT.simulator:
    urlpatterns.insert(0, path("simulator/<path:path>", simulator_page))
    urlpatterns.insert(0, path("simulator/", simulator_page))
