"""The Yuma epoch: integer matrices in, integer vectors and bonds out."""
