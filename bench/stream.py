"""The whole durable flow on one log, beside rivals: `./run bench stream [--events N] [--rivals duckdb,spark]`.

Prints a table, and writes build/bench/stream.json. CPU seconds are of the process and all its children; the peak of
memory is that of their resident sets together, looked at ten times a second; the start-up is a run on an empty log.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BUILD = CHECKOUT / "build/release"
RIVALS = {"duckdb": "duckdb_batch.py", "spark": "spark_stream.py"}
NAMES = {"millrace": "millrace stream --once", "duckdb": "DuckDB, one batch", "spark": "Spark Structured Streaming"}


def tree(root: int) -> list[int]:
    """The process and its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue  # it has just ended
        parent = int(text.rsplit(")", 1)[1].split()[1])
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def cpu_seconds(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(command: list[str], environment: dict[str, str]) -> dict:
    before = os.times()
    begin = time.monotonic()
    program = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ | environment, text=True
    )
    peak = 0
    cpu_by_process: dict[int, float] = {}  # of a child that nobody waits for, as Spark's JVM, this is all one learns
    words: list[str] = []
    reader = threading.Thread(target=lambda: words.append(program.stderr.read()))
    reader.start()
    while program.poll() is None:
        processes = tree(program.pid)
        peak = max(peak, sum(resident_bytes(process) for process in processes))
        cpu_by_process |= {process: max(cpu_seconds(process), cpu_by_process.get(process, 0)) for process in processes}
        time.sleep(0.1)
    reader.join()
    seconds = time.monotonic() - begin
    after = os.times()
    if program.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with {program.returncode}:\n{words[0][-3000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    cpu = max(cpu, sum(cpu_by_process.values()))
    return {"seconds": seconds, "cpu_seconds": cpu, "peak_rss_bytes": peak}


def run(name: str, work: Path, log: Path, environment: dict[str, str]) -> dict:
    out = work / f"out-{name}"
    out.mkdir()
    if name == "millrace":
        (out / "log").symlink_to(log)
        command = [str(BUILD / "millrace"), "stream", "--once", "--topic", "events", "--data-dir", str(out)]
    else:
        command = [sys.executable, str(CHECKOUT / "bench/rivals" / RIVALS[name]), str(log / "events"), str(out)]
    result = measure(command, environment)
    (out / "log").unlink(missing_ok=True)
    result["bytes_written"] = bytes_below(out)
    shutil.rmtree(out)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rivals", default="duckdb,spark", help="of duckdb and spark; empty: none")
    parser.add_argument("--work", help="a folder for the log and what is written; default: a temporary one")
    arguments = parser.parse_args()
    rivals = [name for name in arguments.rivals.split(",") if name]
    if unknown := set(rivals) - set(RIVALS):
        parser.error(f"--rivals: expected duckdb or spark, found: {', '.join(sorted(unknown))}")
    work = Path(tempfile.mkdtemp(prefix="millrace-bench-", dir=arguments.work))
    try:
        print(f"writing a log of {arguments.events} events to {work}", file=sys.stderr)
        for folder, events in (("log", arguments.events), ("small-log", 1)):
            subprocess.run([BUILD / "bench/stream_log", work / folder, str(events)], check=True)
        spark = CHECKOUT / ".deps/pyspark"
        environment = {"PYTHONPATH": str(spark), "SPARK_LOCAL_DIRS": str(work / "spark")} if spark.exists() else {}
        results = []
        for name in ["millrace", *rivals]:
            print(f"running {NAMES[name]}", file=sys.stderr)
            start_up = run(name, work, work / "small-log", environment)["seconds"]
            result = run(name, work, work / "log", environment)
            result |= {"name": name, "events": arguments.events, "start_up_seconds": start_up}
            results.append(result)
    finally:
        shutil.rmtree(work)
    print(f"{'':28} {'events/s':>10} {'per CPU-s':>10} {'CPU s':>8} {'peak MB':>8} {'MB out':>8} {'start s':>8}")
    for result in results:
        print(
            f"{NAMES[result['name']]:28} {result['events'] / result['seconds']:>10.0f} "
            f"{result['events'] / result['cpu_seconds']:>10.0f} {result['cpu_seconds']:>8.1f} "
            f"{result['peak_rss_bytes'] / 1e6:>8.0f} {result['bytes_written'] / 1e6:>8.0f} "
            f"{result['start_up_seconds']:>8.2f}"
        )
    report = CHECKOUT / "build/bench/stream.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
