"""A coverage-guided fuzzer for everything that reads bytes or text from strangers; run by hand, not by the tests.

    pip install atheris
    python -m tests.fuzzing.run decode|files|names|filters [CORPUS FOLDER] [-max_total_time=600]

It stops at the first input that raises what it should not, takes more than ten seconds, or more than 2 GB, and
writes that input to `crash-...`. What was found stands in `tests/properties/test_findings.py`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["tui"]):
    from tests.fuzzing import targets

TARGETS: dict[str, Callable[[bytes], None]] = {
    "decode": targets.decode_packets,
    "files": targets.read_file,
    "names": targets.read_all_names,
    "filters": targets.filter_text,
}


def main() -> None:
    name = sys.argv.pop(1)
    options = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=4096", f"-artifact_prefix={os.getcwd()}/"]
    atheris.Setup([sys.argv[0], *options, *sys.argv[1:]], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
