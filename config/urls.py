"""Every route of the product."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from config.accounts.invited import invited
from config.health.views import healthz, livez, readyz
from config.metrics.views import metrics
from config.simulator_proxy import simulator_page

# The admin's own form asks for no second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("config.accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("gateway.api.urls")),
    path("webhooks/", include("webhooks.urls")),
    path("livez", livez),
    path("readyz", readyz),
    path("healthz", healthz),
    path("metrics", metrics),
    path("invitations/<str:token>/", invited),  # before the gateway's own, which opens no accounts
    path("", include("gateway.urls")),
]
if settings.ENVIRONMENT.simulator:
    urlpatterns.insert(0, path("simulator/<path:path>", simulator_page))
    urlpatterns.insert(0, path("simulator/", simulator_page))
