"""Which port the web server takes."""

import socket
from collections.abc import Iterator

import pytest

from coe_portal.local import ports
from coe_portal.local.console import Problem


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server((ports.HOST, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_somebody_listens_on_is_not_free(taken: int) -> None:
    assert not ports.is_free(taken)


def test_a_port_bound_on_every_interface_is_not_free() -> None:
    with socket.create_server(("", 0)) as server:
        assert not ports.is_free(server.getsockname()[1])


def test_a_chosen_free_port_can_be_listened_on() -> None:
    with socket.create_server((ports.HOST, ports.free_port())) as server:
        assert not ports.is_free(server.getsockname()[1])


def test_a_port_is_free_again_although_old_connections_linger() -> None:
    with socket.create_server((ports.HOST, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((ports.HOST, port)):
            server.accept()[0].close()  # the server closes first: its side lingers in TIME_WAIT
    assert ports.is_free(port)


def test_the_next_free_port_is_taken_when_none_was_asked_for(taken: int) -> None:
    assert taken < ports.first_free(taken, taken + 10) <= taken + 10


def test_a_range_without_a_free_port_is_an_error(taken: int) -> None:
    with pytest.raises(Problem, match="all in use"):
        ports.first_free(taken, taken)


def test_an_asked_port_in_use_is_an_error_that_names_it(taken: int) -> None:
    with pytest.raises(Problem, match=f"Port {taken} is in use.*--port"):
        ports.web_port(taken)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_an_error(port: int) -> None:
    with pytest.raises(Problem, match="no port"):
        ports.web_port(port)
