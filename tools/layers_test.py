"""Each rule of layers.py: what it refuses, and what it lets through."""

import layers


def said(rule, text, path="src/event/decode.cc"):
    """What one rule says about one file."""
    return [problem.text for problem in rule({path: text})]


def test_layers_refuses_an_include_that_goes_upwards():
    (text,) = said(layers.layers, '#include "lake/commit.h"\n', "src/stream/windows.cc")
    assert text.startswith("stream must not include lake/commit.h")


def test_layers_allows_the_table_and_the_folder_itself():
    assert said(layers.layers, '#include "base/time.h"\n#include "stream/dedup.h"\n', "src/stream/windows.cc") == []


def test_layers_allows_a_single_header_of_a_folder():
    assert said(layers.layers, '#include "stream/sink.h"\n', "src/lake/staging.cc") == []
    assert said(layers.layers, '#include "stream/runner.h"\n', "src/lake/staging.cc") != []


def test_layers_allows_a_generated_header_without_a_folder():
    assert said(layers.layers, '#include "build_info.h"\n', "src/cli/main.cc") == []


def test_layers_wants_each_folder_in_the_table():
    assert said(layers.layers, "", "src/extras/a.cc") == ["src/extras is not in the table of tools/layers.py"]


def test_library_may_stand_in_one_file_only():
    one = {"src/lake/parquet.cc": "#include <arrow/api.h>\n#include <arrow/io/api.h>\n"}
    assert list(layers.one_file_for_a_library(one)) == []
    with_test = one | {"src/lake/parquet_testing.cc": "#include <arrow/api.h>\n"}
    assert list(layers.one_file_for_a_library(with_test)) == []
    two = one | {"src/lake/compact.cc": "#include <arrow/table.h>\n"}
    found = list(layers.one_file_for_a_library(two))
    assert [problem.file for problem in found] == ["src/lake/compact.cc", "src/lake/parquet.cc"]


def test_library_may_have_a_folder_of_its_own():
    text = "#include <zstd.h>\n"
    own = {"src/base/zip/a.cc": text, "src/base/zip/b.cc": text}
    assert list(layers.one_file_for_a_library(own)) == []
    assert len(list(layers.one_file_for_a_library(own | {"src/base/c.cc": text}))) == 3


def test_library_rule_leaves_the_language_and_the_system_alone():
    text = "#include <vector>\n#include <unistd.h>\n#include <sys/stat.h>\n"
    assert list(layers.one_file_for_a_library({"src/base/a.cc": text, "src/base/b.cc": text})) == []


def test_library_for_tests_is_refused_elsewhere():
    text = "#include <gtest/gtest.h>\n"
    assert list(layers.one_file_for_a_library({"src/base/a_test.cc": text, "src/base/b_test.cc": text})) == []
    assert len(list(layers.one_file_for_a_library({"src/base/a.cc": text}))) == 1


def test_stream_sees_no_file_clock_or_thread():
    for header in ["<filesystem>", "<chrono>", "<mutex>", "<unistd.h>", '"base/files.h"']:
        assert len(said(layers.stream_is_pure, f"#include {header}\n", "src/stream/windows.cc")) == 1, header
    for path in ["src/stream/runner.cc", "src/stream/windows_test.cc", "src/lake/staging.cc"]:
        assert said(layers.stream_is_pure, "#include <thread>\n", path) == [], path


def test_banned_calls_name_the_replacement():
    for line in [
        "double d = std::stod(text);", "int i = atoi(text);", "sprintf(buffer, text);", 'system("ls");', "i = rand();",
        "auto t = localtime(&now);", "auto t = std::chrono::system_clock::now();", "std::regex r;", "assert(x > 0);",
        "std::cout << x;", "throw Oops();", "  delete p;", "thread.detach();",
    ]:
        (text,) = said(layers.banned_calls, line + "\n")
        assert "is banned; take" in text


def test_banned_calls_do_not_mind_comments_strings_and_lookalikes():
    for line in [
        "// throw system(x)", '"throw"', 'R"(assert(x))"', "/* std::cout */", "static_assert(true);",
        "Decoder(const Decoder&) = delete;", "restart(x); operand(y); file_system(z);", "int n = 1'000; // throw 2'000",
    ]:
        assert said(layers.banned_calls, line + "\n") == [], line


def test_banned_calls_keep_their_line_number():
    (problem,) = layers.banned_calls({"src/base/a.cc": "/* one\n two */\n\nthrow 1;\n"})
    assert problem.line == 4


def test_banned_calls_that_tests_may():
    assert said(layers.banned_calls, "throw 1;\n", "src/base/a_test.cc") == []
    assert said(layers.banned_calls, "std::random_device()();\n", "src/cli/produce.cc") == []
    assert len(said(layers.banned_calls, 'system("ls");\n', "src/base/a_test.cc")) == 1


def test_new_goes_into_a_smart_pointer():
    assert len(said(layers.naked_new, "auto* p = new Thing;\n")) == 1
    assert said(layers.naked_new, "return std::unique_ptr<Log>(new Log(path));\n") == []
    assert said(layers.naked_new, "return std::unique_ptr<Log>(\n    new Log(path));\n") == []
    assert said(layers.naked_new, "int new_rows = 1; // a new row\n") == []


def test_names_say_what_is_inside():
    for path in ["src/base/string_utils.h", "src/base/helpers.cc", "src/common/a.h", "src/lake/commit_manager_test.cc"]:
        assert len(said(layers.names, "", path)) == 1, path
    for path in ["src/base/utility_functions.h", "src/lake/commit.h", "src/base/implicit.h"]:
        assert said(layers.names, "", path) == [], path


def test_sizes():
    assert said(layers.sizes, "x\n" * 500) == []
    assert said(layers.sizes, "x\n" * 501) == ["501 lines; at most 500: split it by purpose"]
    assert said(layers.sizes, "x" * 120 + "\n") == []
    assert said(layers.sizes, "ä" * 121 + "\n") == ["121 columns; at most 120"]


def test_leftovers():
    assert len(said(layers.leftovers, "// TO" "DO later\n")) == 1
    assert said(layers.leftovers, "// the method of todos\n") == []


def test_headers_begin_with_their_purpose():
    good = "// What it is.\n#pragma once\n"
    assert said(layers.headers_begin_with_their_purpose, good, "src/base/a.h") == []
    assert len(said(layers.headers_begin_with_their_purpose, "#pragma once\n", "src/base/a.h")) == 2
    assert len(said(layers.headers_begin_with_their_purpose, "// What it is.\nint i;\n", "src/base/a.h")) == 1


def test_exempt_is_left_out(monkeypatch):
    monkeypatch.setattr(layers, "EXEMPT", {("banned call", "src/base/a.cc"): "for this test"})
    files = {"src/base/a.cc": "throw 1;\n", "src/base/b.cc": "throw 1;\n"}
    assert [problem.file for problem in layers.problems(files)] == ["src/base/b.cc"]
