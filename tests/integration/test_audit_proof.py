"""The audit trail proves itself: what the owner of the database changes behind the triggers is found and named."""

# ruff: noqa: S608  (the names of tables and columns come from our own models)

import json
import random
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from apps.accounts.models import Role
from apps.audit import rules, selectors, services
from apps.audit.models import AuditEvent, HistorySeal
from apps.audit.rules import Head
from apps.core.refs import Ref
from apps.prompts import services as prompts
from tests.factories import people, shelves
from tests.integration import audit_edits
from tests.integration.audit_edits import EVENTS, SEALS, Tables, as_owner, run, triggers_on

pytestmark = pytest.mark.django_db
THING = Ref("thing", "1")


def seal() -> None:
    """What a commit does: the deferred triggers run."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def saved() -> list[Head]:
    """A trail of events and of sealed history, and its heads."""
    engineer = people.person(Role.AI_ENGINEER)
    for number in range(8):
        version = shelves.prompt()
        prompts.set_label(version=version, name="production", by=engineer)
        prompts.set_label(version=version, name=f"label-{number}", by=engineer)
        later = prompts.add_version(prompt=version.prompt, system="", user=f"{number}", note="", by=engineer)
        prompts.set_label(version=later, name="production", by=engineer)
    seal()
    return [head for head, _ in selectors.heads()]


def kinds(saved: list[Head] | None = None) -> list[tuple[str, int, str]]:
    """(chain, sequence, kind) of every break."""
    return [(found.chain, found.sequence, found.kind) for found in selectors.breaks(saved or [])]


def test_a_trail_that_nobody_touched_is_whole(saved: list[Head]) -> None:
    assert {head.chain for head in saved} == {"events", "history"}
    assert AuditEvent.objects.count() > 50
    assert HistorySeal.objects.count() > 30
    assert not list(selectors.breaks(saved))


def test_a_thousand_random_edits_by_the_owner_are_all_found(saved: list[Head]) -> None:
    dice, tables, unseen = random.Random(20261121), Tables.now(), []
    done: dict[str, int] = {}
    for _ in range(1000):
        with as_owner():
            edit = audit_edits.random_edit(tables, dice)
            triggers_on()
            done[edit.split(" ")[0]] = done.get(edit.split(" ")[0], 0) + 1
            if not any(selectors.breaks(saved)):
                unseen.append(edit)
    print(done)
    assert not unseen
    assert not list(selectors.breaks(saved))


@pytest.mark.parametrize("table", [EVENTS, SEALS])
def test_every_column_of_a_link_is_proved(saved: list[Head], table: str) -> None:
    unseen = []
    for name, kind in audit_edits.columns(table):
        hashed = name in ("hash", "previous_hash", "digest")
        value = "encode(sha256({0}::bytea), 'hex')" if hashed else audit_edits.OTHER_VALUE[kind]
        with as_owner():
            run(f"UPDATE {table} SET {name} = {value.format(name)} WHERE sequence = 5")
            triggers_on()
            unseen += [] if kinds() else [name]
    assert not unseen


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (f"UPDATE {EVENTS} SET data = '{{}}' WHERE sequence = 5", (5, "changed")),
        (f"UPDATE {EVENTS} SET at = 'infinity' WHERE sequence = 5", (5, "changed")),
        (f"UPDATE {EVENTS} SET hash = repeat('f', 64) WHERE sequence = 5", (5, "changed")),
        (f"DELETE FROM {EVENTS} WHERE sequence IN (5, 6)", (5, "missing")),
        (f"DELETE FROM {EVENTS} WHERE sequence < 5", (1, "missing")),
        (f"UPDATE {EVENTS} SET sequence = 100000 WHERE sequence = 5", (5, "reordered")),
        (f"DELETE FROM {SEALS} WHERE sequence = 5", (5, "missing")),
        (f"UPDATE {SEALS} SET at = '-infinity' WHERE sequence = 5", (5, "changed")),
        (f"UPDATE {SEALS} SET table_name = 'x' WHERE sequence = 5", (5, "changed")),
    ],
)
def test_a_break_is_named_by_its_place_and_kind(saved: list[Head], statement: str, expected: tuple[int, str]) -> None:
    with as_owner():
        run(statement)
        triggers_on()
        assert kinds()[0][1:] == expected


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        ("insert_link", "inserted"),
        ("close_the_gap", "missing"),
        ("swap_links", "reordered"),
        ("double_link", "inserted"),
    ],
)
def test_a_rearranged_trail_is_named_for_what_was_done(saved: list[Head], edit: str, kind: str) -> None:
    tables = Tables.now()
    events_alone = Tables(tables.events, tables.events, tables.rows)
    for seed in range(6):
        with as_owner():
            dice = random.Random(seed)
            dice.choice = _events_first(dice, tables.events)  # type: ignore[method-assign]
            getattr(audit_edits, edit)(events_alone, dice)
            triggers_on()
            assert kinds(saved)[0][2] == kind


def _events_first(dice: random.Random, keys: list[int]) -> Any:
    """A choice that takes the events where a chain is to be chosen, and leaves out their two ends."""
    return lambda options: options[0] if isinstance(options[0], tuple) else keys[dice.randint(3, len(keys) - 4)]


def test_a_cut_tail_is_found_against_a_saved_head_alone(saved: list[Head]) -> None:
    with as_owner():
        run(f"DELETE FROM {EVENTS} WHERE sequence > 10")
        triggers_on()
        assert not kinds()
        assert kinds(saved) == [("events", 11, "cut")]


def test_a_trail_written_anew_is_found_against_a_saved_head(saved: list[Head]) -> None:
    with as_owner():
        audit_edits.write_anew(Tables.now(), random.Random(4))
        triggers_on()
        assert "changed" in [kind for _, _, kind in kinds(saved)]


def test_a_history_row_that_was_never_sealed_is_found(saved: list[Head]) -> None:
    with as_owner():
        audit_edits.double_row(Tables.now(), random.Random(1))
        triggers_on()
        assert kinds(saved) == [("history", 0, "inserted")]


def test_a_trigger_that_is_switched_off_is_found(saved: list[Head]) -> None:
    with transaction.atomic():
        run(f"ALTER TABLE {EVENTS} DISABLE TRIGGER USER")
        assert {words for *_, words in kinds()} == {"changed"}
        assert "switched off" in str(next(selectors.breaks()))
        transaction.set_rollback(True)


def test_a_row_of_history_is_sealed_beside_the_events_of_its_transaction(saved: list[Head]) -> None:
    link = HistorySeal.objects.order_by("-sequence").first()
    assert link is not None
    assert link.first_event == 1
    assert link.last_event == AuditEvent.objects.count()


def test_the_seal_does_not_depend_on_the_zone_of_the_session() -> None:
    run("SET LOCAL TIME ZONE 'Pacific/Auckland'")
    shelves.prompt()
    seal()
    assert not list(selectors.breaks())


@pytest.mark.parametrize("statement", ["UPDATE {} SET row_id = 9", "DELETE FROM {}", "TRUNCATE {}"])
def test_postgresql_refuses_to_change_a_seal(saved: list[Head], statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        run(statement.format(SEALS))


def test_postgresql_refuses_to_change_history(saved: list[Head]) -> None:
    for table in Tables.now().rows:
        for statement in ("UPDATE {} SET pgh_label = ''", "DELETE FROM {}", "TRUNCATE {}"):
            with pytest.raises(DatabaseError), transaction.atomic():
                run(statement.format(table))


def test_the_commands_print_heads_and_check_them(
    saved: list[Head], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit_head")
    printed = capsys.readouterr().out
    (tmp_path / "heads").write_text(f"# kept every day\n\n{printed}")
    call_command("audit_head", json=True)
    assert [row["sequence"] for row in json.loads(capsys.readouterr().out)] == [head.sequence for head in saved]
    shelves.prompt()
    seal()
    call_command("audit_verify", head=[str(tmp_path / "heads"), f"{saved[0].sequence}:{saved[0].hash}"])
    assert "3 saved heads fit" in capsys.readouterr().out
    with as_owner():
        run(f"DELETE FROM {EVENTS} WHERE sequence > 10")
        triggers_on()
        with pytest.raises(CommandError, match="events from sequence 11: cut"):
            call_command("audit_verify", head=[str(tmp_path / "heads")])


@pytest.mark.parametrize("given", ["12", "12:abc", "/there/is/no/such/file", f"other 1:{'0' * 64}", "1:" + "g" * 64])
def test_a_head_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(CommandError):
        call_command("audit_verify", head=[given])


def test_without_a_saved_head_the_command_says_what_it_cannot_see(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_verify")
    assert "cannot be noticed" in capsys.readouterr().out


def test_verifying_reads_the_trail_in_pieces(django_assert_max_num_queries: Any) -> None:
    with transaction.atomic(), services.gathered():
        for number in range(2500):
            services.record(action="thing.noted", subject=THING, by=None, number=number)
    assert rules.GENESIS
    with django_assert_max_num_queries(80):
        assert not list(selectors.breaks())
