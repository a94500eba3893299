"""The broker's address where one connection speaks for many trucks."""

from keitora.access.wallet import names_user
from keitora.errors import SetupError
from keitora.local.state import mqtt_url


def gateway_url(given: str | None) -> str:
    """Return the address to use. Raises SetupError where it names no user, as this installation's own does not."""
    url = given or mqtt_url()
    if not names_user(url):
        raise SetupError(
            "here one connection speaks for many trucks, and this installation lets a device speak for itself alone; "
            "name a broker of yours, and a user who may publish for all of them: --url mqtt://USER:PASSWORD@HOST"
        )
    return url
