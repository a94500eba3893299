"""The documentation leads somewhere, and names everything there is."""

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from keitora import cli

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\./)?keitora ([a-z-]+)( .*)?")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_finds_it(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_is_led_to_from_another() -> None:
    led_to = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target
    }
    decisions = ROOT / "docs" / "decisions"
    orphans = [page for page in PAGES if page.resolve() not in led_to and page.parent not in (ROOT, decisions)]

    assert [str(page.relative_to(ROOT)) for page in orphans] == []


@pytest.mark.parametrize("command", sorted(point.name for point in entry_points(group="keitora.commands")))
def test_every_command_is_spoken_of(command: str) -> None:
    texts = " ".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert re.search(rf"keitora {command}\b", texts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_test_that_is_named_as_evidence_is_there(page: Path) -> None:
    named = re.findall(r"`(?:tests/)?([\w/]+\.py)::(test_\w+)`", page.read_text(encoding="utf-8"))

    def is_there(file: str, test: str) -> bool:
        path = ROOT / "tests" / file
        return path.exists() and f"def {test}(" in path.read_text(encoding="utf-8")

    assert [f"{file}::{test}" for file, test in named if not is_there(file, test)] == []


def calls(text: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a page that people type: each name, and its words."""
    lines = [line for block in BLOCK.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    for line in [*lines, *re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))]:
        if found := CALL.match(line.strip()):
            words = re.split(r" #| [|>]|  +", (found[2] or "").replace("[", "").replace("]", ""))[0]
            yield found[1], shlex.split(words)


def helps(name: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What `--help` says of a command, and of what its first word asks of it."""
    told = ""
    for said in ([], words[:1]):
        with pytest.raises(SystemExit):
            cli.main([name, *said, "--help"])
        told += "".join(capsys.readouterr())
    return told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_to_be_typed_is_a_command_with_these_options(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = {point.name for point in entry_points(group="keitora.commands")} | {"help"}
    made = list(calls(page.read_text(encoding="utf-8")))
    asked = [(name, words) for name, words in made if name != "test"]  # its words are pytest's

    assert [name for name, _ in made if name not in known and name != "command"] == []
    for name, words in asked:
        if options := {word.partition("=")[0] for word in words if word.startswith("--")} - {"--help"}:
            said = helps(name, words, capsys)
            assert [option for option in options if not re.search(rf"{option}\b", said)] == [], (name, words)
