"""Runtimes compiled to WebAssembly, and the one door to Wasmtime."""
