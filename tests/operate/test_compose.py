"""compose.yaml by a reading: what it promises about names, order, secrets and rights, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from config import web
from tests.architecture.repository import table_rows
from tests.config.bare import bare, manage, settings
from tests.operate.compose_file import (
    COMPOSE,
    RABBITMQ,
    ROOT,
    VARIABLES,
    Missing,
    Service,
    example,
    in_order,
    named_variables,
    own_variables,
    services,
)
from webhooks.esp import views as mail_routes

OURS = ("web", "live", "worker", "beat", "migrate")


@pytest.fixture(params=["redis", "rabbitmq"])
def composed(request) -> dict[str, Service]:
    """The services over each broker."""
    return services(VARIABLES, *([RABBITMQ] if request.param == "rabbitmq" else []))


def test_every_variable_is_in_the_example_file():
    assert named_variables() <= example().keys()


def test_every_variable_of_its_own_is_documented_with_its_default():
    documented = table_rows(ROOT / "docs" / "operate.md", "Settings of compose.yaml")
    assert documented.keys() == own_variables()
    given = {name: value for name, value in example().items() if name in own_variables() and value}
    assert {name: documented[name][1].strip("`") for name in given} == given


@pytest.mark.parametrize(
    "name",
    [
        "PUBLIC_URL",
        "SECRET_KEY",
        "TOKEN_KEY",
        "ANYMAIL_WEBHOOK_SECRET",
        "POSTGRES_PASSWORD",
        "EMAIL_URL",
    ],
)
def test_nothing_starts_without_what_no_container_may_make_up(name):
    with pytest.raises(Missing, match=name):
        services({**VARIABLES, name: ""})


def test_no_secret_is_in_the_file_or_the_image():
    files = [COMPOSE, RABBITMQ, ROOT / "Dockerfile", *(ROOT / "deploy").iterdir()]
    empty = {name: f"<{name}>" for name in VARIABLES}
    passwords = {
        value
        for path in files
        for line in path.read_text().splitlines()
        for name, _, value in [line.strip().partition(": ")]
        if name.endswith(("PASSWORD", "SECRET", "KEY", "TOKEN")) and "${" not in value
    }
    assert passwords == set()
    assert services(empty)["web"].environment["SECRET_KEY"] == "<SECRET_KEY>"


def test_each_service_waits_for_what_it_needs(composed: dict[str, Service]):
    order = [service.name for service in in_order(composed)]
    assert (
        order.index("database") < order.index("migrate") < order.index("web") < order.index("proxy")
    )
    for name in ("web", "live", "worker", "beat"):
        assert composed[name].after["migrate"] == "service_completed_successfully"
        assert (
            composed[name].after["database"] == composed[name].after["redis"] == "service_healthy"
        )
        assert ("rabbitmq" in composed) == ("rabbitmq" in composed[name].after)


def test_who_is_waited_for_says_when_it_is_healthy(composed: dict[str, Service]):
    waited = {
        other
        for service in composed.values()
        for other, condition in service.after.items()
        if condition == "service_healthy"
    }
    assert {name for name in waited if not composed[name].health} == set()


def test_all_but_the_migration_come_back_after_a_crash(composed: dict[str, Service]):
    restart = {name: service.raw["restart"] for name, service in composed.items()}
    assert restart.pop("migrate") == "no"
    assert set(restart.values()) == {"unless-stopped"}


@pytest.mark.parametrize("name", [*OURS, "proxy", "database", "redis"])
def test_nobody_writes_outside_the_places_meant_for_it(name):
    raw = services(VARIABLES)[name].raw
    assert raw["read_only"] is True
    assert raw["cap_drop"] == ["ALL"]
    assert raw["security_opt"] == ["no-new-privileges:true"]


def test_the_processes_share_the_folder_of_attachments_and_one_image():
    composed = services(VARIABLES)
    assert {tuple(composed[name].raw["volumes"]) for name in OURS} == {("data:/data",)}
    assert {composed[name].environment["DATA_DIR"] for name in OURS} == {"/data"}
    assert {composed[name].raw["image"] for name in OURS} == {"gateway"}


def test_nobody_is_killed_before_he_has_ended_by_himself():
    composed = services(VARIABLES)
    for name in ("web", "live"):
        assert composed[name].grace > web.STOP_SECONDS
    email_timeout = settings(_environment(composed["worker"], Path("data")), "EMAIL_TIMEOUT")
    assert composed["worker"].grace > email_timeout
    for mode in ("plain", "tls"):
        assert "worker_shutdown_timeout 10s;" in (ROOT / "deploy" / f"{mode}.conf").read_text()
    assert composed["proxy"].grace > 10


def test_only_the_proxy_is_reached_from_outside(composed: dict[str, Service]):
    assert [name for name, service in composed.items() if "ports" in service.raw] == ["proxy"]
    for name in composed.keys() & {"database", "redis", "rabbitmq"}:
        assert composed[name].raw["networks"] == ["inner"]
    assert yaml.safe_load(COMPOSE.read_text())["networks"]["inner"]["internal"] is True


def test_what_is_mounted_exists():
    mounts = [
        volume
        for service in services(VARIABLES).values()
        for volume in service.raw.get("volumes", [])
    ]
    named = yaml.safe_load(COMPOSE.read_text())["volumes"]
    for mount in mounts:
        source = mount.partition(":")[0]
        made_by_the_operator = source == VARIABLES["CERTIFICATES"]
        assert made_by_the_operator or source in named or (ROOT / source).is_dir(), mount


def test_containers_log_as_json_unless_somebody_says_otherwise():
    assert services(VARIABLES)["web"].environment["LOG_FORMAT"] == "json"
    said = services({**VARIABLES, "LOG_FORMAT": "line"})
    assert said["web"].environment["LOG_FORMAT"] == "line"


def test_the_proxy_knows_the_way():
    composed = services(VARIABLES)
    routes = (ROOT / "deploy" / "routes.conf").read_text()
    assert f"location = {composed['web'].environment['LIVE_URL']} {{" in routes
    for name in ("web", "live"):
        port = composed[name].command.split()[-1]
        assert f"set ${name} {name}:{port};" in routes


def test_the_proxy_takes_the_mail_that_the_product_takes():
    routes = (ROOT / "deploy" / "routes.conf").read_text()
    _, _, mail = routes.partition("location /webhooks/email/")
    assert f"client_max_body_size {mail_routes.LARGEST // mail_routes.MEGABYTE}m;" in mail


def test_it_passes_djangos_check_for_deployment(composed: dict[str, Service], tmp_path: Path):
    checked = manage(
        _environment(composed["web"], tmp_path), "check", "--deploy", "--fail-level", "WARNING"
    )
    assert checked.code == 0, checked.said


def test_behind_the_proxy_it_knows_that_the_client_came_by_https(tmp_path: Path):
    environment = _environment(services(VARIABLES)["web"], tmp_path)
    names = "SECURE_PROXY_SSL_HEADER", "ACCOUNT_DEFAULT_HTTP_PROTOCOL", "TRUSTED_PROXIES"
    assert settings(environment, *names) == [["HTTP_X_FORWARDED_PROTO", "https"], "https", 1]


def test_without_a_proxy_nobodys_word_for_https_is_taken(tmp_path: Path):
    environment = _environment(services(VARIABLES)["web"], tmp_path) | {"TRUSTED_PROXIES": "0"}
    assert settings(environment, "SECURE_PROXY_SSL_HEADER") is None


def _environment(service: Service, data_dir: Path) -> dict[str, str]:
    return {**bare(data_dir), **service.environment, "DATA_DIR": str(data_dir)}
