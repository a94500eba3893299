"""From what a fleet has set to the limits in force."""

import pytest

from keitora.books.rules import Rules
from keitora.episodes.catalogue import MEANINGS
from keitora.episodes.model import Kind
from keitora.episodes.revs import OverRevLimits
from keitora.episodes.settings import RuleSettingError, check, merge, rule_book, version_of


def test_every_rule_has_its_words_in_both_languages_and_limits_that_hold_together() -> None:
    assert set(MEANINGS) == set(Kind)
    for kind, meaning in MEANINGS.items():
        assert all((meaning.name_en, meaning.name_ja, meaning.en, meaning.ja, meaning.unit)), kind
        assert meaning.limits.__doc__, kind
        assert check(kind, {}) == meaning.limits(), kind


def test_the_trucks_own_settings_go_before_its_fleets_threshold_by_threshold() -> None:
    merged = merge({"over_rev": {"over_rpm": 6000, "hold_s": 5}}, {"over_rev": {"over_rpm": 7000}})

    limits = rule_book(merged).limits[Kind.OVER_REV]
    assert isinstance(limits, OverRevLimits)
    assert (limits.over_rpm, limits.hold_s, limits.clear_rpm) == (7000, 5, 6000)


def test_a_rule_can_be_off_and_one_that_is_off_can_be_on() -> None:
    book = rule_book({"over_rev": {"on": False}, "out_of_area": {"on": True, "radius_km": 5}})

    assert Kind.OVER_REV not in book.limits
    assert Kind.OUT_OF_AREA in book.limits
    assert Kind.OUT_OF_HOURS not in book.limits


@pytest.mark.parametrize(
    ("thresholds", "words"),
    [
        ({"over_rpm": 99_999}, "over_rpm: input should be less than or equal to 12000"),
        ({"over_rpm": float("nan")}, "over_rpm"),
        ({"over_rpn": 6000}, "over_rpn: extra inputs are not permitted (there are: hold_s"),
        ({"over_rpm": 5000, "clear_rpm": 6000}, "over_rpm (5000) must not be below clear_rpm (6000)"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(thresholds: dict[str, float], words: str) -> None:
    with pytest.raises(RuleSettingError) as error:
        check(Kind.OVER_REV, thresholds)

    assert words in str(error.value)


def test_a_changed_limit_changes_its_own_version_and_no_other_and_not_that_of_the_trips() -> None:
    usual, changed = rule_book({}).versions, rule_book({"over_rev": {"over_rpm": 7000}}).versions

    assert {kind for kind in usual if usual[kind] != changed[kind]} == {Kind.OVER_REV}
    assert version_of({}) != version_of({"over_rev": {"over_rpm": 7000}})
    assert Rules().version() == Rules(episodes={"over_rev": {"over_rpm": 7000}}).version()
