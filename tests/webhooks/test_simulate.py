"""A host project's simulator: when it stands in for the providers, and what `simulate` says."""

from __future__ import annotations

import socket
import subprocess
from io import StringIO

import pytest
from django.core.mail import get_connection
from django.core.management import CommandError, call_command

from channels_out import conf
from channels_out.adapters.smtp_connections import SILENT_FOR, new_backend
from tests.factories import make_business, make_member, make_user
from tests.product import two_free_ports
from webhooks.conf import webhook_secrets

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def own_machine(settings):
    """A developer's machine with the switch on, and what he has set for the real providers."""
    settings.PUBLIC_URL = ADDRESS
    settings.GATEWAY_SIMULATOR_PORT = 8001
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    return settings


def test_it_stands_in_for_every_provider_whatever_else_is_set(own_machine):
    server = new_backend()
    assert (server.host, server.port, server.timeout) == ("127.0.0.1", 8002, SILENT_FOR)
    assert (server.username, server.use_tls, server.use_ssl) == ("", False, False)
    assert conf.twilio_api_url() == "http://127.0.0.1:8001"
    assert conf.twilio_auth_tokens()[0] not in {*own_machine.TWILIO_AUTH_TOKENS, ""}
    assert webhook_secrets() != ("provider:secret",)


def test_its_secrets_are_of_this_project_alone(own_machine):
    before = conf.twilio_auth_tokens(), webhook_secrets()
    own_machine.SECRET_KEY = "another-" + "s" * 50
    assert not {*before} & {conf.twilio_auth_tokens(), webhook_secrets()}


def test_under_a_public_address_the_real_ones_count(own_machine):
    own_machine.PUBLIC_URL = "https://shop.example"
    own_machine.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert conf.simulator() is None
    assert conf.twilio_auth_tokens() == own_machine.TWILIO_AUTH_TOKENS
    assert conf.twilio_api_url() == "https://api.twilio.com"
    assert webhook_secrets() == ("provider:secret",)
    assert type(new_backend()) is type(get_connection())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"GATEWAY_SIMULATOR_PORT": 0}, "Set GATEWAY_SIMULATOR_PORT=8001"),
        ({"PUBLIC_URL": "https://shop.example"}, "PUBLIC_URL is https://shop.example"),
    ],
)
def test_the_command_says_what_to_set(own_machine, given, words):
    for name, value in given.items():
        setattr(own_machine, name, value)
    with pytest.raises(CommandError, match=words):
        call_command("simulate")


@pytest.mark.django_db
def test_where_its_port_is_taken_the_command_ends(own_machine):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        own_machine.GATEWAY_SIMULATOR_PORT = other.getsockname()[1]
        with pytest.raises(CommandError, match="did not start"):
            call_command("simulate")


@pytest.mark.django_db
def test_the_command_names_the_page_and_ends_with_ctrl_c(own_machine, monkeypatch):
    own_machine.GATEWAY_SIMULATOR_PORT = two_free_ports()
    make_member(make_business(name="Ann's Bikes"), user=make_user("ann@private.example"))

    def interrupted(process, timeout=None):
        monkeypatch.undo()
        raise KeyboardInterrupt

    class Terminal(StringIO):
        """Whoever reads that it runs presses Ctrl-C, and not before."""

        def flush(self):
            monkeypatch.setattr(subprocess.Popen, "wait", interrupted)

    out = Terminal()
    call_command("simulate", stdout=out)
    assert f"http://127.0.0.1:{own_machine.GATEWAY_SIMULATOR_PORT}/simulator/" in out.getvalue()
    assert "Write to Ann's Bikes" in out.getvalue()
