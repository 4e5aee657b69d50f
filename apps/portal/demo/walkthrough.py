"""The portal's main job, done over HTTP by the demonstration accounts: from an idea to a cleared use case."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from apps.portal.demo import organisation
from apps.portal.demo.accounts import UNIT
from apps.portal.demo.answers import ANSWERS, ROWS
from apps.portal.demo.visitor import VisitError, Visitor

MAIN = {
    "title": "Check the arithmetic of incoming invoices",
    "purpose": "Clerks add up every incoming invoice by hand, and mistakes slip through. A machine that works out each "
    "sum first lets them look only where it differs.",
    "topic_area": "internal",
}
WAITING = {
    "title": "Draft replies to supplier reminders",
    "purpose": "Suppliers who remind us of an unpaid invoice wait days for an answer. A drafted reply with the state "
    "of the payment lets a clerk answer at once.",
    "topic_area": "internal",
}
_RUN_SECONDS = 120
# What the lanes beside architecture say at the second gate.
_BESIDES = {
    "security": "It reads invoices and writes nowhere.",
    "privacy": "No data about people reaches the model.",
}


class Walkthrough:
    """Does what is not done yet, so that a second walk over the same data changes nothing."""

    def __init__(self, site: str, passwords: dict[str, str], say: Callable[[str], None]) -> None:
        names = ("business-owner", "ai-engineer", "reviewer")
        self.owner, self.engineer, self.reviewer = (Visitor(site, name, passwords[name]) for name in names)
        self.others = {lane: Visitor(site, f"{lane}-reviewer", passwords[f"{lane}-reviewer"]) for lane in _BESIDES}
        self._say = say

    def walk(self) -> str:
        """Bring the main case to CLEARED at its second gate, leave another one waiting; returns the main reference."""
        case = self._case(MAIN)
        if not self._was_cleared(case):
            self._finish(case)
        self._leave_one_waiting()
        case = self._read(case["ref"])
        self._say(f"{case['ref']} is {case['standing']} in stage {case['stage']}")
        return str(case["ref"])

    def _finish(self, case: Any) -> None:
        ref = case["ref"]
        if case["stage"] == "DISCOVER":
            self._pass_first_gate(case)
        if self._read(ref)["standing"] != "IN_REVIEW":
            self._answer(ref, "G2")
            self._add_rows(ref)
            self._pin_and_evaluate(ref)
            self._submit(ref)
        self._decide_besides(ref)
        self._decide_in_the_review_desk(ref)

    def _was_cleared(self, case: Any) -> bool:
        """Whether the walk once came to its end: what people did to the case since then is theirs."""
        query = urlencode({"subject": case["subject"], "state": "approved"})
        return any(review["gate"] == "G2" for review in self.owner.api("GET", f"reviews/?{query}")["results"])

    def _case(self, record: dict[str, str]) -> Any:
        found = self.owner.api("GET", f"use-cases/?{urlencode({'q': record['title']})}")["results"]
        if found:
            return self._read(found[0]["ref"])
        places = {"owner": self.owner.username, "business_unit": " / ".join(UNIT)}
        case = self.owner.api("POST", "use-cases/", {**record, **places})
        self._say(f"business-owner registered {case['ref']}: {case['title']}")
        return case

    def _read(self, ref: str) -> Any:
        return self.owner.api("GET", f"use-cases/{ref}/")

    def _answer(self, ref: str, gate: str) -> None:
        self.owner.change(f"use-cases/{ref}/answers/", "PATCH", {"answers": ANSWERS[gate]})
        self._say(f"business-owner answered what gate {gate} asks")

    def _add_rows(self, ref: str) -> None:
        for part, row in ROWS.items():
            if not self.owner.api("GET", f"use-cases/{ref}/{part}/")["results"]:
                self.owner.api("POST", f"use-cases/{ref}/{part}/", row)
        self._say("business-owner added what the case is worth, and what could go wrong")

    def _pass_first_gate(self, case: Any) -> None:
        if case["standing"] == "UNREVIEWED":
            self._answer(case["ref"], "G1")
            self._submit(case["ref"])
        if self._read(case["ref"])["standing"] == "IN_REVIEW":
            self._approve(self.reviewer, case["ref"], "steward", "A clear problem with a measurable benefit.")
        self.owner.change(f"use-cases/{case['ref']}/", "POST", {}, deed="advance/")
        self._say(f"business-owner moved {case['ref']} to PLAY")

    def _pin_and_evaluate(self, ref: str) -> None:
        prompt = f"{organisation.PROMPT}@production"
        pins = {"prompt_version": prompt, "endpoint": organisation.ENDPOINT}
        self.engineer.change(f"use-cases/{ref}/", "PATCH", pins)
        plan = {
            "use_case": ref, "prompt_version": prompt, "endpoint": organisation.ENDPOINT,
            "dataset_version": f"{organisation.DATASET}@1", "scorers": ["exact", "numeric"],
            "gate_scorer": "numeric", "threshold": "0.600",
        }  # fmt: skip
        run = self.engineer.api("POST", "evaluation-runs/", plan)
        self._say("ai-engineer started an evaluation on the gpu queue")
        self._wait_for_run(run["id"])

    def _wait_for_run(self, run_id: str) -> None:
        deadline = time.monotonic() + _RUN_SECONDS
        while (run := self.engineer.api("GET", f"evaluation-runs/{run_id}/"))["state"] in ("queued", "running"):
            if time.monotonic() > deadline:
                raise VisitError(f"The evaluation did not end within {_RUN_SECONDS} s; is a worker running?")
            time.sleep(0.3)
        if run["state"] != "done":
            raise VisitError(f"The evaluation ended as {run['state']}; its page says why: /evaluations/{run_id}/")
        figures = run["summary"]["scorers"]["numeric"]
        share, low, high = (f"{figures[name]:.1%}" for name in ("share", "low", "high"))
        self._say(f"worker scored {run['summary']['n']} samples: {share} right, 95 % interval {low} to {high}")

    def _submit(self, ref: str) -> None:
        request = self.owner.change(f"use-cases/{ref}/", "POST", {}, deed="submit/")
        self._say(f"business-owner submitted {ref} for {request['gate']}, content {request['content_hash'][:12]}")

    def _open_request(self, ref: str) -> Any:
        query = urlencode({"subject": self._read(ref)["subject"], "state": "in_review"})
        return self.reviewer.api("GET", f"reviews/?{query}")["results"][0]

    def _approve(self, who: Visitor, ref: str, lane: str, reason: str) -> None:
        request = self._open_request(ref)
        decision = {"lane": lane, "outcome": "approve", "content_hash": request["content_hash"], "reason": reason}
        who.change(f"reviews/{request['id']}/", "POST", decision, deed="decide/")
        self._say(f"{who.username} approved gate {request['gate']} over the API, lane {lane}")

    def _decide_besides(self, ref: str) -> None:
        decided = {decision["lane"] for decision in self._open_request(ref)["decisions"]}
        for lane, reason in _BESIDES.items():
            if lane not in decided:
                self._approve(self.others[lane], ref, lane, reason)

    def _decide_in_the_review_desk(self, ref: str) -> None:
        request = self._open_request(ref)
        self.reviewer.submit(
            f"/admin/reviews/reviewrequest/{request['id']}/change/",
            {
                "lane": request["lanes"][0],
                "outcome": "approve",
                "reason": "The lower end of the interval is above the threshold, for exactly this prompt and endpoint.",
            },
        )
        if self._read(ref)["standing"] == "IN_REVIEW":
            raise VisitError(f"The review desk did not take the decision on {ref}.")
        self._say(f"reviewer approved gate {request['gate']} in the review desk")

    def _leave_one_waiting(self) -> None:
        case = self._case(WAITING)
        if case["stage"] == "DISCOVER" and case["standing"] == "UNREVIEWED":
            self._answer(case["ref"], "G1")
            self._submit(case["ref"])
