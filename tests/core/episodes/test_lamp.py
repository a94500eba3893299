"""The engine's own warnings."""

from tests.core.episodes.crafted import at, episodes, kinds, second, silence


def test_the_lamp_stays_one_episode_over_nights() -> None:
    day = [at(300, mil_on=True, speed_kmh=30.0), at(20, mil_on=True, speed_kmh=0.0), silence(40_000)]

    [row] = episodes(*day * 4, at(60, mil_on=False, speed_kmh=30.0))

    assert (row.kind, row.ended_by) == ("warning_lamp", "clear")
    assert second(row)[0] == 1


def test_one_torn_message_is_no_lamp() -> None:
    assert kinds(at(60, mil_on=False), at(1, mil_on=True), at(60, mil_on=False)) == []


def test_a_new_code_is_news_and_a_cleared_one_closes() -> None:
    rows = episodes(at(30, dtc_count=0), at(60, dtc_count=1), at(60, dtc_count=2), at(60, dtc_count=0))

    assert [(row.kind, row.peak_value, row.ended_by) for row in rows] == [
        ("trouble_code", 1.0, "more"),
        ("trouble_code", 2.0, "clear"),
    ]
    assert rows[0].closed_at == rows[1].opened_at


def test_fewer_codes_than_before_are_no_news() -> None:
    assert kinds(at(60, dtc_count=3), at(60, dtc_count=2)) == ["trouble_code"]
