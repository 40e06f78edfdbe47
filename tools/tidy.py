"""clang-tidy over our own .cc files, two at a time or as many as there are cores.

    tools/tidy.py [--build build/release] [PART_OF_A_PATH ...]

A file that was clean is looked at again only when it changed, or one of our headers that it includes (through any
number of steps), .clang-tidy, its compile command or a pinned version. That knowledge lies in build/tidy/.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLANG_TIDY = ROOT / ".deps/clang-tidy/clang_tidy/data/bin/clang-tidy"
OURS = ("src", "tests", "bench")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
# Flags of g++ that clang does not know must not become errors, and its -Wconversion means less than clang's.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-error", "--extra-arg=-Wno-sign-conversion"]
# A test is one thread and may set the environment; its seed is a constant on purpose; its doubles are small structs;
# and it divides what it compares.
FOR_TESTS = [
    "--checks=-concurrency-mt-unsafe,-bugprone-random-generator-seed,-bugprone-integer-division,"
    "-bugprone-suspicious-missing-comma,-bugprone-misplaced-widening-cast,-bugprone-signed-char-misuse,"
    "-readability-identifier-naming,-cppcoreguidelines-prefer-member-initializer"
]


def our_files_behind(path, seen):
    """`path` and all headers of ours that it includes."""
    if path in seen or not path.is_file():
        return seen
    seen.add(path)
    for name in INCLUDE.findall(path.read_text(errors="replace")):
        our_files_behind(ROOT / "src" / name, seen)
        our_files_behind((path.parent / name).resolve(), seen)
    return seen


def fingerprint(entry):
    """Changes whenever clang-tidy could say something else about a file."""
    digest = hashlib.sha256(entry["command"].encode())
    for path in [ROOT / ".clang-tidy", ROOT / "tools/dependencies.env", pathlib.Path(__file__)]:
        digest.update(path.read_bytes())
    for path in sorted(our_files_behind(pathlib.Path(entry["file"]), set())):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def check(entry, build, cache):
    """The complaints about one file, or nothing."""
    mark = cache / fingerprint(entry)
    if mark.exists():
        mark.touch()  # still in use
        return None
    extra = EXTRA + (FOR_TESTS if entry["file"].endswith("_test.cc") else [])
    run = subprocess.run([CLANG_TIDY, "-p", build, "--quiet", *extra, entry["file"]], capture_output=True, text=True)
    if run.returncode == 0:
        mark.touch()
        return ""
    return run.stdout + run.stderr


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", default="build/release", type=pathlib.Path)
    arguments.add_argument("parts", nargs="*", metavar="PART_OF_A_PATH")
    arguments = arguments.parse_args()
    build = (ROOT / arguments.build).resolve()
    cache = ROOT / "build/tidy"
    cache.mkdir(parents=True, exist_ok=True)

    entries = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if not path.is_relative_to(ROOT) or path.relative_to(ROOT).parts[0] not in OURS:
            continue
        if "compile_fail" not in path.parts:  # mistakes on purpose
            entries[path.relative_to(ROOT).as_posix()] = entry
    chosen = [n for n in sorted(entries) if not arguments.parts or any(part in n for part in arguments.parts)]

    unchanged, failed = 0, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(check, entries[name], build, cache): name for name in chosen}
        for run in concurrent.futures.as_completed(runs):
            complaints = run.result()
            if complaints is None:
                unchanged += 1
            elif complaints:
                failed.append(runs[run])
                print(complaints, flush=True)
    print(f"clang-tidy: {len(chosen)} files, {unchanged} unchanged since they were clean, {len(failed)} refused")
    for name in sorted(failed):
        print(f"  {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
