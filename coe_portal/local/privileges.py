"""PostgreSQL refuses to run as root: a prefix that gives it another identity without creating a user."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from coe_portal.local.console import Problem

_NOBODY = 65534
# In a user namespace PostgreSQL sees a common user, while its files stay root's: no chown, no chmod.
_UNSHARE = ("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}")
# Containers often forbid namespaces. A changed identity loses the death signal, hence --pdeathsig.
_SETPRIV = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--pdeathsig", "INT")


def prefix(home: Path, binary: Path) -> Sequence[str]:
    """Return the words before a PostgreSQL command that works in `home`; raises Problem if there is none."""
    if os.geteuid() != 0:
        return ()
    if _works(*_UNSHARE, "true"):
        return _UNSHARE
    if not _works(*_SETPRIV, "true"):
        raise Problem("PostgreSQL does not run as root, and this machine allows no other identity: use a normal user.")
    home.chmod(0o711)  # to be passed through, not listed; what is private in it has mode 0600
    if not _works(*_SETPRIV, "test", "-x", str(home), "-a", "-x", str(binary)):
        raise Problem(f"PostgreSQL does not run as root, and another user cannot reach {home} or {binary}.")
    return _SETPRIV


def hand_over(path: Path, words: Sequence[str]) -> None:
    """Give `path` and what it holds to the identity behind the prefix `words`; raises Problem for a user's data."""
    if not words:
        return
    owner, wanted = path.stat().st_uid, _NOBODY if words == _SETPRIV else 0
    if owner not in {0, _NOBODY}:
        raise Problem(f"{path} belongs to the user with id {owner}; run this command as that user.")
    if owner != wanted:  # a new folder, or one made while the other way was open to root
        for each in (path, *path.rglob("*")):
            os.chown(each, wanted, wanted, follow_symlinks=False)


def _works(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
