"""The commands in README.md and docs/ are run, page by page, as a reader would: from the top, in one folder."""

import re
import shlex

import pytest
from shop import CHECKOUT

PAGES = ["README.md", "docs/tutorial.md", "docs/how-to.md"]
PROGRAM = "build/release/millrace"
QUICK = {"ml_rounds": 5, "ml_rows_max": 5000}


def commands(page: str) -> list[list[str]]:
    """Of the blocks marked as shell; comments are left out."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_work(shop, page):
    found = [command for command in commands(page) if command[0] == PROGRAM]
    assert found, "the page has no command that could be run"
    # What a page takes for granted: the data of the tutorial.
    if page != "docs/tutorial.md":
        for command in commands("docs/tutorial.md"):
            run(shop, command)
    for name, content in re.findall(r"^```csv (\S+)\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL):
        (shop.folder / name).write_text(content)
    for command in found:
        run(shop, command)


def text(page: str) -> str:
    return (CHECKOUT / page).read_text()


def run(shop, command):
    arguments = [str(shop.data / "history.csv") if word == "data/history.csv" else word for word in command[1:]]
    shop.run(*arguments, timeout_s=300, **QUICK)


def test_the_other_commands_are_those_of_the_front_door():
    verbs = re.findall(r"^verb_(\w+)\(\)", (CHECKOUT / "run").read_text(), re.MULTILINE)
    for page in PAGES:
        for command in commands(page):
            if command[0] != PROGRAM:
                assert command[0] == "./run" and command[1] in verbs, (page, command)


def test_links_lead_somewhere():
    for page in [*PAGES, "ARCHITECTURE.md", "CONTRIBUTING.md"]:
        path = CHECKOUT / page
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
            assert (path.parent / target).exists(), (page, target)
