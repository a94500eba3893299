"""Opens encrypted OwnTracks messages: libsodium's secretbox (XSalsa20-Poly1305), 24 bytes of nonce before it."""

import binascii
from base64 import b64decode
from collections.abc import Callable
from typing import Final

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from keitora.errors import DecodeError

KEY_BYTES: Final = SecretBox.KEY_SIZE


def decrypt(data: str, passphrase: str) -> bytes:
    """Return the JSON text in an encrypted message's `data`.

    The key is the passphrase in UTF-8, filled with zero bytes to 32. Raises DecodeError `bad_encryption` where the data
    is no sealed message, `wrong_key` where the passphrase does not open it.
    """
    try:
        sealed = b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DecodeError("bad_encryption", f"data: not base64: {error}") from error
    if len(sealed) < SecretBox.NONCE_SIZE + SecretBox.MACBYTES:
        raise DecodeError("bad_encryption", "data: too short to be a sealed message")
    try:
        return SecretBox(_key(passphrase)).decrypt(sealed)
    except CryptoError as error:
        raise DecodeError("wrong_key", "the passphrase kept for this device does not open its message") from error


def unsealer(passphrase_of: Callable[[str], str | None]) -> Callable[[str, str], bytes]:
    """Return what `owntracks.location` opens messages with, given how to find a device's passphrase by its key."""

    def unseal(device_key: str, data: str) -> bytes:
        passphrase = passphrase_of(device_key)
        if passphrase is None:
            raise DecodeError("encrypted", "encrypted OwnTracks messages need this device's key; none is known")
        return decrypt(data, passphrase)

    return unseal


def _key(passphrase: str) -> bytes:
    key = passphrase.encode()
    if not 1 <= len(key) <= KEY_BYTES:
        raise DecodeError("wrong_key", f"an OwnTracks passphrase has 1 to {KEY_BYTES} bytes; this has {len(key)}")
    return key.ljust(KEY_BYTES, b"\0")
