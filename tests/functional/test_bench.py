"""Both measuring commands run on a small site for a few seconds; how fast this machine is, is no test."""

import json
import os
import subprocess
import sys
from pathlib import Path

from coe_portal.bootstrap import ROOT
from coe_portal.local import bench


def measured(folder: Path, command: str, *arguments: str) -> tuple[int, str, dict[str, dict[str, object]]]:
    """Run a measuring command; its status, what it printed, and the results it wrote."""
    before = set(bench.RESULTS.glob("*.json"))
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), command, *arguments, "--seconds", "1", "--scale", "none",
         "--data-dir", str(folder)],
        cwd=ROOT, env={**os.environ, "COE_RATE_ADDRESS": "100000/minute"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    written = sorted(set(bench.RESULTS.glob(f"{command}-*.json")) - before)
    assert written, done.stdout + done.stderr
    results = json.loads(written[-1].read_text())["results"]
    for file in written:
        file.unlink()
    return done.returncode, done.stdout, results


def test_a_site_is_measured_beside_a_bare_view_and_under_a_mixed_load(tmp_path: Path) -> None:
    status, said, results = measured(tmp_path / "data", "bench", "--clients", "2")
    assert status == 0, said
    assert set(results) == {"bare view", *bench.MIX}
    assert results["bare view"]["times_the_bare_view"] == 1.0
    assert all(result["requests"] and not result["errors"] for result in results.values()), results
    assert "times the bare view" in said

    _, said, results = measured(tmp_path / "data", "bench_load", "--rate", "10")
    assert set(results) == {*bench.MIX, "register", "all"}
    assert not results["all"]["errors"], results
    assert "the bar: p95" in said
