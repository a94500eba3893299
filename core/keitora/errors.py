"""Errors that may cross a module's boundary.

KeitoraError
├── SetupError            the machine or a setting lacks something; the message says what to do
├── DecodeError           a message cannot be decoded; carries the stable reason it is filed under
├── KeyReusedError        what was to be entered came with the key of another entry
└── NotFoundError         what was asked for does not exist, or belongs to another fleet
"""


class KeitoraError(Exception):
    """Any error of ours. Its text is meant to be shown."""


class SetupError(KeitoraError):
    """The machine or a setting lacks something; the text says what to do about it."""


class NotFoundError(KeitoraError):
    """What was asked for does not exist, or belongs to another fleet."""


class KeyReusedError(KeitoraError):
    """What was to be entered came with the key of another entry."""


class DecodeError(KeitoraError):
    """A message that cannot become samples.

    `reason` is a stable word a person can filter dead letters by (`bad_json`, `too_large`, …); the text explains.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
