"""Reading the rule sets of the tier from their files, and refusing at start what could only fail later."""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from apps.usecases.models import EuClass, Tier
from apps.usecases.rules import conditions
from apps.usecases.rules.conditions import All, Among, Any_, AtLeast, Condition, Not, Over
from apps.usecases.rules.questions import FIELDS, Field
from apps.usecases.rules.tiers import Rule, RuleSet

HERE = Path(__file__).parent / "rule_sets"
_SET = {"version": str, "title": str, "effective_from": date, "rules": list}
_RULE = {"id": str, "tier": str, "source": str, "sentence": str, "when": dict}
_LISTED = ("choice", "choices", "yes_no")
E_ = TypeVar("E_", Tier, EuClass)


class RuleSetError(Exception):
    """The rules of the tier cannot be used; every problem that was found stands in its words."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("The rules of the risk tier are wrong:\n" + "\n".join(f"- {each}" for each in problems))
        self.problems = list(problems)


@cache
def rule_sets() -> tuple[RuleSet, ...]:
    """The portal's own rule sets, by date; read once."""
    return load(HERE)


def load(folder: Path) -> tuple[RuleSet, ...]:
    """Every rule set of a folder, by date. Raises RuleSetError with all that is wrong in any of them."""
    problems: list[str] = []
    found = [_Reader(path, problems).rule_set() for path in sorted(folder.glob("*.toml"))]
    read = sorted((each for each in found if each), key=lambda each: each.effective_from)
    if not found:
        problems.append(f"There is no file *.toml in {folder.name}.")
    problems += _clashes(read)
    if problems:
        raise RuleSetError(problems)
    return tuple(read)


def _clashes(read: Sequence[RuleSet]) -> Iterator[str]:
    """Days with two rule sets, or with none."""
    for earlier, later in pairwise(read):
        both = f"{earlier.version} and {later.version}"
        if earlier.effective_to is None or earlier.effective_to >= later.effective_from:
            yield f"{both} overlap: end {earlier.version} with effective_to before {later.effective_from}."
        elif earlier.effective_to + timedelta(days=1) < later.effective_from:
            yield f"{both} leave days without rules: let {later.version} begin after {earlier.effective_to}."


class _Reader:
    """One file; what is wrong is added to `problems`, each with where it stands."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path, self.problems, self.at = path, problems, path.name

    def rule_set(self) -> RuleSet | None:
        """The rule set, None with problems."""
        before = len(self.problems)
        try:
            table = tomllib.loads(self.path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self._wrong(f"it cannot be read: {error}")
            return None
        if not self._has(table, _SET, {"effective_to"}):
            return None
        rules = [rule for row in table["rules"] if (rule := self._rule(row))]
        self.at = self.path.name
        self._check_set(table, rules)
        if len(self.problems) > before:
            return None
        ends = table.get("effective_to")
        return RuleSet(table["version"], table["title"], table["effective_from"], ends, tuple(_complete(rules)))

    def _wrong(self, words: str) -> None:
        self.problems.append(f"{self.at}: {words}")

    def _has(self, table: Any, wanted: Mapping[str, type], optional: Collection[str]) -> bool:
        if not isinstance(table, dict):
            self._wrong("a table is needed here")
            return False
        lacking = [name for name, kind in wanted.items() if type(table.get(name)) is not kind]
        strange = sorted(table.keys() - wanted.keys() - set(optional))
        for name in lacking:
            self._wrong(f"{name} is missing, or is no {wanted[name].__name__}")
        for name in strange:
            self._wrong(f"{name} means nothing here")
        return not (lacking or strange)

    def _check_set(self, table: Mapping[str, Any], rules: Sequence[Rule]) -> None:
        if table["version"] != self.path.stem:
            self._wrong(f"the file must be called {table['version']}.toml, as its version")
        ends = table.get("effective_to")
        if ends is not None and (type(ends) is not date or ends < table["effective_from"]):
            self._wrong("effective_to must be a day, and not before effective_from")
        ids = [rule.id for rule in rules]
        for rule_id in sorted({each for each in ids if ids.count(each) > 1}):
            self._wrong(f"two rules are called {rule_id}")
        for rule in rules:
            self._check_counts(rule, rules)

    def _check_counts(self, rule: Rule, rules: Sequence[Rule]) -> None:
        for counted in conditions.counts_of(rule.when):
            others = [other for other in rules if other.tier == counted.tier]
            if not 1 <= counted.count <= len(others):
                self._wrong(f"rule {rule.id}: there are {len(others)} rules of {counted.tier}, not {counted.count}")
            if any(next(conditions.counts_of(other.when), None) for other in others):
                self._wrong(f"rule {rule.id} counts rules that count others themselves")

    def _rule(self, row: Any) -> Rule | None:
        self.at = f"{self.path.name}, rule {row.get('id', '?') if isinstance(row, dict) else '?'}"
        if not self._has(row, _RULE, {"eu_class"}):
            return None
        tier, when = self._known_as(Tier, row["tier"]), self._condition(row["when"])
        eu_class = self._known_as(EuClass, row.get("eu_class", EuClass.MINIMAL.value))
        for name in ("id", "source", "sentence"):
            if not row[name].strip():
                self._wrong(f"{name} says nothing")
        if tier is None or eu_class is None or when is None:
            return None
        reads = tuple(dict.fromkeys(leaf.field for leaf in conditions.leaves(when)))
        return Rule(row["id"], tier, row["source"], row["sentence"], when, reads, eu_class)

    def _known_as(self, words: type[E_], value: Any) -> E_ | None:
        if value in words.values:
            return words(value)
        self._wrong(f"there is no {value!r}; choose one of {', '.join(words.values)}")
        return None

    def _condition(self, table: Any) -> Condition | None:
        """The condition, None with problems."""
        keys = frozenset(table) if isinstance(table, dict) else frozenset()
        if keys == {"not"}:
            part = self._condition(table["not"])
            return None if part is None else Not(part)
        if keys in ({"all"}, {"any"}):
            return self._parts(*table.items())
        if keys == {"at_least", "tier"}:
            return self._count(table)
        if keys in ({"field", "in"}, {"field", "is"}, {"field", "over"}):
            return self._leaf(table, *(keys - {"field"}))
        self._wrong(f"a condition is field with in, is or over; all; any; not; or at_least with tier, not {table!r}")
        return None

    def _parts(self, named: tuple[str, Any]) -> Condition | None:
        name, rows = named
        if not isinstance(rows, list) or not rows:
            self._wrong(f"{name} needs a list of conditions")
            return None
        parts = [self._condition(row) for row in rows]
        whole = tuple(part for part in parts if part is not None)
        return (All if name == "all" else Any_)(whole) if len(whole) == len(parts) else None

    def _count(self, table: Mapping[str, Any]) -> Condition | None:
        tier = self._known_as(Tier, table["tier"])
        if type(table["at_least"]) is not int:
            self._wrong(f"at_least needs a whole number, not {table['at_least']!r}")
            return None
        return AtLeast(table["at_least"], tier) if tier else None

    def _leaf(self, table: Mapping[str, Any], how: str) -> Condition | None:
        field = FIELDS.get(str(table["field"]))
        if field is None:
            self._wrong(f"it reads the field {table['field']!r}, which does not exist")
        elif how == "over":
            return self._over(field, table["over"])
        elif field.kind not in _LISTED:
            self._wrong(f"{field.key} has no list of answers to compare with")
        else:
            return self._among(field, table["in"] if how == "in" else [table["is"]])
        return None

    def _over(self, field: Field, limit: Any) -> Condition | None:
        if field.kind != "number" or isinstance(limit, bool) or not isinstance(limit, int | float):
            self._wrong(f"over compares a number with a number, which {field.key} over {limit!r} is not")
            return None
        return Over(field.key, Decimal(str(limit)))

    def _among(self, field: Field, values: Any) -> Condition | None:
        options = field.options()
        strange = values if not isinstance(values, list) else [one for one in values if not _is_one(one, options)]
        if strange or not values:
            self._wrong(f"{field.key} has no answer {strange!r}; its answers are {', '.join(map(str, options))}")
            return None
        return Among(field.key, tuple(values))


def _is_one(value: Any, options: Sequence[Any]) -> bool:
    return any(value == option and type(value) is type(option) for option in options)


def _complete(rules: Sequence[Rule]) -> Iterator[Rule]:
    """The rules; one that counts others reads what they read."""
    for rule in rules:
        tiers = {counted.tier for counted in conditions.counts_of(rule.when)}
        more = [key for other in rules if other.tier in tiers for key in other.reads]
        reads = tuple(dict.fromkeys([*rule.reads, *more]))
        yield Rule(rule.id, rule.tier, rule.source, rule.sentence, rule.when, reads, rule.eu_class)
