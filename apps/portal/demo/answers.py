"""What the demonstration's case answers to the questions of its record: a plain helper inside one department."""

from typing import Any


def _values(**values: Any) -> dict[str, dict[str, Any]]:
    return {key: {"value": value} for key, value in values.items()}


# The rows of the record that the second gate asks for, by their part.
ROWS: dict[str, dict[str, Any]] = {
    "value": {
        "metric": "Minutes a clerk needs for an invoice", "baseline": "6", "target": "2",
        "method": "Time stamps of the accounting system.",
    },
    "risks": {
        "description": "A wrong sum is paid.", "likelihood": "possible", "impact": "minor", "treatment": "reduce",
        "plan": "A clerk sees every invoice where the sums differ.", "residual": "low",
    },
}  # fmt: skip
# Gate → answers by field. Together they make the lowest tier.
ANSWERS: dict[str, dict[str, dict[str, Any]]] = {
    "G1": _values(
            approach="build", intended_users=["internal"], people_affected=["internal"], output_type=["insight"],
            influences_people=False, autonomy="informs", data_classes=["internal"], personal_data=["none"],
            oversight="A clerk sees every invoice where the sums differ, and decides.",
            fallback="Clerks add up the invoices by hand, as before.",
            residency=["eu"], eu_role="deployer", practices=["none"], areas=["none"], safety_component=False,
            transparency=["none"], public_impact="neither", new_supplier=False, yearly_cost="1200",
    ),
    "G2": _values(
        reuse="platform", reuse_links="The sandbox calculator of this portal.", cost_per_query="0.002",
        cost_per_user="5", cost_per_day="4", budget="1500", cost_centre="4711, Accounts payable",
        cost_assumptions="2,000 invoices a day, about 150 tokens each.",
    ),
    "G3": _values(evaluation="benchmark", evaluator="inside", monitoring="automated", notice="general", trained=True),
}  # fmt: skip
