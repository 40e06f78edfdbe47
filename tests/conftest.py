"""Fixtures of the tests from outside: they start the program, and read what it promises to write.

The data folders lie in memory where there is enough: the tests make and sync a hundred thousand small files, and
kill -9 does not care what they lie on. `--basetemp DIR` puts them on a disk.
"""

import os
import random
import shutil
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "integration"))  # for tests/services too
from sale_lines import RULES, Source  # noqa: E402
from shop import BINARY, Shop  # noqa: E402

MEMORY, MEMORY_BYTES_MIN = Path("/dev/shm"), 4 << 30
FOLDER_NAME = f"millrace-tests-{os.getuid()}-"


def pytest_configure(config):
    # Like Ctrl-C, so that mounts and programs are cleaned up there too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if config.option.basetemp is None and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN:
        for left in MEMORY.glob(FOLDER_NAME + "*"):
            if not Path("/proc", left.name.removeprefix(FOLDER_NAME)).exists():
                shutil.rmtree(left, ignore_errors=True)
        config.option.basetemp = MEMORY / f"{FOLDER_NAME}{os.getpid()}"


def pytest_sessionfinish(session, exitstatus):
    """What failed is kept to look at, until the next run."""
    folder = session.config.option.basetemp
    if exitstatus == 0 and folder is not None and Path(folder).parent == MEMORY:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def program_is_built():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"there is no program at {BINARY}: run ./run build, or set MILLRACE_BIN", returncode=1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.has_passed = report.passed
    return report


@pytest.fixture
def make_shop(request, tmp_path):
    """Makes shops: make_shop("disturbed"). Their folders are removed again unless the test fails."""
    yield lambda name: Shop(tmp_path / name)
    if getattr(request.node, "has_passed", False):
        shutil.rmtree(tmp_path)


@pytest.fixture
def shop(make_shop):
    """A shop in an empty folder."""
    return make_shop("shop")


@pytest.fixture(scope="module")
def source():
    """What was sold, to be worked out by plain loops."""
    return Source(seed=11)


@pytest.fixture
def sold(shop, source):
    """A shop whose gold is made of it."""
    (shop.folder / "history.csv").write_text(source.history())
    (shop.folder / "rules.yaml").write_text(RULES)
    shop.run("batch", "--historical-csv", "history.csv", history_categories="rules.yaml")
    return shop


@pytest.fixture
def rng():
    """Random, but never twice by accident: the seed is printed where a test fails."""
    seed = int(os.environ.get("MILLRACE_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"to repeat it: MILLRACE_TEST_SEED={seed}")
    return random.Random(seed)
