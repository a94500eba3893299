"""The launcher in a checkout of its own, in a path with a space, as an ordinary user."""

import ast
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "dist", "build")
ORDINARY = pwd.getpwnam("nobody")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Checkout:
    """A copy of the repository that belongs to an ordinary user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")}
        self.environment = {**kept, "PATH": os.defpath, "HOME": str(folder / "home"), "LANG": "C"}

    def run(self, *words: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        is_root = os.geteuid() == 0
        return subprocess.run(
            [*before, str(self.folder / "keitora"), *words],
            cwd="/",
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            user=ORDINARY.pw_uid if is_root and not before else None,
            group=ORDINARY.pw_gid if is_root and not before else None,
            extra_groups=[] if is_root and not before else None,
        )


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    with tempfile.TemporaryDirectory(prefix="keitora check out ") as base:
        Path(base).chmod(0o755)
        folder = Path(base) / "kei tora"
        shutil.copytree(REPOSITORY, folder, ignore=LEFT_OUT)
        (folder / "home").mkdir()
        if os.geteuid() == 0:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, ORDINARY.pw_uid, ORDINARY.pw_gid)
        made = Checkout(folder)
        first = made.run("status", "--json")
        assert "Setting up Python packages" in first.stderr, first.stderr
        assert first.returncode == 1, first.stderr
        assert '"running": false' in first.stdout
        yield made


def test_the_second_start_sets_nothing_up_and_works_offline(checkout: Checkout) -> None:
    offline = ("unshare", "-n", "--") if can_unshare() else ()

    again = checkout.run("status", before=offline)

    assert "Setting up" not in again.stderr
    assert "not running" in again.stdout


def test_exit_codes_and_words_reach_the_command(checkout: Checkout) -> None:
    unknown = checkout.run("no-such-command")
    shown = checkout.run("up", "--help")

    assert unknown.returncode == 2
    assert "no command 'no-such-command'" in unknown.stderr
    assert shown.returncode == 0
    assert "--mqtt-port" in shown.stdout


def test_an_interrupted_setup_is_finished_by_the_next_start(checkout: Checkout) -> None:
    (checkout.folder / ".venv" / "keitora-stamp.json").unlink()
    (checkout.folder / ".venv" / "bin" / "python").unlink()

    healed = checkout.run("status")

    assert "Setting up Python packages" in healed.stderr
    assert "not running" in healed.stdout


def test_a_moved_checkout_is_set_up_again(checkout: Checkout) -> None:
    moved = Checkout(checkout.folder.with_name("moved kei tora"))
    checkout.folder.rename(moved.folder)
    try:
        first = moved.run("status")
    finally:
        moved.folder.rename(checkout.folder)

    assert "Setting up Python packages" in first.stderr
    assert "not running" in first.stdout


def test_a_python_too_old_is_told_what_is_needed(tmp_path: Path) -> None:
    source = (REPOSITORY / "keitora").read_text(encoding="utf-8")
    # The whole file is compiled before its first line runs.
    ast.parse(source, feature_version=(3, 6))
    pretended = source.replace("OLDEST = (3, 11)", "OLDEST = (99, 0)").replace('"python3.', '"no-python3.')
    script = tmp_path / "keitora"
    script.write_text(pretended, encoding="utf-8")
    script.chmod(0o755)

    done = subprocess.run([str(script)], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr


def can_unshare() -> bool:
    unshare = shutil.which("unshare")
    return (
        unshare is not None
        and subprocess.run([unshare, "-n", "true"], capture_output=True, check=False).returncode == 0
    )
