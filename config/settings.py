"""Django settings of the product, made from the typed environment."""

from __future__ import annotations

import logging
import os
import socket
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from csp.constants import NONE, SELF

from config.environment import BASE_DIR, mail_provider, read_environment
from config.logs import lines
from config.postgresql import Hurried

ENVIRONMENT = read_environment()

SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts

# The gateway's own settings (docs/settings.md says what each means to a host project).
PUBLIC_URL = ENVIRONMENT.public_url
MAIL_DOMAIN = ENVIRONMENT.mail_domain
REPLY_DOMAIN = ENVIRONMENT.reply_domain
AUTHSERV_ID = ENVIRONMENT.authserv_id
TOKEN_KEY = ENVIRONMENT.token_key
TWILIO_ACCOUNT_SID = ENVIRONMENT.twilio.account_sid
TWILIO_AUTH_TOKENS = ENVIRONMENT.twilio.auth_tokens
TWILIO_API_URL = ENVIRONMENT.twilio.api_url
TWILIO_MESSAGING_SERVICE_SID = ENVIRONMENT.twilio.messaging_service_sid
TWILIO_QUESTION_CONTENT_SIDS = ENVIRONMENT.twilio.question_content_sids
SMS_PER_SECOND = ENVIRONMENT.sms_per_second
SMS_SEGMENT_PRICE = ENVIRONMENT.sms_segment_price
TEXTS_PER_DAY = ENVIRONMENT.texts_per_day
TEXT_COUNTRIES = ENVIRONMENT.text_countries
QUESTIONS_PER_DAY = ENVIRONMENT.questions_per_day
RESOLVE_AFTER = ENVIRONMENT.resolve_after
ANSWER_WITHIN_HOURS = ENVIRONMENT.answer_within_hours
HELD_REMIND_HOURS = ENVIRONMENT.held_remind_hours
HELD_STAFF_HOURS = ENVIRONMENT.held_staff_hours
RECYCLED_AFTER_MONTHS = ENVIRONMENT.recycled_after_months
THROTTLE_ANONYMOUS = ENVIRONMENT.throttle_anonymous
THROTTLE_TOKEN = ENVIRONMENT.throttle_token
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
LIVE_URL = ENVIRONMENT.live_url
REDIS_URL = ENVIRONMENT.redis_url
SIMULATOR_URL = ENVIRONMENT.simulator.url if ENVIRONMENT.simulator else ""
GATEWAY_LISTING_MODEL = "gateway.Listing"
GATEWAY_SIMULATOR_PORT = 0  # `manage.py run` starts the product's, to which the settings above lead

METRICS_TOKEN = ENVIRONMENT.metrics_token
METRICS_FOLDER = ENVIRONMENT.data_dir / "metrics" / socket.gethostname()
# prometheus-client looks at it once, when it is imported.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_FOLDER)

INSTALLED_APPS = [
    "config",
    "config.accounts",
    "webhooks",
    "gateway",
    "channels_out",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "anymail",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "knox",
    "rest_framework",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.hosts.CheckedHosts",
    "config.logs.requests.RequestLines",
    "config.straight.straight_to_providers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def _database(url: str) -> dict[str, Any]:
    database: dict[str, Any] = environ.Env.db_url_config(url)
    options = database.get("OPTIONS", {})  # the query of the URL, such as ?sslmode=require
    if database["ENGINE"].endswith("sqlite3"):
        # IMMEDIATE takes the write lock at BEGIN: a read that later writes would fail at once.
        return database | {
            "NAME": str(BASE_DIR / database["NAME"]),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
                **options,
            },
        }
    pool = {
        "connection_class": Hurried,
        "min_size": 1,
        "max_size": ENVIRONMENT.database_connections,
        # Seconds. A provider's request may wait twice, before its work and, when that was cut off, after it.
        "timeout": 3,
        # Seconds until a lost connection is given up. Whoever comes next tries anew at once; the pool
        # itself would come back to it after twice as long each time, minutes after the database.
        "reconnect_timeout": 2,
    }
    # A server that vanished without a word is given up after 25 seconds, by whoever waits for it (libpq, tcp(7)).
    vanished = {
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,  # milliseconds
    }
    # Health checks: a restarted PostgreSQL leaves dead connections behind, and each would cost a message.
    return database | {
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": pool, "connect_timeout": 5, **vanished, **options},
    }


DATABASES = {"default": _database(ENVIRONMENT.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
ACCOUNT_ADAPTER = "config.accounts.adapter.ClosedSignup"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a stranger's address gets no mail of ours
ACCOUNT_SESSION_REMEMBER = True
MFA_TOTP_ISSUER = urlsplit(PUBLIC_URL).hostname
# Members are invited by mail: nobody takes somebody else's address here.
MFA_ALLOW_UNVERIFIED_EMAIL = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

_https = PUBLIC_URL.startswith("https://")
# Without a proxy of ours the header would be the client's own word.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if _https and TRUSTED_PROXIES else None
)
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _https else "http"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_REFERRER_POLICY = "same-origin"
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # the proxy in front ends TLS and redirects to it
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

CELERY_BROKER_URL = ENVIRONMENT.celery_broker_url
CELERY_TASK_DEFAULT_QUEUE = "gateway"
CELERY_TASK_IGNORE_RESULT = True
# A wake-up drains: a thread for each kind of work is as many as one process can use.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 8
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"socket_connect_timeout": 2, "socket_timeout": 5}
    if CELERY_BROKER_URL.startswith("redis")
    else {}
)

if REDIS_URL:
    # Throttles and sign-in limits are of all processes together; without Redis they let pass.
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1},
        }
    }
    DJANGO_REDIS_IGNORE_EXCEPTIONS = DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("fr", "Français")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "gateway.formats"

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.data_dir / "static"
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = ENVIRONMENT.data_dir / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

REST_KNOX = {"TOKEN_TTL": timedelta(days=365)}
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Messaging gateway",
    "DESCRIPTION": "Customer messages of small businesses: read, answer, file.",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
}


# RFC 8314 section 7.3 (submissions), RFC 6409 section 3.1 (submission), RFC 5321 section 4.5.4.2
MAIL_PORTS = {"smtp": 25, "smtps": 465, "smtp+tls": 587}


def _email(url: str) -> dict[str, Any]:
    if provider := mail_provider(url):
        return {"EMAIL_BACKEND": f"anymail.backends.{provider}.EmailBackend"}
    parts = urlsplit(url)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or MAIL_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 30,
    }


globals().update(_email(ENVIRONMENT.email_url))
DEFAULT_FROM_EMAIL = f"gateway@{MAIL_DOMAIN}"
ANYMAIL = {
    name.removeprefix("ANYMAIL_"): value
    for name, value in os.environ.items()
    if name.startswith("ANYMAIL_") and value
} | {"WEBHOOK_SECRET": ENVIRONMENT.anymail_webhook_secret}

LOGGING = lines.configure(ENVIRONMENT.log_format)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# No line for each wake-up, and no question who is signed in.
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_USER_ID_FIELD = ""
