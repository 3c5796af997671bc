import socket

import pytest

from deploy.failure import StackError
from deploy.ports import SPAN, Offset, free_base, is_free
from deploy.servers import Servers, given_servers, without_password


def test_every_port_moves_with_the_base() -> None:
    servers = Servers.local(20000, {})
    assert servers.environ() == {
        "KAFKA_BOOTSTRAP": "127.0.0.1:20001",
        "POSTGRES_DSN": "postgresql://birdlog@127.0.0.1:20003/birdlog",
        "REDIS_URL": "redis://127.0.0.1:20004/0",
        "MONGODB_URI": "mongodb://127.0.0.1:20005/birdlog",
        "ELASTICSEARCH_URL": "http://127.0.0.1:20006",
    }
    assert len(set(Offset)) < SPAN


def test_what_the_environment_gives_wins() -> None:
    environ = {"REDIS_URL": "redis://cache:6379/1", "MONGODB_URI": "", "PATH": "/bin"}
    assert given_servers(environ) == {"redis": "redis://cache:6379/1"}
    servers = Servers.local(20000, environ)
    assert servers.redis_url == "redis://cache:6379/1"
    assert servers.mongodb_uri == "mongodb://127.0.0.1:20005/birdlog"


@pytest.mark.parametrize("base", [80, 65530])
def test_a_base_out_of_range_is_refused(base: int) -> None:
    with pytest.raises(StackError, match=f"--port-base {base}"):
        Servers.local(base, {})


def test_free_bases_are_free() -> None:
    base = free_base()
    assert all(is_free(base + offset) for offset in range(SPAN))
    with socket.create_server(("127.0.0.1", base)):
        assert not is_free(base)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:secret@db:5432/birdlog?password=x", "postgresql://db:5432/birdlog"),
        ("mongodb://me:secret@a,b:2/birdlog", "mongodb://a,b:2/birdlog"),
        ("127.0.0.1:9092", "127.0.0.1:9092"),
    ],
)
def test_passwords_are_not_shown(address: str, shown: str) -> None:
    assert without_password(address) == shown


def test_media_are_where_the_environment_says_or_in_the_stack() -> None:
    local = Servers.local(19100, {}, media="/home/media")
    assert local.environ()["BIRDLOG_MEDIA"] == "/home/media"
    given = Servers.local(19100, {"BIRDLOG_MEDIA": "s3://birds"}, media="/home/media")
    assert given.environ()["BIRDLOG_MEDIA"] == "s3://birds"
