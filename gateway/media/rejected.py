"""Why bytes are not taken."""


class MediaRejected(ValueError):
    """The text says what is wrong with the bytes, to whoever sent them."""
