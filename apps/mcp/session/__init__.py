"""Sessions of the handshake's era: an id that any process reads, a life that any can go on with."""
