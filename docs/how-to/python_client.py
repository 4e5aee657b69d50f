"""Lists use cases and registers one, with a client generated from the portal's own OpenAPI document.

    openapi-python-client generate --url "$PORTAL/api/schema/" --meta none --output-path coe_portal_client
    PORTAL=http://127.0.0.1:8000 TOKEN=coe_… python python_client.py "Operations"

It needs the packages that the generated code imports: httpx, attrs, python-dateutil.
"""

import os
import sys
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from coe_portal_client import AuthenticatedClient
from coe_portal_client.api.use_cases import edit_use_case, list_use_cases, register_use_case
from coe_portal_client.models import TopicArea, UseCaseBodyRequest, UseCaseDetail, UseCaseEditBodyRequest
from coe_portal_client.types import UNSET


def connect() -> AuthenticatedClient:
    """A client that speaks as the owner of the token; the type is named even where there is no body."""
    json = {"Content-Type": "application/json"}
    return AuthenticatedClient(base_url=os.environ["PORTAL"], token=os.environ["TOKEN"], headers=json)


def titles(client: AuthenticatedClient) -> list[str]:
    """The titles of all cases, part after part: `next` holds the cursor where the following one begins."""
    found, cursor = [], UNSET
    while True:
        part = list_use_cases.sync(client=client, cursor=cursor, page_size=200)
        found += [case.title for case in part.results]
        if part.next_ is None:
            return found
        cursor = parse_qs(urlsplit(part.next_).query)["cursor"][0]


def register(client: AuthenticatedClient, unit: str) -> UseCaseDetail:
    """A new case, then its title mended: `If-Match` names what was read, so that nobody's work is lost."""
    body = UseCaseBodyRequest(
        title="Sort incoming invoices",
        purpose="Clerks sort by hand; sorting by machine saves them time.",
        business_unit=unit,
        topic_area=TopicArea.INTERNAL,
    )
    # Sent again after a broken connection, the same key registers nothing twice.
    made = register_use_case.sync_detailed(client=client, body=body, idempotency_key=str(uuid4()))
    if not isinstance(made.parsed, UseCaseDetail):
        sys.exit(f"Refused: {made.parsed.detail}")
    change = UseCaseEditBodyRequest(title="Sort and pay incoming invoices")
    return edit_use_case.sync(made.parsed.ref, client=client, body=change, if_match=made.headers["ETag"])


def main() -> None:
    """List, register, and say what was made."""
    client = connect()
    for title in titles(client):
        print(title)
    case = register(client, sys.argv[1])
    print(f"{case.ref} {case.title}")


if __name__ == "__main__":
    main()
