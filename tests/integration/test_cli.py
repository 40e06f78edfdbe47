"""The front: exit codes, help, and what goes to stdout and stderr (CONTRACT.md, "The commands")."""

import json
import re
import signal
import subprocess
import time

import pytest
from shop import BINARY, BRONZE, SILVER, event

FLAGS = {
    "demo": ["--events", "--no-serve", "--historical-csv"],
    "produce": ["--events", "--delay", "--rate", "--seed", "--topic", "--replay", "--speed"],
    "consume": ["--topic", "--from-beginning", "--max", "--to-log"],
    "stream": ["--once", "--topic", "--checkpoint-interval", "--threads"],
    "status": ["--json"],
    "batch": ["--historical-csv", "--engine", "--from", "--to", "--full"],
    "train": ["--data", "--model", "--target"],
    "predict": ["--data", "--model", "--horizon", "--as-of", "--save-bq"],
    "analytics": ["--engine", "--as-of", "--format"],
    "sql": ["--format"],
    "files": ["--table", "--json"],
    "quarantine": ["--reason", "--since"],
}


# --- Help


def test_help_lists_the_commands(shop):
    done = shop.execute([str(BINARY), "--help"])
    for command in FLAGS:
        assert re.search(rf"^\s+{command}\s", done.out, re.MULTILINE), done


@pytest.mark.parametrize("command", FLAGS)
def test_help_of_a_command_names_its_flags(shop, command):
    done = shop.execute([str(BINARY), command, "--help"])
    for flag in ["--config", "--data-dir", *FLAGS[command]]:
        assert re.search(rf"{flag}\b", done.out), f"{flag} is missing\n{done}"
    assert done.err == ""


def test_version(shop):
    done = shop.execute([str(BINARY), "--version"])
    assert re.search(r"\d+\.\d+", done.out), done


# --- Wrong usage


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["stream", "--no-such-flag"],
        ["stream", "--once", "stray"],
        ["stream", "--threads"],
        ["stream", "--once", "--threads", "-1"],
        ["stream", "--once", "--threads", "two"],
        ["stream", "--once", "--checkpoint-interval", "60 parsecs"],
        ["stream", "--once", "--checkpoint-interval", "-1s"],
        ["produce", "--events", "many"],
        ["produce", "--events", "-5"],
        ["produce", "--rate", "-1"],
        ["produce", "--replay", "x.ndjson", "--speed", "fast"],
        ["produce", "--replay", "x.ndjson", "--speed", "0"],
        ["consume", "--max", "-1"],
        ["stream", "--once", "--topic", ""],
        ["stream", "--once", "--topic", "../other"],
        ["stream", "--config", "no_such_file.yaml"],
        ["status", "--topic", "a/b"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2_with_words(shop, arguments):
    shop.append(0, event())
    done = shop.execute([str(BINARY), *arguments], code=2)
    assert done.err.strip(), done
    assert done.out == "", "results alone go to stdout"
    assert not shop.lake.exists()


def test_an_unknown_command_or_flag_is_named_with_the_nearest(shop):
    assert "stream" in shop.execute([str(BINARY), "steam"], code=2).err
    done = shop.run("stream", "--onse", code=2)
    assert "--onse" in done.err and "--once" in done.err, done


# --- stdout and stderr


def test_json_is_one_document_on_stdout(shop):
    for command in (["produce", "--events", 10, "--delay", 0], ["stream", "--once"], ["status"]):
        done = shop.run(*command, "--json")
        assert isinstance(done.document, dict), done


def test_consume_prints_records_alone_on_stdout(shop):
    shop.append(0, event(user_id="U1"), event(user_id="U2"))
    done = shop.run("consume", "--from-beginning", "--max", 2)
    assert [json.loads(line)["user_id"] for line in done.out.splitlines()] == ["U1", "U2"]


def test_json_logs_are_json_lines_on_stderr(shop):
    shop.append(0, event(), b"broken")
    done = shop.stream_once(logging_format="json", logging_level="debug")
    lines = [json.loads(line) for line in done.err.splitlines()]
    assert lines and all(isinstance(line, dict) and {"level", "message"} <= line.keys() for line in lines), done


def test_an_error_is_a_json_line_too(shop):
    done = shop.run("stream", "--once", "--topic", "no_such_topic", code=1, logging_format="json")
    assert any("no_such_topic" in json.dumps(json.loads(line)) for line in done.err.splitlines()), done


def test_the_log_level_filters(shop):
    shop.append(0, event())
    loud = shop.stream_once(logging_level="debug").err
    shop.append(0, event(user_id="U2"))
    assert shop.stream_once(logging_level="error").err == ""
    assert loud


def test_there_is_no_terminal_art_without_a_terminal(shop):
    for command in (["produce", "--events", 2_000, "--delay", 0], ["stream", "--once"], ["status"]):
        done = shop.run(*command)
        assert not re.search(r"[\r\x1b]", done.out + done.err), done


def test_a_closed_pipe_ends_consume_quietly(shop):
    """millrace consume | head"""
    shop.append(0, *[event(user_id=f"U{i}") for i in range(50_000)])
    consume = " ".join(shop.command("consume", "--from-beginning", "--max", 50_000))
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {consume} | head -1 >/dev/null"],
        env=shop.environment({}),
        cwd=shop.folder,
        capture_output=True,
        timeout=30,
    )
    assert done.returncode in (0, 1, 141), done
    assert b"abort" not in done.stderr.lower() and b"terminate" not in done.stderr.lower(), done


# --- demo


QUICK = {"ml_rounds": 2, "ml_rows_max": 1000}


def demo(shop):
    return shop.run("demo", "--events", 2_000, "--history-days", 90, "--no-serve", timeout_s=300, **QUICK)


def test_demo_goes_through_the_whole_flow(shop):
    done = demo(shop)
    for words in ("daily_revenue:", "top_selling_products:", "category_growth:", "champion: ", "In short, as of"):
        assert words in done.out, done
    assert shop.count(SILVER) > 1_000
    assert shop.count("gold/demand_predictions") == 200 * 8


def test_ctrl_c_ends_the_demo_cleanly_at_any_moment(shop):
    """Also while a query runs: MILLRACE_TEST_SEED=550733728 of the test below met one, which ended as a failure."""
    demo(shop)
    began = time.monotonic()
    demo(shop)
    whole_run_s = time.monotonic() - began
    for moment in range(16):
        with shop.running("demo", "--events", 2_000, "--history-days", 90, **QUICK) as program:
            time.sleep(whole_run_s * moment / 16)
            done = program.stop(signal.SIGINT)
            # At the very beginning nobody listens to signals yet, and the system ends the program.
            assert done.code in (0, 130) or (done.code == -signal.SIGINT and moment < 4 and not done.err), done


def test_a_demo_that_was_cut_short_is_made_up_for(make_shop, rng):
    """Ctrl-C or kill -9 in any stage, and again: the second run ends as one that was never disturbed."""
    whole = make_shop("whole")
    began = time.monotonic()
    demo(whole)
    whole_run_s = time.monotonic() - began
    gold = "select event_date, sum(daily_quantity), sum(daily_revenue), sum(daily_views) from t group by 1 order by 1"
    expected = whole.query("gold/daily_sales", gold)
    assert len(expected) == 91
    for number in range(4):
        shop = make_shop(f"cut {number}")
        with shop.running("demo", "--events", 2_000, "--history-days", 90, **QUICK) as program:
            time.sleep(rng.uniform(0, whole_run_s))
            if number % 2:
                program.kill()
            else:
                assert program.stop(signal.SIGINT).code in (0, 130, -signal.SIGINT)
        demo(shop)
        assert shop.query("gold/daily_sales", gold) == expected
        bronze = shop.query(BRONZE, "select count(*) filter (where outcome <> 'malformed_json'), count(*) from t")
        assert bronze[0][1] - 2000 in (0, 1, 2, 3), "a line that was torn stays, as a malformed record"
        demo(shop)
        assert shop.query("gold/daily_sales", gold) == expected
