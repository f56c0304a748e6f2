"""The transaction pool: a sans-IO core, and the service that feeds it."""
