"""JSON-RPC over HTTP POST and WebSocket on one port."""
