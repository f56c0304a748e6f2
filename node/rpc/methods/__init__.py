"""The methods, one file per namespace."""
