from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from deploy import elasticsearch
from deploy.broker import Broker, settings
from deploy.home import CLONE, Home
from deploy.local_servers import local_parts
from deploy.part import Part
from deploy.servers import MEDIA, VARIABLES
from deploy.tools import ElasticsearchTools, Java, KafkaTools, Tools
from gateway.monitor import VARIABLE
from projections.registry import VIEWS

_COMPOSE = CLONE / "deploy/compose.yaml"
_SERVERS = {"kafka", "mongo", "redis", "postgres", "elasticsearch"}
_ONCE = {"setup"}
_WATCHING = {"prometheus", "grafana"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return cast(dict[str, Any], yaml.safe_load(_COMPOSE.read_text())["services"])


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, Part]:
    """The servers as `up` starts them."""
    java = Java(Path("/jdk"), "17")
    tools = Tools(
        java,
        KafkaTools(java, tmp_path, tmp_path / "none"),
        ElasticsearchTools(java, tmp_path),
        Path("/usr/bin"),
        "redis-server",
        Path("/usr/bin/mongod"),
    )
    return {part.name: part for part in local_parts(Home(tmp_path), 20_000, tools)}


def test_servers_have_the_time_to_stop_that_they_have_locally(
    services: dict[str, Any], parts: dict[str, Part]
) -> None:
    assert set(parts) == _SERVERS
    for name, part in parts.items():
        assert services[name]["stop_grace_period"] == f"{part.stop_timeout:.0f}s", name
        assert services[name].get("stop_signal", "SIGTERM") == part.stop_signal.name, name


def test_kafka_is_told_what_it_is_told_locally(services: dict[str, Any]) -> None:
    one = Broker(1, 9092, 9093, 9092)
    told = settings(Path("/data"), one, [one]).splitlines()
    placed = ("listener", "advertised.", "controller.", "log.dirs", "process.", "node.")
    shared = [line.split("=", 1) for line in told if not line.startswith(placed)]
    assert len(shared) > 10
    for key, value in shared:
        variable = f"KAFKA_{key.upper().replace('.', '_')}"
        assert str(services["kafka"]["environment"][variable]) == value


def test_elasticsearch_is_told_what_it_is_told_locally(services: dict[str, Any]) -> None:
    told = yaml.safe_load(elasticsearch.settings(Path("/data"), (9200, 9300)))
    placed = ("cluster.name", "node.", "path.", "network.", "http.", "transport.")
    shared = {key: value for key, value in told.items() if not key.startswith(placed)}
    assert len(shared) == 5
    for key, value in shared.items():
        there = services["elasticsearch"]["environment"][key]
        assert str(there).lower() == str(value).lower(), key


def test_postgres_and_redis_are_told_what_they_are_told_locally(
    services: dict[str, Any], parts: dict[str, Part]
) -> None:
    assert "max_connections=200" in parts["postgres"].argv
    assert services["postgres"]["command"] == ["postgres", "-c", "max_connections=200"]
    argv = parts["redis"].argv
    assert services["redis"]["command"][1:] == list(argv[argv.index("--appendonly") :])


def test_every_service_has_an_image_and_is_watched(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["image"], name
        if name not in _ONCE:
            assert service["healthcheck"]["test"], name


def test_there_is_a_service_for_each_part(services: dict[str, Any]) -> None:
    parts = {f"worker-{view}" for view in VIEWS} | {"gateway", "outbox", "setup"}
    assert set(services) == _SERVERS | _WATCHING | parts
    for view in VIEWS:
        command = services[f"worker-{view}"]["command"]
        assert command == ["python", "-m", "streams", "worker", view]


def test_our_services_know_all_addresses(services: dict[str, Any]) -> None:
    for name in set(services) - _SERVERS - _WATCHING:
        environment = services[name]["environment"]
        for variable in VARIABLES.values():
            host = environment[variable].rpartition("@")[2].rpartition("//")[2].partition(":")[0]
            assert host in _SERVERS, (name, variable)


def test_what_is_waited_for_exists_and_can_come_true(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if needed in _ONCE else "service_healthy"
            assert how["condition"] == expected, (name, needed)
            assert needed in services, (name, needed)
    assert set(services["setup"]["depends_on"]) == _SERVERS


def test_ports_are_on_loopback_and_volumes_declared(services: dict[str, Any]) -> None:
    declared = set(yaml.safe_load(_COMPOSE.read_text())["volumes"])
    for name, service in services.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in declared, name
    assert declared == _SERVERS | {"media", "prometheus"}


def test_the_image_is_built_from_what_exists(services: dict[str, Any]) -> None:
    (build,) = [service["build"] for service in services.values() if "build" in service]
    folder = _COMPOSE.parent / build["context"]
    assert (folder / build["dockerfile"]).exists()
    copied = [
        line.split()[1]
        for line in (folder / build["dockerfile"]).read_text().splitlines()
        if line.startswith("COPY")
    ]
    assert copied
    assert all((folder / source).exists() for source in copied)


def test_the_gateway_keeps_media_in_a_volume(services: dict[str, Any]) -> None:
    gateway = services["gateway"]
    assert f"media:{gateway['environment'][MEDIA]}" in gateway["volumes"]


def test_every_process_of_ours_is_scraped(services: dict[str, Any]) -> None:
    scraped = yaml.safe_load((_COMPOSE.parent / "prometheus.yml").read_text())["scrape_configs"]
    (targets,) = [targets["targets"] for job in scraped for targets in job["static_configs"]]
    ours = set(services) - _SERVERS - _WATCHING - _ONCE
    assert set(targets) == {f"{name}:9100" for name in ours}
    assert len(targets) == len(ours)
    for name in ours:
        assert services[name]["environment"][VARIABLE] == "0.0.0.0:9100"


def test_files_that_services_are_given_exist(services: dict[str, Any]) -> None:
    given = yaml.safe_load(_COMPOSE.read_text())["configs"]
    used = {one["source"] for service in services.values() for one in service.get("configs", ())}
    assert used == set(given)
    assert all((_COMPOSE.parent / config["file"]).exists() for config in given.values())
