"""Words after `keitora up` and `keitora demo`."""

import pytest

from keitora.local import options


@pytest.mark.parametrize("word", ["abc", "0", "70000", "-1", "８０"])
def test_what_is_no_port_is_said_so_in_plain_words(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options.parse([f"--port={word}"], is_demo=False, summary="")

    assert f"{word} is no port: 1 to 65535" in capsys.readouterr().err
