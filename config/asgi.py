"""The ASGI application: the live stream alone. Pages are served under WSGI (`config.wsgi`)."""

import os

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from gateway.live.application import LiveStream  # noqa: E402  its models want Django to be ready

application = LiveStream(settings.LIVE_URL, settings.REDIS_URL)
