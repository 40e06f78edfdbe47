"""A shop in a folder of its own: it writes a log, runs millrace over it, reads the lake and asks the judge.

Environment:
  MILLRACE_BIN        the program (default: build/release/millrace of this checkout)
  MILLRACE_SHARED     the folder with conformance/ and data/ (default: ../shared beside this checkout)
  MILLRACE_TEST_SEED  the seed of the random tests (default: a new one each time; a failed test prints it)
  MILLRACE_TEST_FULL  1 runs every combination, which takes longer
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("MILLRACE_BIN", CHECKOUT / "build/release/millrace")).resolve()
SHARED = Path(os.environ.get("MILLRACE_SHARED", CHECKOUT.parent / "shared")).resolve()
FULL = os.environ.get("MILLRACE_TEST_FULL") == "1"
TOPIC = "ecommerce_events"
BRONZE, SILVER, LATE, QUARANTINE = "bronze/events", "silver/cleaned_events", "silver/late_events", "quarantine/events"
WINDOW_S = {"windows/product_5m": 300, "windows/product_1h": 3600}
TABLES = [BRONZE, SILVER, LATE, QUARANTINE, *WINDOW_S]
WINDOW_SUMS = [
    "revenue",
    "orders",
    "units",
    "price_sum",
    "views",
    "carts",
    "returns",
    "returned_units",
    "returned_revenue",
]

needs_judge = pytest.mark.skipif(
    not (SHARED / "conformance/check_lake.py").exists(),
    reason=f"the judge (conformance/check_lake.py) is not in {SHARED}",
)


@dataclass
class Finished:
    command: list[str]
    code: int
    out: str
    err: str

    @property
    def document(self):
        """The one JSON document that stdout is."""
        return json.loads(self.out)

    def __str__(self):
        command = " ".join(self.command)
        return f"$ {command}\nexit code {self.code}\n--- stdout\n{self.out[-3000:]}\n--- stderr\n{self.err[-3000:]}"


class Running:
    """A program in the background; stdout and stderr go to files, so that it never waits for us."""

    def __init__(self, command, folder: Path, **how):
        self.command = command
        number = len(list(folder.glob("*.stdout")))
        self.out_path, self.err_path = folder / f"{number}.stdout", folder / f"{number}.stderr"
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **how)

    def out_lines(self) -> list[str]:
        """The whole lines that stand on stdout so far."""
        return self.out_path.read_bytes().decode().split("\n")[:-1]

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def finish(self, timeout_s=60) -> Finished:
        code = self.process.wait(timeout_s)
        return Finished(self.command, code, self.out_path.read_text(), self.err_path.read_text())

    def stop(self, with_signal=signal.SIGTERM, timeout_s=10) -> Finished:
        self.process.send_signal(with_signal)
        return self.finish(timeout_s)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Shop:
    def __init__(self, folder: Path, topic=TOPIC):
        self.folder, self.topic = folder, topic
        self.data = folder / "data"
        self.log, self.lake = self.data / "log", self.data / "lake"
        self.data.mkdir(parents=True)

    # --- Running the program. Settings are those of the configuration: stream_batch_records=1 is the environment
    # variable MILLRACE_STREAM_BATCH_RECORDS=1. Nothing else of ours reaches the program, and it runs where no
    # configuration file lies.

    def command(self, name, *flags) -> list[str]:
        return [str(BINARY), name, "--data-dir", str(self.data), *map(str, flags)]

    def environment(self, settings) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("MILLRACE_")}
        return plain | {f"MILLRACE_{name.upper()}": str(value) for name, value in settings.items()}

    def run(self, name, *flags, code=0, timeout_s=120, **settings) -> Finished:
        return self.execute(self.command(name, *flags), code, timeout_s, **settings)

    def execute(self, command, code=0, timeout_s=120, **settings) -> Finished:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
        )
        finished = Finished(command, done.returncode, done.stdout.decode(), done.stderr.decode())
        assert finished.code == code, f"exit code {code} was expected\n{finished}"
        return finished

    @contextmanager
    def running(self, name, *flags, **settings):
        program = Running(self.command(name, *flags), self.folder, cwd=self.folder, env=self.environment(settings))
        try:
            yield program
        finally:
            program.kill()

    def stream_once(self, *flags, **settings) -> Finished:
        return self.run("stream", "--once", *flags, **settings)

    def produce(self, events, *flags, **settings) -> Finished:
        return self.run("produce", "--events", events, "--delay", 0, *flags, **settings)

    # --- The log

    def make_log(self, events, seed, profile="mixed"):
        """A log as make_log.py of the judges writes it."""
        subprocess.run(
            [
                sys.executable,
                SHARED / "conformance/make_log.py",
                self.log,
                "--topic",
                self.topic,
                "--events",
                str(events),
                "--seed",
                str(seed),
                "--profile",
                profile,
            ],
            check=True,
        )

    def copy_log(self, other: "Shop"):
        shutil.copytree(other.log, self.log)

    def partition_folder(self, partition) -> Path:
        return self.log / self.topic / str(partition)

    def segments(self, partition) -> list[Path]:
        return sorted(self.partition_folder(partition).glob("*.ndjson"))

    def partitions(self) -> list[int]:
        return sorted(int(folder.name) for folder in (self.log / self.topic).iterdir() if folder.name.isdigit())

    def append(self, partition, *records: bytes):
        """Writes records at the end of a partition by hand, as a producer would."""
        self.partition_folder(partition).mkdir(parents=True, exist_ok=True)
        segment = (self.segments(partition) or [self.partition_folder(partition) / f"{0:020d}.ndjson"])[-1]
        with open(segment, "ab") as file:
            file.write(b"".join(record + b"\n" for record in records))

    def records(self, partition) -> list[bytes]:
        """A partition's records; an unfinished last line is none."""
        text = b"".join(segment.read_bytes() for segment in self.segments(partition))
        return text.split(b"\n")[:-1]

    def all_records(self) -> list[bytes]:
        return [record for partition in self.partitions() for record in self.records(partition)]

    # --- The lake

    def files(self, table) -> list[Path]:
        """A table's files as a plain glob sees them."""
        root = self.lake / table
        return sorted(
            path
            for path in root.rglob("*.parquet")
            if not any(part[0] in "_." for part in path.relative_to(root).parts)
        )

    def query(self, table, sql):
        """The rows of a query about the table t; none where the table has no file yet."""
        files = [str(path) for path in self.files(table)]
        if not files:
            return []
        with duckdb.connect(config={"threads": 2}) as connection:
            connection.sql("set timezone = 'UTC'")
            connection.sql(
                f"create view t as select * from read_parquet({files!r}, hive_partitioning = true, "
                "hive_types_autocast = false, union_by_name = true)"
            )
            return connection.sql(sql).fetchall()

    def count(self, table) -> int:
        rows = self.query(table, "select count(*) from t")
        return rows[0][0] if rows else 0

    def contents(self) -> dict[str, list]:
        """What the lake holds, without the times of its making; windows summed up, as their rows are additive."""
        made = {BRONZE: "exclude (ingest_time)", QUARANTINE: "exclude (ingest_time, ingest_date)"}
        contents = {}
        for table in TABLES:
            if table in WINDOW_S:
                sums = ", ".join(f"sum({column})" for column in WINDOW_SUMS)
                key = "window_start, window_end, product_id, category"
                contents[table] = self.query(table, f"select {key}, {sums} from t group by {key} order by {key}")
            else:
                contents[table] = self.query(
                    table, f"select * {made.get(table, '')} from t order by log_partition, log_offset"
                )
        return contents

    def commit_paths(self) -> list[Path]:
        return sorted((self.lake / "_commits").rglob("*.json"))

    def commits(self) -> list[dict]:
        return [json.loads(path.read_bytes()) for path in self.commit_paths()]

    def progress(self) -> int:
        """How many records are committed, by the newest commit record of each partition."""
        newest = {path.parent: path for path in self.commit_paths()}
        return sum(json.loads(path.read_bytes())["to"] for path in newest.values())

    def judge(self) -> str:
        done = subprocess.run(
            [
                sys.executable,
                SHARED / "conformance/check_lake.py",
                "--log",
                self.log,
                "--lake",
                self.lake,
                "--topic",
                self.topic,
            ],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"the judge of {self.data} disagrees:\n{done.stdout[-6000:]}{done.stderr[-3000:]}"
        return done.stdout


def event(**fields) -> bytes:
    """A valid record; a field given as None is left out."""
    record = {
        "event_time": "2024-01-15T10:30:00.000Z",
        "user_id": "U1",
        "product_id": "P001",
        "category": "Books",
        "price": "10.00",
        "quantity": "1",
        "event_type": "order_created",
    } | fields
    return json.dumps({name: value for name, value in record.items() if value is not None}).encode()


def murmur2(data: bytes) -> int:
    """Kafka's hash of a key (org.apache.kafka.common.utils.Utils.murmur2), as an unsigned number."""
    mask, multiplier = 0xFFFFFFFF, 0x5BD1E995
    whole = len(data) - len(data) % 4
    state = 0x9747B28C ^ len(data)
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * multiplier & mask
        state = (state * multiplier & mask) ^ ((word ^ word >> 24) * multiplier & mask)
    if whole < len(data):
        state = (state ^ int.from_bytes(data[whole:], "little")) * multiplier & mask
    state = (state ^ state >> 13) * multiplier & mask
    return state ^ state >> 15


def wait_until(is_true, what: str, timeout_s=20.0):
    deadline = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < deadline, f"after {timeout_s} s not yet: {what}"
        time.sleep(0.01)
