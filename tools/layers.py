"""The house rules that no compiler knows: who may include whom (DESIGN.md, ARCHITECTURE.md), and how files look.

    tools/layers.py          looks at the whole tree; prints what breaks a rule, and exits with 1

A rule is one function: it gets all files and yields problems. Each has its test in layers_test.py. What is exempt
stands in EXEMPT, with the reason; a rule that needs many lines there is a bad rule.
"""

import pathlib
import re
import sys
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Which folders of src/ a folder may include besides itself; a single header where only that is meant.
MAY_INCLUDE = {
    "base": [],
    "event": ["base"],
    "ingest": ["base", "event"],
    # event_log.h is the interface through which stream gets records; it knows no file and no broker.
    "stream": ["base", "event", "ingest/event_log.h"],
    # stream's value types: what a commit is made of.
    "lake": ["base", "event", "ingest/event_log.h", "stream/sink.h", "stream/windows.h", "stream/key_run.h"],
    # The seam again: bronze read as the log that it was.
    "warehouse": ["base", "event", "ingest/event_log.h", "lake"],
    "forecast": ["base"],
    "serve": ["base", "stream", "warehouse", "forecast"],
    "cli": ["base", "event", "ingest", "stream", "lake", "warehouse", "forecast", "serve"],
}

# stream/ is pure: a partition's result depends on its records alone. Only the loop around it has threads.
STREAM_IMPURE_FILES = re.compile(r"src/stream/(runner|batch_source|live_view)(_\w+)?\.(h|cc)$")
STREAM_FORBIDDEN = re.compile(
    r"<(filesystem|fstream|iostream|chrono|ctime|time\.h|random|thread|mutex|shared_mutex|condition_variable|future"
    r"|semaphore|latch|barrier|stop_token|unistd\.h|fcntl\.h|poll\.h|sys/.*)>|\"base/(files|config)\w*\.h\""
)

# Headers of the system; every other <header> with a dot or a slash is a library's.
SYSTEM_HEADER = re.compile(
    r"^((sys|linux|net|netinet|arpa|bits)/.*"
    r"|(cxxabi|dirent|dlfcn|errno|fcntl|ifaddrs|immintrin|netdb|poll|pthread|sched|signal|spawn|stdlib|string|strings"
    r"|syslog|termios|time|ucontext|unistd)\.h)$"
)

# Tests and benchmarks include theirs everywhere.
LIBRARIES_FOR_TESTS = {"gtest", "gmock", "benchmark"}

BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|manager|impl|misc)$")

# What not to call, what instead, and in which files it may be called all the same. Seen without comments and strings.
TESTS = r"_test\.cc$|_testing\.(h|cc)$|^(tests|bench)/"
BANNED_CALLS = [
    (r"\b(sto(i|l|ll|ul|ull|f|d|ld)|ato[ifl]+|strto[a-z]+)\s*\(", "base/decimal.h, or std::from_chars", TESTS),
    (r"\b(v?sprintf|strcpy|strcat|gets)\s*\(", "format() of base/format.h", None),
    (r"\b(system|popen)\s*\(", "posix_spawn, in one adapter", None),
    (r"\b(rand|srand)\s*\(", "a generator with a seed, handed in", None),
    # The seed that is printed comes from there, and the secret of hash tables, on which no result depends.
    (r"\brandom_device\b", "a seed, handed in", TESTS + r"|^src/cli/|^src/lake/text_dictionary\.cc$"),
    (r"\b(localtime|gmtime|mktime|strftime|strptime)(_r)?\s*\(", "base/time.h", None),
    (r"\b\w+_clock::now\b|\bclock_gettime\s*\(", "a Clock of base/time.h, handed in", TESTS),
    (r"\bstd::regex\b", "a reader by hand: std::regex is slow and recurses on its input", TESTS),
    (r"(?<![\w.>])assert\s*\(", "CHECK of base/check.h, which stays on in release", None),
    (r"\bstd::(cout|cerr|clog)\b", "cli/output.h for results, base/log.h for the rest", TESTS),
    (r"\bthrow\b", "return fail(...) of base/result.h; our own code does not throw", TESTS),
    (r"(?<!=)\s\bdelete\s+[\w*(]|\bdelete\[\]", "a unique_ptr or a container", None),
    (r"\.detach\(\)", "std::jthread, joined", None),
]
BANNED_CALLS = [(re.compile(call), instead, re.compile(where or "(?!)")) for call, instead, where in BANNED_CALLS]

LINES_MAX = 500
COLUMNS_MAX = 120

# (rule, file): the reason why it does not hold there.
EXEMPT = {
    ("banned call", "src/base/time.cc"): "the one place that reads the machine's clock",
    ("banned call", "src/base/log.h"): "its `throw` in a consteval function never runs: it stops the compiler",
    ("banned call", "src/lake/commit_record.cc"): "its reader of JSON fails as the library's does, and catches both",
    ("naked new", "src/base/log.cc"): "the log is never destroyed, since destructors at exit still write to it",
}

CODE = {".cc", ".h"}
OTHER_SOURCES = {".py", ".sh", ".cmake", ".sql"}
FOLDERS = ("src", "tests", "bench", "tools", "cmake", "sql", "spark", "airflow")


class Problem(NamedTuple):
    rule: str
    file: str
    line: int  # from 1
    text: str


def includes(text):
    """(line, header with its <> or "") for each include."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r'\s*#\s*include\s+(<[^>]+>|"[^"]+")', line):
            yield number, match[1]


def without_comments_and_strings(text):
    """The same lines, with blanks for what the compiler does not run. Include lines lose their quoted names too."""
    pattern = re.compile(
        r"//[^\n]*|/\*.*?\*/"
        r'|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"'
        r'|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9a-zA-Z])'(?:\\.|[^'\\\n])+'",  # not the ' in 1'000'000
        re.DOTALL,
    )
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def is_test(path):
    return bool(re.search(TESTS, path))


def code_of_src(files):
    return {path: text for path, text in files.items() if path.startswith("src/") and pathlib.Path(path).suffix in CODE}


def layers(files):
    """An include may not break the table."""
    for path, text in code_of_src(files).items():
        folder = path.split("/")[1]
        if folder not in MAY_INCLUDE:
            yield Problem("layers", path, 1, f"src/{folder} is not in the table of tools/layers.py")
            continue
        for line, header in includes(text):
            target = header.strip('"<>')
            if header[0] != '"' or "/" not in target or target.split("/")[0] == folder:
                continue
            if target.split("/")[0] not in MAY_INCLUDE[folder] and target not in MAY_INCLUDE[folder]:
                may = ", ".join(MAY_INCLUDE[folder]) or "nothing"
                yield Problem("layers", path, line, f"{folder} must not include {target}; it may include {may}")


def one_file_for_a_library(files):
    """A library's headers are included by one file of src/, so that it can be replaced there; and by one for tests.

    A folder of its own, as src/ingest/kafka, counts as one file.
    """
    users = {}
    for path, text in sorted(code_of_src(files).items()):
        for line, header in includes(text):
            name = header[1:-1]
            if header[0] != "<" or not re.search(r"[./]", name) or SYSTEM_HEADER.match(name):
                continue
            library = name.split("/")[0].removesuffix(".h").removesuffix(".hpp")
            users.setdefault((library, is_test(path)), {}).setdefault(path, line)
    for (library, in_tests), places in users.items():
        if library in LIBRARIES_FOR_TESTS:
            if not in_tests:
                for path, line in places.items():
                    yield Problem("library", path, line, f"{library} is for tests and benchmarks")
        elif len({path if path.count("/") < 3 else path.rpartition("/")[0] for path in places}) > 1:
            where = ", ".join(places)
            for path, line in places.items():
                yield Problem("library", path, line, f"{library} belongs into one file, and is included by {where}")


def stream_is_pure(files):
    """Nothing of stream/ but the files that are between threads sees a file, a clock or a thread."""
    for path, text in code_of_src(files).items():
        if not path.startswith("src/stream/") or is_test(path) or STREAM_IMPURE_FILES.match(path):
            continue
        for line, header in includes(text):
            if STREAM_FORBIDDEN.match(header):
                yield Problem("pure stream", path, line, f"{header} is not for this file: src/stream is pure")


def banned_calls(files):
    for path, text in code_of_src(files).items():
        calls = [(call, instead) for call, instead, where in BANNED_CALLS if not where.search(path)]
        for number, line in enumerate(without_comments_and_strings(text).splitlines(), 1):
            for call, instead in calls:
                if match := call.search(line):
                    yield Problem("banned call", path, number, f"`{match[0].strip()}` is banned; take {instead}")


def naked_new(files):
    """What `new` returns goes straight into a smart pointer (which stands on the same line or the one before)."""
    for path, text in code_of_src(files).items():
        before = ""
        for number, line in enumerate(without_comments_and_strings(text).splitlines(), 1):
            if re.search(r"\bnew\s+[A-Za-z_:]", line) and "_ptr" not in before + line:
                instead = "make_unique, or unique_ptr(new ...) where the constructor is private"
                yield Problem("naked new", path, number, f"take {instead}")
            before = line


def names(files):
    """A name says what is inside."""
    for path in files:
        stem = pathlib.Path(path).stem.removesuffix("_test")
        if BANNED_NAMES.search(stem) or any(BANNED_NAMES.search(folder) for folder in path.split("/")[:-1]):
            yield Problem("name", path, 1, "utils, helpers, common, manager, impl, misc say nothing: name what it does")


def sizes(files):
    for path, text in files.items():
        lines = text.splitlines()
        if len(lines) > LINES_MAX:
            yield Problem("size", path, LINES_MAX + 1, f"{len(lines)} lines; at most {LINES_MAX}: split it by purpose")
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS_MAX:
                yield Problem("size", path, number, f"{len(line)} columns; at most {COLUMNS_MAX}")


def leftovers(files):
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if match := re.search(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b", line):  # in pieces: not found here
                yield Problem("leftover", path, number, f"{match[0]}: do it now, or make it an issue")


def headers_begin_with_their_purpose(files):
    """A header starts with what it is, its units, errors, thread rule; and is safe to include twice."""
    for path, text in code_of_src(files).items():
        if not path.endswith(".h"):
            continue
        if not text.startswith("//"):
            yield Problem("header", path, 1, "begin with a comment: what it is, its units, errors, thread rule")
        if "\n#pragma once\n" not in text:
            yield Problem("header", path, 1, "#pragma once is missing")


RULES = [
    layers, one_file_for_a_library, stream_is_pure, banned_calls, naked_new, names, sizes, leftovers,
    headers_begin_with_their_purpose,
]


def problems(files):
    """All problems of {path relative to the root: text}, those that are exempt left out."""
    found = [problem for rule in RULES for problem in rule(files)]
    return sorted(problem for problem in found if (problem.rule, problem.file) not in EXEMPT)


def read_tree(root):
    paths = [path for folder in FOLDERS for path in (root / folder).rglob("*")]
    paths = [path for path in paths if path.suffix in CODE | OTHER_SOURCES or path.name == "CMakeLists.txt"]
    paths += [root / "run", root / "CMakeLists.txt"]
    return {path.relative_to(root).as_posix(): path.read_text() for path in paths if path.is_file()}


def main():
    files = read_tree(ROOT)
    found = problems(files)
    for problem in found:
        print(f"{problem.file}:{problem.line}: {problem.rule}: {problem.text}")
    stale = [key for key in EXEMPT if key[1] not in files]
    for rule, path in stale:
        print(f"tools/layers.py: {rule}: {path} is exempt and does not exist")
    print(f"layers: {len(files)} files, {len(found)} problems")
    return 1 if found or stale else 0


if __name__ == "__main__":
    sys.exit(main())
