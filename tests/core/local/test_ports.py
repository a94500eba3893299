import socket
import subprocess
import sys

import pytest

from keitora.errors import SetupError
from keitora.local import ports


def test_the_usual_port_is_taken_when_free() -> None:
    assert ports.choose("the API", wanted=None, usual=8080, option="--port", free=lambda _: True) == 8080


def test_a_taken_usual_port_gives_way_to_the_next_free_one() -> None:
    taken = {8080, 8081}

    assert ports.choose("the API", wanted=None, usual=8080, option="--port", free=lambda p: p not in taken) == 8082


def test_a_taken_port_the_user_asked_for_is_an_error_that_names_the_option() -> None:
    with pytest.raises(SetupError, match=r"port 9000 for the API is taken.*--port"):
        ports.choose("the API", wanted=9000, usual=8080, option="--port", free=lambda _: False)


def test_a_listening_port_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not ports.is_free(server.getsockname()[1])


def test_a_port_claimed_by_another_start_is_not_to_be_had_until_that_one_ends() -> None:
    port = ports.for_test()

    with ports.Claims() as first, ports.Claims() as second:
        assert first.take(port, "127.0.0.1")
        assert not second.take(port, "0.0.0.0")
        assert second.take(port, "192.0.2.1")
    with ports.Claims() as third:
        assert third.take(port, "127.0.0.1")


def test_a_claim_ends_with_its_process_however_that_ends() -> None:
    port = ports.for_test()
    program = (
        f"import sys, time; from keitora.local import ports; claims = ports.Claims(); print(claims.take({port}, ''))"
    )
    words = [sys.executable, "-u", "-c", f"{program}; time.sleep(600)"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as other, ports.Claims() as claims:
        assert other.stdout
        assert other.stdout.readline() == "True\n"
        while_it_lives = claims.take(port, "127.0.0.1")
        other.kill()
        other.wait(timeout=60)

        assert not while_it_lives
        assert claims.take(port, "127.0.0.1")


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(SetupError, match="no such address"):
        ports.require_address("192.0.2.1")


def test_a_port_for_tests_lies_below_those_of_outgoing_connections() -> None:
    assert 20_000 <= ports.for_test() < 32_000
