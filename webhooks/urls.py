"""Every route of providers; mounted at `/webhooks/`."""

from __future__ import annotations

from django.urls import path

from webhooks.esp import views as esp
from webhooks.twilio import views as twilio

app_name = "webhooks"
urlpatterns = [
    path("twilio/inbound/", twilio.inbound, name="twilio_inbound"),
    path("twilio/status/<uuid:attempt>/", twilio.status, name="twilio_status"),
    path("email/mime/", esp.mime, name="email_mime"),
    path("email/<path:route>", esp.provider, name="email"),
]
