"""The library is loaded once, with its own warnings put aside: every other warning is an error."""

import warnings

with warnings.catch_warnings():
    # discord.py imports audioop for voice, which the face does not have.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord  # noqa: F401
