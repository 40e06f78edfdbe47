"""Fixtures of the tests from outside: they start the program, and read what it promises to write."""

import os
import random
import shutil

import pytest
from shop import BINARY, Shop


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


@pytest.fixture
def rng():
    """Random, but never twice by accident: the seed is printed where a test fails."""
    seed = int(os.environ.get("MILLRACE_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"to repeat it: MILLRACE_TEST_SEED={seed}")
    return random.Random(seed)
