"""A long life in a short time: `./run bench long [--days 30] [--daily-events 10000000]`.

Simulated days are produced at --speed max, a few at a time, while one stream follows the log, whose old segments go by
log.retention_bytes. Every few seconds one line says what the stream holds: records committed, resident memory, open
files, the most files in one folder of the lake, and bytes on disk. At the end every record must be committed, and SQL
must count them all. Also written to build/bench/long.json.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("MILLRACE_BIN", CHECKOUT / "build/release/millrace"))
SECONDS_BETWEEN_LINES = 10


def json_of(*command: str) -> dict:
    command_line = [str(PROGRAM), *command, "--json"]
    return json.loads(subprocess.run(command_line, cwd="/", check=True, capture_output=True).stdout)


def committed(data: Path) -> int:
    """By the newest commit record of each partition; those of one moment, while others come."""
    records = 0
    for folder in (data / "lake/_commits/ecommerce_events").glob("*"):
        newest = max((name for name in os.listdir(folder) if name.endswith(".json")), default=None)
        if newest is not None:
            records += json.loads((folder / newest).read_text())["to"]
    return records


def files_by_folder(lake: Path) -> Counter:
    folders: Counter = Counter()
    for top in ("bronze", "silver", "quarantine", "windows"):
        for folder, _, names in os.walk(lake / top):
            folders[folder] = sum(name.endswith(".parquet") for name in names)
    return folders


def measure(stream: subprocess.Popen, data: Path, begin: float) -> dict:
    process = Path(f"/proc/{stream.pid}")
    pages = int((process / "statm").read_text().split()[1])
    fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
    return {
        "seconds": round(time.monotonic() - begin, 1),
        "records": committed(data),
        "cpu_seconds": (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
        "rss_bytes": pages * os.sysconf("SC_PAGE_SIZE"),
        "open_files": len(os.listdir(process / "fd")),
        "files_in_a_folder": max(files_by_folder(data / "lake").values(), default=0),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--daily-events", type=int, default=10_000_000)
    parser.add_argument("--days-at-once", type=int, default=3)
    parser.add_argument("--event-ids", action="store_true", help="give each event an event_id")
    parser.add_argument("--work", type=Path, default=CHECKOUT / "build/bench/long", help="an empty folder on a disk")
    flags = parser.parse_args()
    data = flags.work
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    # At most what is produced at once waits to be read.
    settings = os.environ | {
        "MILLRACE_LOG_RETENTION_BYTES": str(flags.days_at_once * flags.daily_events * 120),
        "MILLRACE_STREAM_CHECKPOINT_INTERVAL": "10s",
    }
    lines, produced = [], 0
    begin = time.monotonic()
    stream = None
    with open(data / "stream.log", "w") as log:
        try:
            for first in range(0, flags.days, flags.days_at_once):
                days = min(flags.days_at_once, flags.days - first)
                start = date(2024, 1, 1) + timedelta(days=first)
                command = [str(PROGRAM), "produce", "--days", str(days), "--daily-events", str(flags.daily_events)]
                command += ["--start", f"{start}T00:00:00Z", "--speed", "max", "--products", "10000"]
                command += ["--users", "100000", "--seed", str(first), "--data-dir", str(data), "--json"]
                command += ["--event-ids"] if flags.event_ids else []
                how = {"cwd": data, "stderr": log, "env": settings}
                producer = subprocess.Popen(command, stdout=subprocess.PIPE, **how)
                if stream is None:
                    while not list((data / "log").rglob("*.ndjson")):
                        time.sleep(0.1)
                    stream = subprocess.Popen([str(PROGRAM), "stream", "--data-dir", str(data)], **how)
                end = None
                while end is None or committed(data) < end:
                    time.sleep(SECONDS_BETWEEN_LINES)
                    if stream.poll() is not None:
                        sys.exit(f"the stream ended: {(data / 'stream.log').read_text()[-2000:]}")
                    lines.append(measure(stream, data, begin))
                    print(json.dumps(lines[-1]), flush=True)
                    if end is None and producer.poll() is not None:
                        if producer.returncode != 0:
                            sys.exit(f"produce failed: {(data / 'stream.log').read_text()[-2000:]}")
                        produced += json.loads(producer.stdout.read())["records"]
                        end = produced
            stream.send_signal(signal.SIGTERM)
            stream.wait(10)
        finally:
            if stream is not None:
                stream.kill()
    status = json_of("status", "--data-dir", str(data))
    assert all(partition["conserved"] for partition in status["partitions"])
    counted = json_of("sql", "select count(*) as records from bronze_events", "--data-dir", str(data))
    result = {"produced": produced, "in_bronze": int(counted[0]["records"]), "lines": lines}
    (CHECKOUT / "build/bench/long.json").write_text(json.dumps(result, indent=1) + "\n")
    assert result["in_bronze"] == produced, result
    print(f"{produced} records, all of them in bronze; the most files in a folder: "
          f"{max(line['files_in_a_folder'] for line in lines)}; resident memory at most "
          f"{max(line['rss_bytes'] for line in lines) / 1e6:.0f} MB")
    shutil.rmtree(data)


if __name__ == "__main__":
    main()
