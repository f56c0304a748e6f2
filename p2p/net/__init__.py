"""The part of the network that touches sockets."""
