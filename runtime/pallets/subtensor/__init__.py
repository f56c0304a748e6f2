"""The subnet economy, one subject per module."""
