"""Several web processes on one address: each answers for all of them."""

import os
import subprocess
import sys
from pathlib import Path

from coe_portal.bootstrap import ROOT

_OBSERVE = "metrics.observe(route='home', method='GET', status=200, seconds=0.01)"
_PRINT = "print(metrics._text().decode())"


def process(folder: Path, *steps: str) -> str:
    """What a process of its own prints that shares the folder."""
    code = "\n".join(["import django; django.setup()", "from coe_portal.operations import metrics", *steps])
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_figures_of_all_processes_are_added(tmp_path: Path) -> None:
    process(tmp_path, _OBSERVE)
    assert 'coe_http_requests_total{method="GET",route="home",status="2xx"} 2.0' in process(tmp_path, _OBSERVE, _PRINT)
