"""The description of the API is valid, true, and readable without any other host."""

from __future__ import annotations

import re

import pytest
import schemathesis
from bs4 import BeautifulSoup
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.factories import make_member, make_message, make_token
from tests.gateway.post import owner_token, post

CALLS = {
    ("/api/business/messages/", "get"),
    ("/api/business/messages/unread/", "get"),
    ("/api/business/messages/{id}/", "get"),
    ("/api/business/messages/{id}/", "patch"),
    ("/api/business/messages/{id}/", "delete"),
    ("/api/business/messages/{id}/reply/", "post"),
    ("/api/business/messages/{id}/accept-address/", "post"),
    ("/api/business/held/", "get"),
    ("/api/business/held/{id}/send/", "post"),
    ("/api/business/held/{id}/accept-address/", "post"),
    ("/api/business/held/{id}/file/", "post"),
    ("/api/business/held/{id}/refuse/", "post"),
    ("/api/business/listings/{id}/links/", "get"),
    ("/api/business/glance/", "get"),
    ("/api/business/readings/", "get"),
    ("/api/business/limits/", "get"),
    ("/api/business/limits/{id}/", "patch"),
    ("/api/business/templates/", "get"),
    ("/api/business/templates/", "post"),
    ("/api/business/templates/{id}/", "patch"),
    ("/api/business/messages/{id}/channels/", "get"),
    ("/api/business/replies/{id}/nudge/", "post"),
    ("/api/business/notifications/", "get"),
    ("/api/business/notifications/{id}/", "get"),
    ("/api/business/notifications/{id}/", "patch"),
    ("/api/business/hours/", "get"),
    ("/api/business/hours/{id}/", "get"),
    ("/api/business/hours/{id}/", "patch"),
    ("/api/business/members/", "get"),
    ("/api/business/members/{id}/", "patch"),
    ("/api/business/members/{id}/", "delete"),
    ("/api/business/invitations/", "get"),
    ("/api/business/invitations/", "post"),
    ("/api/business/invitations/{id}/", "delete"),
    ("/api/business/messages/{id}/block/", "put"),
    ("/api/business/messages/{id}/block/", "delete"),
    ("/api/business/attachments/{id}/fetch/", "post"),
    ("/api/business/messages/{id}/move/", "post"),
    ("/api/business/messages/{id}/preview/", "post"),
    ("/api/business/replies/{id}/send-again/", "post"),
    ("/api/business/replies/{id}/was-sent/", "post"),
    ("/api/business/replies/{id}/cancel/", "post"),
    ("/api/business/messages/begin/", "post"),
    ("/api/business/messages/{id}/notes/", "get"),
    ("/api/business/messages/{id}/notes/", "post"),
    ("/api/business/notes/{id}/", "delete"),
    ("/api/business/messages/{id}/suggestions/", "get"),
    ("/api/business/messages/{id}/suggestions/", "post"),
    ("/api/business/suggestions/{id}/", "delete"),
    ("/api/business/canned/", "get"),
    ("/api/business/canned/", "post"),
    ("/api/business/canned/{id}/", "patch"),
    ("/api/business/canned/{id}/", "delete"),
    ("/api/business/addresses/", "get"),
    ("/api/business/addresses/", "post"),
    ("/api/business/addresses/confirm/", "post"),
    ("/api/business/addresses/{id}/", "delete"),
    ("/api/business/tokens/", "get"),
    ("/api/business/tokens/", "post"),
    ("/api/business/tokens/{id}/", "delete"),
    ("/api/business/checks/", "get"),
    ("/api/business/checks/{name}/", "get"),
    ("/api/business/checks/{name}/", "post"),
    ("/api/business/tags/", "get"),
    ("/api/business/tags/{id}/", "patch"),
    ("/api/business/tags/{id}/", "delete"),
    ("/api/customer/messages/", "post"),
    ("/api/customer/messages/{id}/conversation/", "get"),
}


def test_it_is_valid_and_without_warnings(tmp_path):
    target = tmp_path / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(target))
    assert target.read_text().startswith("openapi: 3")


def test_it_names_every_call_with_its_errors(anonymous, db):
    document = anonymous.get("schema/").json()
    assert document["openapi"].startswith("3.")
    calls = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert calls == CALLS
    reply = document["paths"]["/api/business/messages/{id}/reply/"]["post"]
    assert {"201", "400", "401", "403", "404", "409", "429"} <= set(reply["responses"])
    assert "Idempotency-Key" in {parameter["name"] for parameter in reply["parameters"]}


def test_it_comes_as_yaml_where_that_is_asked_for(anonymous, db):
    response = anonymous.client.get("/api/schema/", headers={"Accept": "application/yaml"})
    assert response.content.startswith(b"openapi: 3")


def test_its_page_needs_no_inline_script_and_no_other_host(anonymous, db):
    page = anonymous.client.get("/api/docs/", headers={"Accept": "text/html"})
    html = BeautifulSoup(page.content, "html.parser")
    scripts = html.find_all("script")
    assert scripts
    assert not html.find_all("style")
    assert all(script["src"].startswith("/") and not script.get_text() for script in scripts)
    assert all(link["href"].startswith("/") for link in html.find_all("link"))
    own = anonymous.client.get(scripts[-1]["src"])
    assert own.headers["Content-Type"].startswith("application/javascript")
    assert b"/api/schema/" in own.content
    assert not re.findall(rb"https?://", own.content)


WITHOUT_BODY = {
    ("/api/business/checks/{name}/", "post"),
    ("/api/business/replies/{id}/was-sent/", "post"),
    ("/api/business/replies/{id}/cancel/", "post"),
    ("/api/business/attachments/{id}/fetch/", "post"),
    ("/api/business/held/{id}/accept-address/", "post"),
}
WITH_INPUT = {call for call in CALLS - WITHOUT_BODY if call[1] in {"post", "patch"}} | {
    ("/api/business/messages/", "get")
}


@pytest.mark.parametrize(
    ("mode", "calls"), [(GenerationMode.POSITIVE, CALLS), (GenerationMode.NEGATIVE, WITH_INPUT)]
)
def test_no_call_fails_whatever_is_sent(live_server, mode, calls):
    """Calls as the schema allows them, and such as it does not; none may be a 5xx."""
    ann = make_member()
    schema = schemathesis.openapi.from_url(f"{live_server.url}/api/schema/")
    headers = {"Authorization": f"Token {make_token(ann.user)}"}
    message = make_message(ann)
    held = post(owner_token(message, ann), sender="ann@phone.example").held

    for path, method in sorted(calls, key=lambda call: (call[1] == "delete", call)):
        pk = held.pk if "/held/" in path else message.pk
        pk = ann.business_id if "/notifications/" in path else pk
        known = {"id": str(pk)} if "{id}" in path else None
        make_calls(schema[path][method].as_strategy(mode, path_parameters=known), headers)


def make_calls(calls, headers):
    @settings(
        max_examples=7,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(calls)
    def make(case):
        answer = case.call(headers=headers)
        assert answer.status_code < 500, (case.as_curl_command(), answer.content)

    make()
