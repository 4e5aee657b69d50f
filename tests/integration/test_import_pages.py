"""The upload page, the report, and the worker that takes a file over."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import Membership, Role, User
from apps.audit.models import AuditEvent
from apps.compute import services as compute
from apps.compute.models import Job, JobState
from apps.core.errors import ConflictError
from apps.usecases.importers import profiles, services
from apps.usecases.models import Import, ImportState, UseCase
from tests.factories.people import person, team
from tests.integration.test_import_files import file_of, own, row
from worker.engines import execute, importing, stopping

PAGE = "/use-cases/import"


@pytest.fixture
def steward() -> User:
    """Somebody who may import."""
    return person(Role.STEWARD)


def signed_in(who: User) -> Client:
    """Their browser."""
    client = Client()
    client.force_login(who)
    return client


def upload(client: Client, content: bytes, profile: str = "plain", name: str = "cases.csv") -> Any:
    """What the upload page answers."""
    return client.post(PAGE, {"profile": profile, "file": SimpleUploadedFile(name, content)})


def report_of(client: Client, content: bytes, **options: str) -> tuple[str, str]:
    """The address of the report of an upload, and the page."""
    url = upload(client, content, **options)["Location"]
    return url, client.get(url).content.decode()


@pytest.mark.django_db
def test_a_file_is_checked_reported_started_and_taken_over(steward: User) -> None:
    client = signed_in(steward)
    url, page = report_of(client, own({"ID": "1"}, {"ID": "2", "Stage": ""}))
    assert "What would be imported" in page
    assert "Import 2 rows" in page
    assert not UseCase.objects.exists()
    assert client.post(f"{url}/start")["Location"] == url
    page = client.get(url).content.decode()
    assert "A worker has the file" in page
    assert f'hx-get="{url}"' in page
    execute.run_job(str(Job.objects.get().pk))
    part = client.get(url, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert part["HX-Trigger"] == "import-ended"
    assert "No case was cleared by it" in part.content.decode()
    assert "data-poll" not in part.content.decode()
    assert UseCase.objects.count() == 2
    assert Job.objects.get().state == JobState.DONE
    again, page = report_of(client, own({"ID": "1"}, {"ID": "2", "Stage": ""}))
    assert again != url
    assert "There is nothing to import" in page
    assert "Import 2 rows" not in page


@pytest.mark.django_db
def test_a_refused_file_has_its_whole_report_on_the_page_and_as_a_harmless_file(steward: User) -> None:
    client = signed_in(steward)
    url, page = report_of(client, own({"Title": "", "Stage": "=1+1"}, {"Topic area": "-2"}, {"Owner": "@nobody"}))
    assert "Nothing was imported" in page
    for words in ("This must not be empty.", "Choose among Discover", "no active person with the user name @nobody"):
        assert words in page
    assert "/start" not in page
    answer = client.get(f"{url}/csv")
    assert answer["Content-Disposition"].endswith('.csv"')
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == ["Row", "Column", "Severity", "Message", "Value"]
    assert lines[2][:3] == ["2", "column 5 (Stage)", "Error"]
    assert {line[4] for line in lines[1:]} == {"", "'=1+1", "'-2", "'@nobody"}
    assert AuditEvent.objects.filter(action="list.exported").count() == 1
    assert client.post(f"{url}/start").status_code == 409


@pytest.mark.parametrize(
    ("content", "profile", "says"),
    [
        (b"\x89PNG\r\n\x1a\n", "plain", "no CSV but an image"),
        (b"PK\x03\x04", "federal-ai-2024", "an Excel workbook"),
        (b"a,b\r\n1,2\r\n", "federal-ai-2024", "this profile needs 62"),
        (b"a,b\r\n1,2\r\n", "plain", "The column Title is missing."),
        ("Bü".encode("cp1252"), "plain", "not encoded as UTF-8"),
        (b"", "plain", "empty"),
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_read_is_told_beside_the_field_and_the_choice_stays(
    steward: User, content: bytes, profile: str, says: str
) -> None:
    answer = upload(signed_in(steward), content, profile)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert f'<option value="{profile}" selected>' in page
    assert not Import.objects.exists()


@pytest.mark.django_db
def test_fifty_megabytes_are_refused_before_they_are_read(steward: User) -> None:
    answer = upload(signed_in(steward), b"x" * 50 * 2**20, "federal-ai-2024")
    assert answer.status_code == 422
    assert "larger than 10 MB. Split it into several files." in answer.content.decode()
    assert '<option value="federal-ai-2024" selected>' in answer.content.decode()


@pytest.mark.django_db
def test_a_row_with_nul_is_named_and_nothing_is_lost(steward: User) -> None:
    _, page = report_of(signed_in(steward), file_of(row(), row(c7="a\x00b")), profile="federal-ai-2024")
    assert "holds a NUL character" in page
    assert "column 8" in page
    assert Import.objects.get().state == ImportState.REFUSED


@pytest.mark.django_db
def test_an_unknown_profile_and_no_file_are_refused(steward: User) -> None:
    answer = signed_in(steward).post(PAGE, {"profile": "none"})
    assert answer.status_code == 422


@pytest.mark.django_db
def test_strangers_neither_import_nor_see_reports(steward: User) -> None:
    url, _ = report_of(signed_in(steward), own({}))
    for who in (person(Role.BUSINESS_OWNER), person(Role.STEWARD, team=team()), person(Role.FINOPS)):
        client = signed_in(who)
        assert client.get(PAGE).status_code == 403
        assert upload(client, own({})).status_code == 403
        assert client.get(url).status_code == client.get(f"{url}/csv").status_code == 404
        assert client.post(f"{url}/start").status_code == 404
    auditor = signed_in(person(Role.AUDITOR))
    assert auditor.get(url).status_code == 200
    assert "/start" not in auditor.get(url).content.decode()
    assert auditor.post(f"{url}/start").status_code == 403
    assert signed_in(person(Role.ADMINISTRATOR)).get(url).status_code == 200


@pytest.mark.django_db
def test_an_import_is_started_once(steward: User) -> None:
    url, _ = report_of(signed_in(steward), own({}))
    batch = Import.objects.get()
    services.start(batch=batch, by=steward)
    with pytest.raises(ConflictError, match="under way"):
        services.start(batch=batch, by=steward)
    assert signed_in(steward).post(f"{url}/start").status_code == 409


@pytest.mark.django_db
def test_who_may_no_longer_import_does_not(steward: User) -> None:
    url, _ = report_of(signed_in(steward), own({}))
    services.start(batch=Import.objects.get(), by=steward)
    Membership.objects.filter(user=steward).delete()
    execute.run_job(str(Job.objects.get().pk))
    job = Job.objects.get()
    assert (job.state, UseCase.objects.count()) == (JobState.FAILED, 0)
    assert "may import use cases" in job.reason
    assert "may import use cases" in signed_in(person(Role.ADMINISTRATOR)).get(url).content.decode()


@pytest.mark.django_db
def test_a_worker_that_stops_hands_the_import_back(steward: User, monkeypatch: pytest.MonkeyPatch) -> None:
    report_of(signed_in(steward), own({}))
    services.start(batch=Import.objects.get(), by=steward)
    job = Job.objects.get()
    asked = iter([False, True])
    monkeypatch.setattr(stopping, "asked", lambda: next(asked))
    execute.run_job(str(job.pk))
    job.refresh_from_db()
    assert (job.state, UseCase.objects.count()) == (JobState.QUEUED, 0)
    monkeypatch.setattr(stopping, "asked", lambda: False)
    execute.run_job(str(job.pk))
    assert UseCase.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_halfway_leaves_nothing_and_begins_again_without_doubling(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The worker dies between two rows, as by SIGKILL: nothing hands the job back, and its lease runs out."""
    settings.JOB_LEASE_SECONDS = 0.0
    steward = person(Role.STEWARD)
    rows = [{"ID": str(number), "Title": f"Case {number}"} for number in range(50)]
    report_of(signed_in(steward), own(*rows))
    batch = services.start(batch=Import.objects.get(), by=steward)
    pulses = iter(range(10))

    def dying(*_: Any) -> Callable[[], None]:
        def pulse() -> None:
            if next(pulses) == 2:
                raise _KilledError

        return pulse

    monkeypatch.setattr(importing, "_pulse", dying)
    monkeypatch.setattr(compute, "release", lambda *_, **__: None)
    with pytest.raises(_KilledError):
        execute.run_job(str(batch.job_id))
    assert UseCase.objects.count() == 0
    assert not AuditEvent.objects.filter(action="use_case.registered").exists()
    assert batch.rows.exclude(values={}).count() == 50
    monkeypatch.undo()
    settings.JOB_LEASE_SECONDS = 30.0
    execute.run_job(str(batch.job_id))
    assert UseCase.objects.count() == UseCase.objects.values("title").distinct().count() == 50
    batch.refresh_from_db()
    assert batch.state == ImportState.DONE
    assert [attempt.exit_cause for attempt in Job.objects.get().attempts.all()] == ["lost", "done"]


class _KilledError(BaseException):
    """What no engine catches."""


@pytest.mark.django_db(transaction=True)
def test_a_command_that_was_killed_goes_on_with_what_it_staged(monkeypatch: pytest.MonkeyPatch) -> None:
    steward = person(Role.STEWARD)
    given: dict[str, Any] = {"content": file_of(row(), row(c0="Other")), "by": steward}
    given["profile"] = profiles.of("federal-ai-2024")
    monkeypatch.setattr(services, "take_over", lambda **_: (_ for _ in ()).throw(_KilledError()))
    with pytest.raises(_KilledError):
        services.import_file(**given)
    assert (Import.objects.get().state, UseCase.objects.count()) == (ImportState.STAGED, 0)
    monkeypatch.undo()
    services.import_file(**given)
    assert (Import.objects.get().state, UseCase.objects.count()) == (ImportState.DONE, 2)
    services.import_file(**given)
    assert (Import.objects.count(), UseCase.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_a_long_import_keeps_its_lease_from_another_connection(settings: Any) -> None:
    settings.JOB_LEASE_SECONDS = 3.0
    steward = person(Role.STEWARD)
    report_of(signed_in(steward), own(*({"ID": str(number)} for number in range(45))))
    batch = services.start(batch=Import.objects.get(), by=steward)
    settings.JOB_LEASE_SECONDS = 0.0
    attempt_of = compute.claim

    def claim(**given: Any) -> Any:
        settings.JOB_LEASE_SECONDS = 3.0
        attempt = attempt_of(**given)
        settings.JOB_LEASE_SECONDS = 0.0
        return attempt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compute, "claim", claim)
        # With a lease of no time it is renewed at every pulse.
        execute.run_job(str(batch.job_id))
    assert (Job.objects.get().state, UseCase.objects.count()) == (JobState.DONE, 45)
    accounts.deactivate(user=steward, by=None)
