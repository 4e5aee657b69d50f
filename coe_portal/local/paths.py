"""Where a supervisor keeps its files: one data folder, readable by its owner only."""

import os
from dataclasses import dataclass
from pathlib import Path

from coe_portal.bootstrap import ROOT
from coe_portal.local.console import Problem

_LABEL = "coe-portal-data"
_LABEL_TEXT = "Data of a CoE Portal demonstration; `python3 manage.py demo_reset` removes this folder.\n"


@dataclass(frozen=True)
class DataDir:
    """The data folder `root` and the names of what lies in it."""

    root: Path

    @property
    def postgres(self) -> Path:
        """The PostgreSQL cluster."""
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        """The broker's append-only file and configuration."""
        return self.root / "valkey"

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.root / "log"

    @property
    def secrets(self) -> Path:
        """Generated passwords and keys (mode 0600)."""
        return self.root / "secrets.json"

    @property
    def run_file(self) -> Path:
        """What the running supervisor tells other commands (mode 0600)."""
        return self.root / "run.json"

    @property
    def lock(self) -> Path:
        """The lock a supervisor holds while it lives."""
        return self.root / "supervisor.lock"

    @property
    def label(self) -> Path:
        """The file that marks the folder as ours, so that nothing else is ever removed."""
        return self.root / _LABEL

    def prepare(self) -> None:
        """Create the folder; raises Problem where it is another program's folder or cannot be written."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._claim()
            self.root.chmod(0o700)
            for folder in (self.valkey, self.logs):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Problem(f"The data folder {self.root} cannot be used: {error.strerror or error}.") from error

    def is_ours(self) -> bool:
        """Say whether this folder was made by `prepare`."""
        return self.label.is_file()

    def _claim(self) -> None:
        if not self.is_ours() and any(self.root.iterdir()):
            raise Problem(f"{self.root} holds other files; name an empty or a new folder with --data-dir.")
        self.label.write_text(_LABEL_TEXT, encoding="utf-8")


def data_dir(given: str | None = None) -> DataDir:
    """Return the data folder: `given`, else COE_DATA_DIR, else ROOT/.coe."""
    chosen = given or os.environ.get("COE_DATA_DIR") or str(ROOT / ".coe")
    return DataDir(Path(chosen).expanduser().resolve())


def write_private(path: Path, text: str) -> None:
    """Write a file readable by its owner only, in one atomic step."""
    partial = path.with_name(path.name + ".new")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)
