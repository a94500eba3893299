"""Does a device keep to the native format? For those who write firmware."""
