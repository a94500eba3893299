"""What the API says when it does not do what it was asked."""

from collections.abc import Mapping


class ApiError(Exception):
    """A problem the API told of (RFC 9457).

    `type` is its stable name, such as `/problems/not-found`; `retry_after_s` says when to ask again, where it told so;
    `errors` holds what is wrong by the part of the request it is wrong with.
    """

    def __init__(
        self, status: int, type_: str, detail: str, *, errors: Mapping[str, str], retry_after_s: float | None
    ) -> None:
        super().__init__(f"{status} {type_}: {detail}")
        self.status = status
        self.type = type_
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s
