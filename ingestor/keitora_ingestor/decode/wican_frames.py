"""WiCAN's raw CAN frames: the answers to OBD requests in them."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keitora.errors import DecodeError
from keitora_ingestor.decode.pids import read_answer

_ANSWERS_11_BIT: Final = range(0x7E8, 0x7F0)
_ANSWERS_29_BIT: Final = range(0x18DAF100, 0x18DAF200)


class Frame(BaseModel):
    """One CAN frame. `data` always has eight entries; only the first `dlc` are the bus's."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: int
    dlc: int = Field(ge=0, le=8)
    data: list[int] = Field(max_length=8)
    rtr: bool = False

    def answer(self) -> bytes:
        """Return what an ECU answered in this one frame (ISO-TP single frame), or nothing."""
        valid = self.data[: self.dlc]
        is_answer = self.id in _ANSWERS_11_BIT or self.id in _ANSWERS_29_BIT
        if self.rtr or not is_answer or not valid or not all(0 <= byte <= 255 for byte in valid):
            return b""
        length = valid[0]  # the high nibble of a single frame is 0: more than 7 is no single frame
        return bytes(valid[1 : 1 + length]) if 1 <= length < len(valid) else b""


class Frames(BaseModel):
    """A message of frames. `type` is `rx` for what came from the bus."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: str = "rx"
    frame: list[Frame]


def read_frames(message: object) -> dict[str, float]:
    """Return the values of all service 01 answers in a message, by column or `x_…` name.

    Of several answers to one question an engine's (the lowest id) counts, and of those the last. Raises DecodeError
    `bad_shape`.
    """
    try:
        frames = Frames.model_validate(message)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DecodeError("bad_shape", f"{place}: {first['msg']}") from error
    found: dict[str, float] = {}
    if frames.type == "rx":
        for frame in sorted(frames.frame, key=lambda frame: -frame.id):
            found.update(read_answer(frame.answer()))
    return found
