"""What ends `watch`. Everything else passes: it connects again and goes on where it was."""


class HostbeatError(Exception):
    """The stream cannot be followed any further until the program changes something."""


class TokenRefused(HostbeatError):
    """The server refused two tokens in a row."""


class Forbidden(HostbeatError):
    """The token may not follow this stream, or may no longer."""


class Refused(HostbeatError):
    """The server cannot serve this client: a frame it does not understand, or no common protocol."""


class ProtocolError(Exception):
    """A frame that does not fit those before it: the connection is given up."""


class Gap(Exception):
    """Items are missing: the connection is given up, and resumed from before them."""
