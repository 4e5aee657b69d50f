#!/usr/bin/env python3
"""The one door: prepares `.venv`, then runs `demo`, `demo_reset`, `test` or any Django command."""

import sys


def main() -> int:
    """Run the command named on the command line and return its exit status."""
    if sys.version_info < (3, 11):  # noqa: UP036 an old interpreter must be told
        version = "{}.{}".format(*sys.version_info[:2])
        sys.stderr.write("The portal needs Python 3.11 or newer; this is Python " + version + ".\n")
        sys.stderr.write("Install it (e.g. `apt install python3.11 python3.11-venv`) and use `python3.11`.\n")
        return 1
    # Imported here: these modules use syntax that an older Python cannot even read.
    from coe_portal import bootstrap

    status = bootstrap.ensure(sys.argv)
    if status:
        return status
    from coe_portal.local import commands

    return commands.run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
