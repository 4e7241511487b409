"""Every route of providers; mounted at `/webhooks/`."""

from __future__ import annotations

from django.urls import path

from webhooks.esp import views as esp
from webhooks.twilio import views as twilio

# The last slash is easily lost when an address is typed in, and Django's redirect would lose the body with it.
app_name = "webhooks"
urlpatterns = [
    path("twilio/inbound/", twilio.inbound, name="twilio_inbound"),
    path("twilio/status/<uuid:attempt>/", twilio.status, name="twilio_status"),
    path("email/mime/", esp.mime, name="email_mime"),
    path("twilio/inbound", twilio.inbound),
    path("twilio/status/<uuid:attempt>", twilio.status),
    path("email/mime", esp.mime),
    path("email/<path:route>", esp.provider, name="email"),
]
