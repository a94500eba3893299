"""The application: routes, what happens around every request, and what is held while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from keitora import __version__
from keitora.clock import utc_now
from keitora_api.audit.routes import router as audit
from keitora_api.bounds import Bounds, Patience
from keitora_api.charges.bulk import router as charges_bulk
from keitora_api.charges.routes import router as charges
from keitora_api.connections import Connections
from keitora_api.database import make_pool
from keitora_api.days.routes import router as days
from keitora_api.description.openapi import describe
from keitora_api.driverless.routes import router as driverless
from keitora_api.drivers.routes import router as drivers
from keitora_api.episodes.routes import router as episodes
from keitora_api.exports.routes import router as exports
from keitora_api.factors.routes import router as factors
from keitora_api.fillups.bulk import router as fillups_bulk
from keitora_api.fillups.routes import router as fillups
from keitora_api.fleet.routes import router as fleet
from keitora_api.handlers import add_handlers
from keitora_api.health.routes import router as health
from keitora_api.home.routes import router as home
from keitora_api.keys.routes import router as keys
from keitora_api.metrics.registry import Metrics
from keitora_api.metrics.routes import router as metrics_router
from keitora_api.middlewares import Doorstep, EntityTags, security_headers
from keitora_api.odometer.bulk import router as odometer_bulk
from keitora_api.odometer.routes import router as odometer
from keitora_api.onboarding.bulk import router as onboarding_bulk
from keitora_api.onboarding.routes import router as onboarding
from keitora_api.overlays.bulk import router as overlays_bulk
from keitora_api.overlays.routes import router as overlays
from keitora_api.pages.routes import WEB
from keitora_api.pages.routes import router as pages
from keitora_api.people.routes import router as people
from keitora_api.places.routes import router as places
from keitora_api.positions.hub import Hub
from keitora_api.positions.routes import router as positions
from keitora_api.prices.routes import router as prices
from keitora_api.quality.routes import router as quality
from keitora_api.resources import Clock, Resources, keep
from keitora_api.routing import Index
from keitora_api.search.routes import router as search
from keitora_api.service.routes import router as service
from keitora_api.session.routes import router as session
from keitora_api.settings import ServiceSettings
from keitora_api.signals.routes import router as signals
from keitora_api.stats.routes import router as stats
from keitora_api.stops.routes import router as stops
from keitora_api.tanks.routes import router as tanks
from keitora_api.timeline.routes import router as timeline
from keitora_api.trips.routes import router as trips
from keitora_api.units.middleware import UsUnits
from keitora_api.upkeep.routes import router as upkeep
from keitora_api.vehicles.routes import router as vehicles
from keitora_api.visits.routes import router as visits

FEATURES: Final = (
    session,
    people,
    drivers,
    keys,
    audit,
    fleet,
    vehicles,
    onboarding_bulk,
    onboarding,
    odometer_bulk,
    odometer,
    positions,
    signals,
    home,
    upkeep,
    quality,
    search,
    exports,
    trips,
    overlays_bulk,
    overlays,
    stops,
    places,
    visits,
    episodes,
    driverless,
    fillups_bulk,
    fillups,
    tanks,
    charges_bulk,
    factors,
    charges,
    prices,
    stats,
    days,
    timeline,
    service,
)
_NOTED_EVERY_S: Final = 5.0


def create_app(settings: ServiceSettings, *, clock: Clock = utc_now) -> FastAPI:
    """Return the application. Nothing is opened until it starts; it starts even while the database is away."""
    pool = make_pool(settings.conninfo(), max_size=settings.database_pool_size)
    metrics = Metrics()
    connections: Connections[Any] = Connections(
        settings.api_connections, settings.api_connections_an_address, settings.api_trusted_proxies.split(",")
    )
    resources = Resources(settings, pool, clock, metrics, Hub(pool), connections)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await pool.open(wait=False)
        noting = asyncio.create_task(_note(resources))
        try:
            yield
        finally:
            noting.cancel()
            await pool.close()

    app = FastAPI(
        title="Keitora",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # What the service tells of itself is `/metrics`; FastAPI would look for an exporter at each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    keep(app, resources)
    _add_routes(app)
    add_handlers(app)
    # The last added is the outermost.
    app.add_middleware(Patience, within_s=settings.answered_within_s)
    app.add_middleware(UsUnits)
    app.add_middleware(EntityTags, prefix="/v1/")
    app.add_middleware(Bounds, most_bytes=settings.max_request_bytes, within_s=settings.request_arrives_within_s)
    app.add_middleware(Doorstep, headers=security_headers(settings.tile_origin()), prefix="/v1/", metrics=metrics)
    describe(app, (*FEATURES, health))
    return app


async def _note(resources: Resources) -> None:
    # Whichever process is asked for the numbers tells those of all: each notes its own beforehand.
    while True:
        resources.note()
        await asyncio.sleep(_NOTED_EVERY_S)


def _add_routes(app: FastAPI) -> None:
    # Flat, where `include_router` would make a tree in which every branch is tried in turn.
    routes = [route for router in (*FEATURES, health, metrics_router, pages) for route in router.routes]
    app.router.routes.extend([Index(routes), *routes])
    app.mount("/web", StaticFiles(directory=WEB), name="web")
