"""Work done side by side and handed on in order."""

from hypothesis import given
from hypothesis import strategies as st

from keitora_ingestor.inorder import InOrder


@given(st.permutations(range(6)))
def test_work_is_handed_on_in_the_order_it_was_begun(finishing: list[int]) -> None:
    out: list[str] = []
    line = InOrder(out.append)
    numbers = [line.expect() for _ in range(6)]
    for index in finishing:
        line.finish(numbers[index], f"work {index}")

    assert out == [f"work {index}" for index in range(6)]


def test_nothing_is_handed_on_before_what_was_begun_first() -> None:
    out: list[str] = []
    line = InOrder(out.append)
    first, second = line.expect(), line.expect()
    line.finish(second, "second")
    assert out == []

    line.finish(first, "first")
    assert out == ["first", "second"]
