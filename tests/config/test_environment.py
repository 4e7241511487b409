"""What the product makes of its environment, seen from `manage.py check` and from the settings."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from ipaddress import IPv4Address
from pathlib import Path

import environ
import pytest

from config.environment import Environment, Simulator, WrongEnvironment, read_environment
from tests.config.bare import BASE_DIR, bare, manage, settings

PUBLIC = "https://gateway.example"


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """What the product reads where only these variables are set."""

    def read(*, simulate: bool = False, **variables: str) -> Environment:
        monkeypatch.setattr(os, "environ", bare(tmp_path, **variables))
        # django-environ keeps the environment that it was imported under.
        monkeypatch.setattr(environ.Env, "ENVIRON", os.environ)
        return read_environment(simulate=simulate)

    return read


@pytest.fixture
def complaints(environment):
    """What must be mended before the start where only these variables are set, one line each."""

    def read(**variables: str) -> list[str]:
        with pytest.raises(WrongEnvironment) as error:
            environment(**variables)
        return lines(str(error.value))

    return read


def lines(said: str) -> list[str]:
    """The complaints of what is said when it cannot start."""
    head, *rest = said.strip().splitlines()
    assert head.startswith("The gateway cannot start.")
    return [line.removeprefix("  - ") for line in rest]


def test_it_starts_with_nothing_set(tmp_path):
    assert manage(bare(tmp_path), "check").code == 0


def test_the_example_file_copied_as_it_is_changes_nothing(tmp_path):
    example = bare(tmp_path, ENV_FILE=".env.example")
    assert settings(example, "ENVIRONMENT") == settings(bare(tmp_path), "ENVIRONMENT")


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    wrong = bare(
        tmp_path,
        PORT="eighty",
        PUBLIC_URL="gateway.example",
        DATABASE_URL="mysql://localhost/gateway",
        EMAIL_URL="mail.example.com",
        THROTTLE_TOKEN="many",
        DEBUG="perhaps",
        ENV_FILE="missing.env",
    )
    ended = manage(wrong, "check")
    assert ended.code == 1, ended.said
    assert "Traceback" not in ended.said
    names = [line.split()[0] for line in lines(ended.said)]
    assert names[0].endswith("missing.env")
    assert names[1:] == [
        "PORT",
        "PUBLIC_URL",
        "DEBUG",
        "DATABASE_URL",
        "EMAIL_URL",
        "THROTTLE_TOKEN",
    ]


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("HOST", "gateway.example", "127.0.0.1"),
        ("HOST", str(IPv4Address(0)), "set PUBLIC_URL"),
        ("HOST", "::", "set PUBLIC_URL"),
        ("PORT", "0", "above 0"),
        ("PORT", "65536", "up to 65535"),
        ("PORT", "-1", "above 0"),
        ("SIMULATOR_PORT", "8000", "must differ"),
        ("PUBLIC_URL", "https://gateway.example/app", "scheme and host"),
        ("PUBLIC_URL", "https://user@gateway.example", "scheme and host"),
        ("PUBLIC_URL", "https://gateway.example?a=b", "scheme and host"),
        ("PUBLIC_URL", "https://gateway.example:port", "scheme and host"),
        ("PUBLIC_URL", "http://[::1", "scheme and host"),
        ("PUBLIC_URL", "ftp://gateway.example", "scheme and host"),
        ("ALLOWED_HOSTS", "https://gateway.example", "without scheme and port"),
        ("ALLOWED_HOSTS", "gateway.example:8000", "without scheme and port"),
        ("DATABASE_URL", "postgres://user:pass@host:port/name", "postgres://"),
        ("DATABASE_URL", "postgres://user:p#ss/word@host/name", "%-escapes"),
        ("DATABASE_CONNECTIONS", "0", "above 0"),
        ("SIMULATOR", "maybe", "on or off"),
        ("TWILIO_ACCOUNT_SID", "AC" + "0" * 32, "go together"),
        ("TWILIO_AUTH_TOKEN", "secret", "go together"),
        ("TWILIO_API_URL", "api.twilio.com", "https://api.twilio.com"),
        ("TWILIO_MESSAGING_SERVICE_SID", "AC" + "0" * 32, "begins with MG"),
        ("TWILIO_QUESTION_CONTENT_SIDS", "HX" + "0" * 32, "write 3=HX...,4=HX..."),
        ("TWILIO_QUESTION_CONTENT_SIDS", "2=HX" + "0" * 32, "write 3=HX...,4=HX..."),
        ("EMAIL_URL", "smtp://", "smtp://user:password@host:port"),
        ("EMAIL_URL", "smtp://mail.example.com:port", "smtp://user:password@host:port"),
        ("EMAIL_URL", "anymail+pigeon://", "anymail+postmark://"),
        ("EMAIL_URL", "anymail+../base://", "anymail+postmark://"),
        ("MAIL_DOMAIN", "gateway@mail.example.com", "mail.example.com"),
        ("REPLY_DOMAIN", "https://reply.example.com", "mail.example.com"),
        ("SMS_PER_SECOND", "nan", "above 0"),
        ("SMS_PER_SECOND", "inf", "above 0"),
        ("SMS_PER_SECOND", "0", "above 0"),
        ("TEXTS_PER_DAY", "none", "such as 1000"),
        ("TEXT_COUNTRIES", "DE,Austria", "two letters"),
        ("RESOLVE_AFTER", "30 s", "such as 30"),
        ("THROTTLE_ANONYMOUS", "0/hour", "60/hour"),
        ("THROTTLE_TOKEN", "600/fortnight", "600/minute"),
        ("LIVE_URL", "live", "/live/"),
        ("LOG_FORMAT", "xml", "line or json"),
        ("LIVE_URL", "//elsewhere.example/live/", "/live/"),
        ("LIVE_URL", "/", "/live/"),
        ("LIVE_URL", "/live/?x=1", "/live/"),
        ("ANYMAIL_WEBHOOK_SECRET", "password", "user:password"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write(complaints, name, value, hint):
    [complaint] = complaints(**{name: value})
    assert name in complaint
    assert hint in complaint


def test_the_id_of_a_key_is_no_account(environment):
    with pytest.raises(WrongEnvironment, match="begins with AC"):
        environment(TWILIO_ACCOUNT_SID="SK1", TWILIO_AUTH_TOKEN="secret")


def test_an_empty_variable_has_its_default(tmp_path):
    names = [f"ENVIRONMENT.{name}" for name in ("host", "mail_domain", "throttle_token")]
    empty = bare(tmp_path, HOST="", MAIL_DOMAIN="", THROTTLE_TOKEN=" ")
    assert settings(empty, *names) == ["127.0.0.1", "mail.localhost", "600/minute"]


def test_the_process_environment_wins_over_the_file(tmp_path):
    file = tmp_path / "gateway.env"
    file.write_text("MAIL_DOMAIN=file.example\nREPLY_DOMAIN=file.example\n")
    environment = bare(tmp_path, ENV_FILE=str(file), MAIL_DOMAIN="process.example")
    found = settings(environment, "MAIL_DOMAIN", "REPLY_DOMAIN")
    assert found == ["process.example", "file.example"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("TOKEN_KEY=$ecret", "$ecret"),
        ("TOKEN_KEY=a#b", "a#b"),
        ("TOKEN_KEY='a \"b\" $c'", 'a "b" $c'),
        ('TOKEN_KEY="a \\"b\\""', 'a "b"'),
        ("export TOKEN_KEY=a=b", "a=b"),
        ("TOKEN_KEY=a=b  \r", "a=b"),
        ("\ufeffTOKEN_KEY=first line", "first line"),
    ],
)
def test_the_file_may_quote_and_hold_any_character(environment, tmp_path, line, key):
    file = tmp_path / "gateway.env"
    file.write_text(f"{line}\n\n# A comment\n", encoding="utf-8", newline="")
    assert environment(ENV_FILE=str(file)).token_key == key


def test_a_line_that_is_no_setting_is_named_without_what_it_holds(complaints, tmp_path):
    file = tmp_path / "gateway.env"
    file.write_text("PORT=8000\nTWILIO_AUTH_TOKEN: abcdef\n")
    [complaint] = complaints(ENV_FILE=str(file))
    assert complaint.startswith(f"line 2 of {file}")
    assert "abcdef" not in complaint


def test_a_file_that_is_not_text_is_named(complaints, tmp_path):
    file = tmp_path / "gateway.env"
    file.write_bytes(b"MAIL_DOMAIN=m\xfcll.example\n")
    [complaint] = complaints(ENV_FILE=str(file))
    assert str(file) in complaint
    assert "UTF-8" in complaint


def test_a_relative_folder_starts_at_the_project_wherever_the_command_was_started(tmp_path):
    environment = bare(Path("var"), DATABASE_URL="sqlite:///var/other.sqlite3")
    found = settings(environment, "ENVIRONMENT.data_dir", "DATABASES")
    assert found[0] == str(BASE_DIR / "var")
    assert found[1]["default"]["NAME"] == str(BASE_DIR / "var/other.sqlite3")


def test_a_folder_may_have_any_name(tmp_path):
    odd = tmp_path / "50% of my data? yes + #1"
    database = settings(bare(odd), "DATABASES")["default"]
    assert database["NAME"] == str(odd / "gateway.sqlite3")


def test_a_folder_that_is_a_file_is_named(complaints, tmp_path):
    (tmp_path / "file").write_text("")
    [complaint] = complaints(DATA_DIR=str(tmp_path / "file" / "below"))
    assert complaint.startswith(f"DATA_DIR {tmp_path}/file/below cannot be written")


SECRETS = ("SECRET_KEY", "TOKEN_KEY", "ENVIRONMENT.anymail_webhook_secret")


def test_secrets_are_made_once_and_for_the_owner_of_the_process_only(tmp_path):
    folder = tmp_path / "new"
    first = settings(bare(folder), *SECRETS)
    assert len(set(first)) == 3
    assert settings(bare(folder), *SECRETS) == first
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    assert os.listdir(folder) == ["secrets.json"]


def test_processes_that_start_together_agree_on_the_secrets(tmp_path):
    command = [sys.executable, "-c", "import config.settings as s; print(s.TOKEN_KEY)"]
    racers = [
        subprocess.Popen(
            command, cwd=BASE_DIR, env=bare(tmp_path), stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    assert len({racer.communicate(timeout=30)[0] for racer in racers}) == 1


def test_nothing_is_written_where_every_secret_is_set(tmp_path):
    folder = tmp_path / "new"
    given = {"SECRET_KEY": "s" * 60, "TOKEN_KEY": "t", "ANYMAIL_WEBHOOK_SECRET": "u:p"}
    assert settings(bare(folder, **given), *SECRETS) == list(given.values())
    assert os.listdir(folder) == []


@pytest.mark.parametrize("held", ["", "{", "[]", json.dumps({"secret_key": "s"})])
def test_secrets_that_cannot_be_read_are_never_replaced_in_silence(complaints, tmp_path, held):
    (tmp_path / "secrets.json").write_text(held)
    [complaint] = complaints()
    assert "restore it from a backup" in complaint
    assert (tmp_path / "secrets.json").read_text() == held


def test_no_secret_shows_where_the_settings_are_printed(tmp_path):
    given = {
        "SECRET_KEY": "secret-of-django",
        "TOKEN_KEY": "secret-of-tokens",
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "secret-of-twilio",
        "EMAIL_URL": "smtp://ann:secret-of-mail@mail.example",
        "DATABASE_URL": "postgres://ann:secret-of-database@localhost/gateway",
        "ANYMAIL_WEBHOOK_SECRET": "ann:secret-of-webhooks",
        "METRICS_TOKEN": "secret-of-metrics",
    }
    assert "secret-of" not in settings(bare(tmp_path, **given), "ENVIRONMENT")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Gateway.Example/", "https://gateway.example"),
        ("https://gateway.example:443", "https://gateway.example"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_public_url_has_one_form(environment, given, kept):
    assert environment(PUBLIC_URL=given).public_url == kept


@pytest.mark.parametrize(
    ("variables", "url", "hosts"),
    [
        ({}, "http://127.0.0.1:8000", ["127.0.0.1", "localhost", "[::1]"]),
        ({"PORT": "9000"}, "http://127.0.0.1:9000", ["127.0.0.1", "localhost", "[::1]"]),
        ({"HOST": "::1"}, "http://[::1]:8000", ["[::1]", "localhost", "127.0.0.1"]),
        ({"HOST": "localhost"}, "http://localhost:8000", ["localhost", "127.0.0.1", "[::1]"]),
        ({"HOST": "192.0.2.7"}, "http://192.0.2.7:8000", ["192.0.2.7"]),
        ({"PUBLIC_URL": PUBLIC}, PUBLIC, ["gateway.example", "127.0.0.1"]),
        (
            {"PUBLIC_URL": PUBLIC, "ALLOWED_HOSTS": "a.example, b.example"},
            PUBLIC,
            ["a.example", "b.example"],
        ),
    ],
)
def test_the_public_url_says_which_hosts_are_served(environment, variables, url, hosts):
    found = environment(**variables)
    assert found.public_url == url
    assert found.allowed_hosts == hosts


@pytest.mark.parametrize(
    "variables",
    [{}, {"SIMULATOR": "on"}, {"PUBLIC_URL": "http://localhost:9000"}, {"HOST": "::1"}],
)
def test_the_simulator_runs_beside_the_gateway_on_one_machine(environment, variables):
    found = environment(simulate=True, **variables)
    assert found.simulator == Simulator(port=8001, smtp_port=8002)
    assert found.twilio.api_url == "http://127.0.0.1:8001"
    assert found.email_url == "smtp://127.0.0.1:8002"


TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "new, old"}


@pytest.mark.parametrize(
    ("variables", "simulate"),
    [
        ({}, False),
        ({"SIMULATOR": "off"}, True),
        (TWILIO, True),
        ({"PUBLIC_URL": PUBLIC}, True),
    ],
)
def test_the_simulator_stays_away_elsewhere(environment, variables, simulate):
    found = environment(simulate=simulate, **variables)
    assert found.simulator is None
    assert found.twilio.api_url == "https://api.twilio.com"
    assert found.email_url == "smtp://127.0.0.1:25"


@pytest.mark.parametrize("url", [PUBLIC, "https://127.0.0.1.example", "http://192.0.2.7:8000"])
def test_the_simulator_is_refused_where_others_could_use_it(environment, url):
    with pytest.raises(WrongEnvironment, match="anybody could write as anybody"):
        environment(SIMULATOR="on", PUBLIC_URL=url)


def test_a_second_token_of_twilio_allows_rotation(environment):
    assert environment(**TWILIO).twilio.auth_tokens == ("new", "old")


SMTP = "django.core.mail.backends.smtp.EmailBackend"
MAIL = (
    "EMAIL_BACKEND",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_HOST_USER",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_USE_SSL",
    "EMAIL_USE_TLS",
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", [SMTP, "mail.example", 25, "", "", False, False]),
        ("smtp://mail.example:2525", [SMTP, "mail.example", 2525, "", "", False, False]),
        ("smtps://a:b@mail.example", [SMTP, "mail.example", 465, "a", "b", True, False]),
        (
            "smtp+tls://ann%40shop.example:p%3A%2F@[::1]",
            [SMTP, "::1", 587, "ann@shop.example", "p:/", False, True],
        ),
    ],
)
def test_mail_goes_by_the_server_that_the_url_names(tmp_path, url, expected):
    assert settings(bare(tmp_path, EMAIL_URL=url), *MAIL) == expected


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("anymail+postmark://", "postmark"),
        ("anymail+amazon_ses://", "amazon_ses"),
        ("anymail+amazon-ses://", "amazon_ses"),
    ],
)
def test_mail_goes_by_a_provider_with_its_own_settings(tmp_path, url, provider):
    environment = bare(tmp_path, EMAIL_URL=url, ANYMAIL_POSTMARK_SERVER_TOKEN="key")
    backend, anymail = settings(environment, "EMAIL_BACKEND", "ANYMAIL")
    assert backend == f"anymail.backends.{provider}.EmailBackend"
    assert anymail["POSTMARK_SERVER_TOKEN"] == "key"


def test_a_database_keeps_what_its_url_asks_for(tmp_path):
    url = "postgres://ann:p%40ss@db.example:5433/gateway?sslmode=require"
    database = settings(bare(tmp_path, DATABASE_URL=url), "DATABASES")["default"]
    assert database["PASSWORD"] == "p@ss"
    assert database["PORT"] == 5433
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]["max_size"] == 16


def test_a_process_opens_no_more_connections_than_it_may(tmp_path):
    url = "postgres://ann@db.example/gateway"
    database = settings(bare(tmp_path, DATABASE_URL=url, DATABASE_CONNECTIONS="5"), "DATABASES")
    assert database["default"]["OPTIONS"]["pool"]["max_size"] == 5
