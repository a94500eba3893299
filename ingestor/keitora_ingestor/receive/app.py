"""The HTTP receiver's application, and what lives as long as it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio.to_thread
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool

from keitora.errors import KeitoraError
from keitora_ingestor.receive.guard import Guard, Pool
from keitora_ingestor.receive.intake import Intake
from keitora_ingestor.receive.reception import Reception
from keitora_ingestor.receive.routes import router
from keitora_ingestor.receive.settings import ReceiveSettings

_POOL_SIZE: Final = 4
_POOL_WAIT_S: Final = 3.0
_RECONNECT_S: Final = 5.0


def create_app(settings: ReceiveSettings) -> FastAPI:
    """Return the application. It starts even while the database is away, and answers 503 until it is there.

    Raises SetupError where a file that the settings name is at fault.
    """
    pool: Pool = AsyncConnectionPool(
        settings.conninfo(),
        kwargs={"autocommit": True, "application_name": "keitora-receive"},
        min_size=1,
        max_size=_POOL_SIZE,
        open=False,
        timeout=_POOL_WAIT_S,
        reconnect_timeout=_RECONNECT_S,
        check=AsyncConnectionPool.check_connection,
        name="receive",
    )
    intake = Intake(settings)
    reception = Reception(settings, Guard(pool, remember_s=settings.receive_credential_cache_s), intake)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        intake.start()
        await pool.open(wait=False)
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(intake.stop)
            await pool.close()

    # No pages about itself: what listens to the world says no more than it must.
    app = FastAPI(title="Keitora receiver", lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    app.state.reception = reception
    app.add_exception_handler(KeitoraError, reception.refused)
    app.include_router(router)
    return app
