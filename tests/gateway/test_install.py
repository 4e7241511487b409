"""What `with_gateway` makes of a host project's INSTALLED_APPS."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gateway.install import GATEWAY_APPS, with_gateway


def test_the_hosts_apps_come_first_and_the_gateways_behind_them():
    assert with_gateway(("shop",)) == ["shop", *GATEWAY_APPS.values()]


@pytest.mark.parametrize(
    "own", ["rest_framework", "rest_framework.apps.RestFrameworkConfig", "drf_spectacular", "knox"]
)
def test_what_the_host_has_already_stays_once(own):
    package = own.partition(".")[0]
    installed = with_gateway(["shop", own])
    assert installed[:2] == ["shop", own]
    assert [name for name in installed[2:] if package in (name, name.partition(".apps.")[0])] == []
    assert len(installed) == 1 + len(GATEWAY_APPS)


def test_twice_is_as_good_as_once():
    once = with_gateway(["shop"])
    assert with_gateway(once) == once


def test_settings_can_import_it_before_there_are_any():
    code = "import sys, gateway.install; sys.exit('django.conf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
