import pytest
from msgspec.structs import astuple

from schemas.servers import ServerMissing, Servers, port_of

ADDRESSES = {
    "KAFKA_BOOTSTRAP": "kafka1:9092,kafka2:9092",
    "MONGODB_URI": "mongodb://mongo:27017",
    "REDIS_URL": "rediss://:password@redis:6379/0",
    "POSTGRES_DSN": "postgresql://birdlog:password@db/birdlog",
    "ELASTICSEARCH_URL": "https://elastic:9200",
}


def test_the_addresses_that_the_environment_gives() -> None:
    servers = Servers.from_environment(ADDRESSES | {"BIRDLOG_MEDIA": "s3://birds"})
    assert astuple(servers) == (*ADDRESSES.values(), "s3://birds")


@pytest.mark.parametrize("variable", ADDRESSES)
def test_one_that_is_not_given(variable: str) -> None:
    for none in ({}, {variable: ""}):
        given = {name: url for name, url in ADDRESSES.items() if name != variable} | none
        with pytest.raises(ServerMissing, match=f"^{variable} is not set"):
            Servers.from_environment(given)


@pytest.mark.parametrize("variable", sorted(ADDRESSES.keys() - {"KAFKA_BOOTSTRAP"}))
def test_one_that_cannot_be_an_address(variable: str) -> None:
    with pytest.raises(ServerMissing, match=f"^{variable} does not begin with"):
        Servers.from_environment(ADDRESSES | {variable: "db:secret@host"})


@pytest.mark.parametrize("url", ["http://elastic", "https://elastic/search", "http://elastic:9x"])
def test_the_client_of_elasticsearch_takes_no_port_for_granted(url: str) -> None:
    with pytest.raises(ServerMissing, match=r"^ELASTICSEARCH_URL names no port"):
        Servers.from_environment(ADDRESSES | {"ELASTICSEARCH_URL": url})


@pytest.mark.parametrize("text", ["", "8o80", "-1", "65536", "٣"])
def test_a_port_that_is_none(text: str) -> None:
    assert port_of("BIRDLOG_PORT", "8080") == 8080
    with pytest.raises(ServerMissing, match=r"^BIRDLOG_PORT: .* is no port$"):
        port_of("BIRDLOG_PORT", text)
