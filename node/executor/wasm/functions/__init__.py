"""What a Wasm runtime may ask of the node, by subject."""
