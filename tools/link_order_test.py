"""The order in which our program loads its libraries (cmake/dependencies.cmake says why it matters)."""

import os
import re
import subprocess

import pytest

MILLRACE = os.environ.get("MILLRACE_BIN", "build/release/millrace")
BINDING = re.compile(r"binding file (\S+) \[\d+\] to (\S+) \[\d+\]: \w+ symbol `([^']+)'")


@pytest.mark.skipif(not os.path.exists(MILLRACE), reason="the program is not built")
def test_openssl_never_calls_into_arrow():
    # LD_BIND_NOW: the loader binds every symbol at the start, so that starting the program is enough.
    environment = os.environ | {"LD_DEBUG": "bindings", "LD_BIND_NOW": "1"}
    run = subprocess.run([MILLRACE, "--version"], env=environment, capture_output=True, text=True, check=True)
    bindings = BINDING.findall(run.stderr)
    assert len(bindings) > 1000, "the loader reported no bindings"
    wrong = [
        (caller, target, symbol)
        for caller, target, symbol in bindings
        if re.search(r"/lib(arrow|parquet)", target) and not re.search(r"/lib(arrow|parquet)", caller)
        if re.search(r"/lib(ssl|crypto|curl)\.so", caller) or symbol.startswith("curl_")
    ]
    assert wrong == []
