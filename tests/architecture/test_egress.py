"""No module calls out past the one client."""

import pytest

from tests.architecture import source

# What makes connections. Taking addresses apart (urllib.parse) and naming errors (urllib.error) makes none.
_CALLING = (
    "aiohttp", "requests", "httpx", "urllib3", "urllib.request", "http.client", "socket", "ssl", "smtplib", "ftplib",
    "telnetlib", "xmlrpc.client", "websockets", "websocket",
)  # fmt: skip
# Each with what it needs it for.
ALLOWED = {
    "apps/core/egress/client.py": "is the client",
    "apps/core/egress/sessions.py": "gives it the shape of requests",
    "apps/accounts/sign_on.py": "names the errors of requests",
    "apps/portal/demo/visitor.py": "visits the demonstration's own address",
    "worker/engines/sandbox.py": "is a server",
    "worker/engines/execute.py": "tells this machine's name",
    "coe_portal/local/load.py": "loads the portal's own address",
    "coe_portal/local/ports.py": "finds a free port of this machine",
    "coe_portal/local/services.py": "waits for its own children on loopback",
}


def calling(module: source.Module) -> list[str]:
    """The modules that make connections, as far as `module` imports them."""
    named = [
        target if not names else f"{target}.{name}" for target, names in module.imports() for name in names or [""]
    ]
    return [name for name in named if any(f"{name}.".startswith(f"{known}.") for known in _CALLING)]


def test_only_the_client_and_a_few_with_reason_can_make_connections() -> None:
    found = {module.name for module in source.modules("apps", "worker", "coe_portal") if calling(module)}
    assert found == ALLOWED.keys()


@pytest.mark.parametrize("name", ["apps/accounts/sign_on.py", "worker/engines/execute.py", "worker/engines/sandbox.py"])
def test_those_that_only_name_something_take_nothing_else(name: str) -> None:
    taken = set(calling(source.Module(source.ROOT / name)))
    assert taken <= {"requests.RequestException", "socket", "aiohttp.web"}
