"""One-time links as they are shown."""

from datetime import timedelta

import segno
from fastapi import Request

from keitora.access.address import is_loopback, phone_host
from keitora.people.rules import link_path
from keitora.settings import PublicSettings
from keitora_api.people.schemas import LinkAnswer
from keitora_api.resources import resources_of


def public_base(request: Request) -> str:
    """Return the address of the pages, without a slash at its end: as set, else as this request has called it.

    A link is handed to somebody else's phone: where this request came from the box itself, the box's address in its
    network stands in it, if phones are let in.
    """
    if url := resources_of(request).settings.public_url:
        return url
    called = request.base_url
    if is_loopback(called.hostname) and (host := phone_host(PublicSettings())):
        called = called.replace(hostname=f"[{host}]" if ":" in host else host)
    return str(called).rstrip("/")


def qr_image(text: str) -> str:
    """Return a QR code as an image in a `data:` address."""
    return segno.make_qr(text, error="l").svg_data_uri(scale=4, border=4, light="#fff")


def link_answer(request: Request, invitation_id: int, token: str, lasts: timedelta) -> LinkAnswer:
    """Return what is told of a link that was just made."""
    link = public_base(request) + link_path(token)
    return LinkAnswer(id=invitation_id, link=link, qr_svg=qr_image(link), lasts_h=int(lasts.total_seconds() // 3600))
