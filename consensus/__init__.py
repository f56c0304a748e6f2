"""Sans-IO machines: who may author, which chain is best, what to import next."""
