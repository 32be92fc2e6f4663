"""Addresses of stores as platforms give them: used, or refused in one line with a remedy."""

import ssl
from pathlib import Path

import pytest

from monitors.settings_problems import SetupError
from monitors.storage.engine import parse_url
from monitors.storage.postgres_options import CONNECT_SECONDS, DatabaseUrlError, connect_arguments
from monitors.storage.redis_client import parse_redis_url


def arguments(options: str) -> dict[str, object]:
    url = parse_url(f"postgres://me:hunter2@db.example/app?{options}")
    return connect_arguments(url.query)


def test_an_address_in_libpqs_words_is_taken() -> None:
    found = arguments(
        "sslmode=require&channel_binding=prefer&connect_timeout=5&application_name=x&keepalives=1"
    )
    assert found == {
        "timeout": 5.0,
        "ssl": "require",
        "server_settings": {"application_name": "x"},
    }


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require"])
def test_modes_that_verify_nothing_are_the_drivers_own(mode: str) -> None:
    assert arguments(f"sslmode={mode}")["ssl"] == mode


@pytest.mark.parametrize(("mode", "names_host"), [("verify-ca", False), ("verify-full", True)])
def test_modes_that_verify_trust_the_systems_authorities(mode: str, *, names_host: bool) -> None:
    context = arguments(f"sslmode={mode}")["ssl"]
    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is names_host


@pytest.mark.parametrize("mode", ["", "&sslmode=prefer", "&sslmode=require", "&sslmode=verify-ca"])
def test_a_channel_that_is_to_be_bound_has_its_certificate_and_host_verified(mode: str) -> None:
    context = arguments(f"channel_binding=require{mode}")["ssl"]
    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("postgres://me:p%40ss@h1:6432,h2/app", "h1,h2", "6432,5432"),
        ("postgres://me:p%40ss@h1,h2/app?port=6432", "h1,h2", "6432,6432"),
        ("postgres://me:p%40ss@[::1]:5,[::2]/app", "::1,::2", "5,5432"),
        ("postgres://me:p%40ss@/app?host=h1:1,h2:2", "h1,h2", "1,2"),
        ("postgres://me:p%40ss@%2Frun%2Fpostgresql/app", "/run/postgresql", "5432"),
        ("postgres:///?host=/run/pg&user=me&password=p%40ss&dbname=app", "/run/pg", "5432"),
    ],
)
def test_hosts_and_users_are_named_in_all_of_libpqs_ways(
    address: str, host: str, port: str
) -> None:
    url = parse_url(address)
    assert (url.query["host"], url.query["port"]) == (host, port)
    assert (url.username, url.password, url.database) == ("me", "p@ss", "app")


def test_options_of_the_session_reach_the_server() -> None:
    found = arguments("options=-c%20statement_timeout%3D5s")
    assert found["server_settings"] == {"options": "-c statement_timeout=5s"}


@pytest.mark.parametrize(
    "options", ["pgbouncer=true", "prepare_threshold=0", "sslmode=require&statement_cache_size=0"]
)
def test_behind_a_pooler_nothing_is_prepared(options: str) -> None:
    assert arguments(options)["statement_cache_size"] == 0
    assert "statement_cache_size" not in arguments("sslmode=require")


def test_no_connection_is_waited_for_for_ever() -> None:
    assert arguments("connect_timeout=0")["timeout"] == CONNECT_SECONDS
    assert arguments("connect_timeout=900")["timeout"] == CONNECT_SECONDS


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("sslmode=maybe", "use disable, prefer, require, verify-ca or verify-full"),
        ("sslmode=verify-full&sslrootcert=/nowhere.pem", "check sslrootcert"),
        ("connect_timeout=soon", "give seconds"),
        (
            "channel_binding=require&sslmode=disable",
            "no channel without TLS: use sslmode=verify-full",
        ),
        ("channel_binding=maybe", "use disable, prefer or require"),
        ("host=a,b,c&port=1,2", "as many of each"),
        ("host=a:b:c,d", "give host1:5432,host2:5432"),
        ("colour=blue", "unknown option colour: remove it"),
    ],
)
def test_an_option_of_the_databases_that_cannot_be_used_is_named(options: str, words: str) -> None:
    with pytest.raises(DatabaseUrlError, match=words) as caught:
        arguments(options)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "bad", ["postgres://", "postgres:///app", "postgres://db:many/app", "nonsense"]
)
def test_nonsense_for_a_database_is_explained(bad: str) -> None:
    with pytest.raises(DatabaseUrlError, match="Use postgresql"):
        parse_url(bad)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("redis://:pw@host:6379/2?protocol=3", "redis://:pw@host:6379/2"),
        ("redis://host", "redis://host"),
        (
            "rediss://u:p@host/0?ssl_cert_reqs=CERT_NONE",
            "rediss://u:p@host/0?ssl_cert_reqs=none&ssl_check_hostname=false",
        ),
        ("redis+sentinel://u:p@a,b:1/main/2", "redis+sentinel://u:p@a,b:1/main/2"),
        ("redis+cluster://u:p@a:6379?protocol=3", "redis+cluster://u:p@a:6379"),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
    ],
)
def test_redis_addresses_are_taken(given: str, taken: str) -> None:
    assert parse_redis_url(given) == taken


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("http://x", "starts with http://. Use redis://"),
        ("redis+sentinel://a:26379", "requires a service name"),
        ("redis+sentinel://a:port/main", "Invalid port"),
        ("redis+sentinel://a/main?db=1", "unknown option db"),
        ("redis+sentinel://a/main?ssl_ca_certs=/ca.pem", "begin it with rediss"),
        ("redis+cluster://a:6379/1", "a cluster has only number 0"),
        ("rediss+cluster://a:6379?ssl_ca_certs=/ca.pem", "unknown option ssl_ca_certs"),
        ("redis+something://a:6379", "starts with redis\\+something://. Use"),
        ("host:6379", "no redis:// in front"),
        ("redis://", "names no host"),
        ("redis://host:port", "isn't a Redis address"),
        ("redis://host/zero", "isn't a number"),
        ("redis://host?decode_responses=true", "unknown option decode_responses"),
        ("redis://host?ssl_ca_certs=/ca.pem", "begin it with rediss://"),
        ("rediss://host?ssl_ca_certs=/nowhere.pem", "isn't a file"),
    ],
)
def test_redis_addresses_that_cannot_be_used_are_explained(bad: str, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        parse_redis_url(bad)


def test_a_private_authority_for_redis_is_kept(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.touch()
    url = parse_redis_url(f"rediss://host?ssl_ca_certs={authority}")
    assert "ca.pem" in url
