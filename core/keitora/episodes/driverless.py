"""The truck was driven, and nobody has said by whom.

Whether somebody has depends on what people enter until now, so it is no stored row: it is looked up when somebody asks,
over the trips as people see them. Pure.
"""

from datetime import datetime, timedelta

from pydantic import Field

from keitora.episodes.model import Kind, Limits, Meaning


class DriverlessLimits(Limits):
    """24 h: who drives in the evening says so by the next evening. A fleet that keeps no drivers leaves it off."""

    within_h: float = Field(
        default=24, ge=0, le=8760, description="A driver must be named so soon after the end became known (h)"
    )


DRIVERLESS = Meaning(
    kind=Kind.DRIVERLESS,
    severity="note",
    unit="h",
    limits=DriverlessLimits,
    name_en="Moved without a driver",
    name_ja="運転者未登録の運行",
    en="The truck was driven, and nobody was named as the driver of the trip in time.",
    ja="運行があったのに、期限までに運転者が登録されていません。",
    is_on=False,
    is_folded=False,
)


def overdue_h(ended_at: datetime, delay_s: float, now: datetime, limits: DriverlessLimits) -> float | None:
    """Return for how long (h) a trip's driver should have been named by now; None while there is still time.

    The time runs from when the trip's end was known: nobody can name the driver of a trip that has not arrived.
    """
    due_at = ended_at + timedelta(seconds=max(0.0, delay_s), hours=limits.within_h)
    return (now - due_at) / timedelta(hours=1) if now > due_at else None
