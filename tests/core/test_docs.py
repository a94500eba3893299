"""The documentation leads somewhere, and names everything there is."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
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
