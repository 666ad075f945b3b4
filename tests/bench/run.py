"""Runs the benchmarks: `make bench`, or `make bench ARGS="engine workspace"` for some of them.

A Postgres and a Valkey of their own are started for the run and stopped after it.
"""

import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHES = {
    "workspace": "tests.bench.bench_workspace",
    "ledger": "tests.bench.bench_ledger",
    "engine": "tests.bench.bench_engine",
    "pages": "tests.bench.bench_pages",
    "acceptance": "tests.bench.bench_acceptance",
    "sandbox": "tests.bench.bench_sandbox",
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them; return the exit code."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"No such benchmark: {', '.join(sorted(unknown))}. Known: {', '.join(BENCHES)}.")
        return 2
    sys.path.insert(0, str(ROOT))
    importlib.import_module("tests.embedded")  # starts the services and sets their addresses
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mgeconsole.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    for name in names or BENCHES:
        print(f"== {name}")
        importlib.import_module(BENCHES[name]).main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
