"""The front page, its parts, and the pages that explain problems. None of it is part of the API's contract."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, PlainTextResponse

from keitora.errors import NotFoundError
from keitora_api.problems import KINDS
from keitora_api.resources import resources_of

router = APIRouter(include_in_schema=False)

WEB = Path(str(files("keitora_api") / "web"))


@router.get("/")
async def front_page() -> FileResponse:
    """Return the front page; it holds no data and needs no key."""
    return FileResponse(WEB / "index.html", headers={"Cache-Control": "no-cache"})


@router.get("/join")
async def join_page() -> FileResponse:
    """Return the page that uses a one-time link, which stands behind `#` and never comes here."""
    return FileResponse(WEB / "join.html", headers={"Cache-Control": "no-cache"})


@router.get("/settings")
async def settings_page() -> FileResponse:
    """Return the settings page; it holds no data, and shows none to who is not signed in."""
    return FileResponse(WEB / "settings.html", headers={"Cache-Control": "no-cache"})


@router.get("/add-truck")
async def truck_page() -> FileResponse:
    """Return the page to add a truck and let its logger in."""
    return FileResponse(WEB / "truck.html", headers={"Cache-Control": "no-cache"})


@router.get("/docs")
async def reference_page() -> FileResponse:
    """Return the page that shows `/openapi.json` to people."""
    return FileResponse(WEB / "docs.html", headers={"Cache-Control": "no-cache"})


@router.get("/page-settings.json")
async def page_settings(request: Request) -> dict[str, Any]:
    """Return what the front page must know before anybody signs in."""
    settings = resources_of(request).settings
    return {"tile_url": settings.tile_url, "tile_attribution": settings.tile_attribution}


@router.get("/problems/{slug}")
async def problem_page(slug: str) -> PlainTextResponse:
    """Return what a kind of problem means and what to do about it."""
    for kind in KINDS:
        if kind.slug == slug:
            return PlainTextResponse(f"{kind.status} {kind.title}\n\n{kind.help}\n")
    raise NotFoundError(f"there is no kind of problem named '{slug[:40]}'")
