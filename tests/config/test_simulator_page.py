"""The simulator's page under the gateway's own address."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from django.http import Http404
from django.test import RequestFactory
from werkzeug import Response

from config import simulator_proxy
from config.environment import Simulator
from config.simulator_proxy import simulator_page
from tests.product import free_ports


@pytest.fixture
def request_page(settings):
    """Asks the gateway for a path of the simulator's page while the simulator is at this port."""

    def ask(port, method="GET", path="", **more):
        simulator = Simulator(port=port, smtp_port=port)
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, simulator=simulator)
        request = RequestFactory().generic(method, f"/simulator/{path}", **more)
        return simulator_page(request, path)

    return ask


def test_what_is_asked_and_answered_passes_through(request_page, httpserver):
    def echo(request):
        body = request.get_data() + request.query_string
        return Response(body, 201, {"ETag": '"1"', "Server": "hidden"}, content_type="text/x-echo")

    httpserver.expect_request("/simulator/api/a b").respond_with_handler(echo)
    answer = request_page(
        httpserver.port, "PUT", "api/a b", data=b"body ", QUERY_STRING="q=%C3%A4&q=2"
    )
    assert (answer.status_code, answer.content) == (201, b"body q=%C3%A4&q=2")
    assert answer["Content-Type"] == "text/x-echo"
    assert answer["ETag"] == '"1"'
    assert "Server" not in answer


def test_a_simulator_that_is_away_is_said(request_page):
    [nobody] = free_ports(1)
    answer = request_page(nobody)
    assert answer.status_code == 503
    assert b"is starting" in answer.content


def test_a_simulator_that_hangs_is_said(request_page, httpserver, monkeypatch):
    monkeypatch.setattr(simulator_proxy, "TIMEOUT_SECONDS", 0.05)
    httpserver.expect_request("/simulator/").respond_with_handler(_wait)
    answer = request_page(httpserver.port)
    assert answer.status_code == 504


def _wait(request):
    time.sleep(0.3)
    return Response()


def test_a_body_past_the_limit_is_refused(request_page, httpserver, monkeypatch):
    monkeypatch.setattr(simulator_proxy, "MAX_BYTES", 10)
    assert request_page(httpserver.port, "POST", data=b"12345678901").status_code == 413
    assert httpserver.log == []


@pytest.mark.parametrize("path", ["../2010-04-01/Accounts.json", "api/../../x", ".."])
def test_nothing_but_the_page_can_be_reached(request_page, httpserver, path):
    with pytest.raises(Http404):
        request_page(httpserver.port, path=path)
    assert httpserver.log == []


@pytest.mark.django_db
def test_there_is_no_page_without_a_simulator(client):
    assert client.get("/simulator/").status_code == 404
