"""What pallets are made of: storage, calls, events, errors, origins, weights, metadata."""
