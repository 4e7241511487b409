"""The shop's routes."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls)]

# Messaging gateway
urlpatterns += [
    path("webhooks/", include("webhooks.urls")),
    path("messages/api/", include("gateway.api.urls")),
    path("messages/", include("gateway.urls")),
]
