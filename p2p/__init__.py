"""The network: sessions, gossip, sync and discovery, sans-IO but for net/."""
