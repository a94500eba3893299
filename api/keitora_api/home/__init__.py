"""The home screen: what one wants to know when taking the phone out."""
