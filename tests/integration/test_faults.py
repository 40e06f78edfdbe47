"""One call to the system goes wrong, each in turn: no row is lost or doubled, the error is told, the next run mends it.

The calls are replaced by faulty_calls.c. A few of each kind by default, chosen by the seed; with MILLRACE_TEST_FULL=1
all of them.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from shop import BRONZE, FULL, event, needs_judge

SOURCE = Path(__file__).with_name("faulty_calls.c")
COMMITS = {"stream_commit_records": 40, "stream_files_max": 3, "stream_batch_records": 20}
CASES = [
    ("write", "ENOSPC"),
    ("write", "EIO"),
    ("write", "short"),
    ("write", "crash"),
    ("fsync", "EIO"),
    ("fsync", "crash"),
    ("rename", "EIO"),
    ("rename", "crash"),
    ("link", "ENOSPC"),
    ("link", "crash"),
    ("unlink", "EIO"),
    ("unlink", "crash"),
]


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if compiler is None:
        pytest.skip("there is no C compiler")
    path = tmp_path_factory.mktemp("library") / "faulty_calls.so"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", path, SOURCE, "-ldl"], check=True)
    return path


def stream(shop, library, call, nth, kind):
    """A run with the fault: its exit code, what it said, and how many calls there were."""
    count = shop.folder / "count"
    count.unlink(missing_ok=True)
    faulty = {"LD_PRELOAD": library, "FAULTY_ROOT": shop.lake, "FAULTY_CALL": call, "FAULTY_NTH": nth}
    faulty |= {"FAULTY_KIND": kind, "FAULTY_COUNT": count}
    done = subprocess.run(
        shop.command("stream", "--once", "--threads", 1),
        cwd=shop.folder,
        env=shop.environment(COMMITS) | {name: str(value) for name, value in faulty.items()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stderr, int(count.read_text()) if count.exists() else None


@needs_judge
@pytest.mark.parametrize(("call", "kind"), CASES, ids=lambda value: value)
def test_every_call_may_fail(make_shop, library, rng, call, kind):
    whole = make_shop("whole")
    whole.append(0, *[event(user_id=f"U{i}", category=f"C{i % 2}") for i in range(240)], b"no json")
    code, err, calls = stream(whole, library, call, 0, kind)
    assert code == 0, err
    assert calls > 1
    # Every fault is one run; the judge looks once for each, at what the run after it left.
    chosen = range(1, calls + 1) if FULL else sorted(rng.sample(range(1, calls + 1), min(5, calls)))
    for nth in chosen:
        print(f"{call} {nth} of {calls}: {kind}")
        shop = make_shop(f"{nth}")
        shop.copy_log(whole)
        code, err, _ = stream(shop, library, call, nth, kind)
        if kind == "crash":
            assert code == -9
        elif kind == "short":
            assert code == 0, err
        elif code != 0:
            assert code == 1, err
            assert os.strerror(28 if kind == "ENOSPC" else 5).lower() in err.lower(), err
        else:  # what is only tidying up may fail: it is told, and done by the next start
            assert "warning" in err, err
            shop.judge()
        rows = shop.query(BRONZE, "select count(*), count(distinct log_offset) from t")
        assert not rows or rows[0][0] == rows[0][1], "a row is seen twice"
        shop.stream_once(**COMMITS)
        shop.judge()
        shutil.rmtree(shop.folder)
