"""Whether a request that carries a cookie comes from a page of ours. Pure.

Browsers send cookies along with whatever asks for them; programs on other sites must not act by them. The cookie itself
is `SameSite=Strict`; this is the second lock, after OWASP's Cross-Site Request Forgery Prevention Cheat Sheet.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def comes_from_own_page(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a page of ours asks, by `Sec-Fetch-Site` and by `Origin`, which no page can set.

    What only reads may come without either, as old browsers send neither; what changes something may not.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site not in {None, "same-origin", "none"}:
        return False
    if origin is not None:
        return _place(origin) == _place(f"//{headers.get('host', '')}")
    return method in SAFE_METHODS or site == "same-origin"


def _place(address: str) -> str:
    parts = urlsplit(address)
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.netloc.lower().removesuffix(usual)
