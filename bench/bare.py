"""What `bench/api.py` measures the API against: a last position by FastAPI, psycopg's pool and nothing else.

`python bench/bare.py ADDRESS PORT`. No fleets, no rights, no bounds, no headers: never use it for anything.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import uvicorn
from fastapi import FastAPI
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel


class Position(BaseModel):
    vehicle_id: int
    lat: float
    lon: float
    speed_kmh: float
    sampled_at: datetime


_POOL = AsyncConnectionPool(sys.argv[1], min_size=4, max_size=8, open=False)


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with _POOL:
        yield


app = FastAPI(lifespan=_lifespan)


@app.get("/v1/positions/latest")
async def latest(vehicle: int) -> Position | None:
    async with _POOL.connection() as conn, conn.cursor(row_factory=class_row(Position)) as cursor:
        await cursor.execute(
            "SELECT vehicle_id, lat, lon, speed_kmh, sampled_at FROM vehicle_latest WHERE vehicle_id = %s", [vehicle]
        )
        return await cursor.fetchone()


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[2]), access_log=False, log_level="warning")
