"""The product's own settings under an environment that no machine's `.env` can change."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="gateway-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
for _name in list(os.environ):
    if _name == "DATABASE_URL" and "TEST_SERVICES" in os.environ:
        continue
    if _name.startswith(
        (
            "DATABASE_URL",
            "CELERY_",
            "LIVE_URL",
            "REDIS_URL",
            "TWILIO_",
            "ANYMAIL_",
            "EMAIL_URL",
            "SIMULATOR",
            "PUBLIC_URL",
        )
    ):
        del os.environ[_name]
os.environ.update(
    ENV_FILE="",
    DATA_DIR=str(_folder),
    PUBLIC_URL="https://gateway.test",
    ALLOWED_HOSTS="gateway.test,testserver,localhost,127.0.0.1",
    SECRET_KEY="tests-only-" + "s" * 50,
    TOKEN_KEY="tests-only-token-key",
    MAIL_DOMAIN="mail.gateway.test",
    REPLY_DOMAIN="reply.gateway.test",
    TWILIO_ACCOUNT_SID="AC" + "0" * 32,
    TWILIO_AUTH_TOKEN="12345",
    ANYMAIL_WEBHOOK_SECRET="provider:secret",
)

from config.settings import *  # noqa: E402, F403

# A file, as in production: an in-memory database would hide what SQLite's locks do.
DATABASES["default"].setdefault("TEST", {})  # noqa: F405
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"]["NAME"] = str(_folder / "test.sqlite3")  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] = (  # noqa: F405
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
# Looks static files up when they are asked for: reading all of them for each test's client takes longer than the test.
WHITENOISE_AUTOREFRESH = True
