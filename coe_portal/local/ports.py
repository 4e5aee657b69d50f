"""Free TCP ports on the loopback interface."""

import socket

from coe_portal.local.console import Problem

HOST = "127.0.0.1"
WEB_DEFAULT, WEB_LAST = 8000, 8010
_HIGHEST = 65535


def free_port() -> int:
    """Return a port nobody listens on now, chosen by the operating system."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Say whether a server could listen on `port`; raises PermissionError for a privileged one."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.settimeout(1.0)
        if caller.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Connections of an ended server that linger in TIME_WAIT do not count as use.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise
        except OSError:
            return False
    return True


def web_port(asked: int | None) -> int:
    """Return the web server's port: the one asked for, else the first free of 8000-8010; raises Problem."""
    if asked is None:
        return first_free(WEB_DEFAULT, WEB_LAST)
    if not 0 < asked <= _HIGHEST:
        raise Problem(f"{asked} is no port: choose one from 1024 to {_HIGHEST} with --port.")
    try:
        free = is_free(asked)
    except PermissionError as error:
        raise Problem(f"Port {asked} needs administrator rights; choose one above 1023 with --port.") from error
    if not free:
        raise Problem(f"Port {asked} is in use by another program; choose another one with --port.")
    return asked


def first_free(first: int, last: int) -> int:
    """Return the first free port from `first` to `last`; raises Problem when all are in use."""
    for port in range(first, last + 1):
        if is_free(port):
            return port
    raise Problem(f"The ports {first} to {last} are all in use; choose another one with --port.")
