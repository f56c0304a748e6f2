"""Scenarios that change the code of a running chain, in good ways and in bad ones."""
