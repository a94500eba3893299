"""What `keitora` says before a command is found."""

import pytest

from keitora import cli


def test_a_mistyped_command_is_told_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["dmeo"]) == 2
    assert "no command 'dmeo'; did you mean `keitora demo`?" in capsys.readouterr().err

    assert cli.main(["xyzzy"]) == 2
    assert capsys.readouterr().err == "keitora: no command 'xyzzy'; `keitora help` lists them\n"


def test_help_begins_with_what_a_newcomer_needs_and_leaves_nothing_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["help"]) == 0

    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert listed[:4] == ["demo", "up", "status", "doctor"]
    assert sorted(listed) == sorted(cli._commands())
