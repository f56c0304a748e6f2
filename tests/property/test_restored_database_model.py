"""A database that began with a snapshot, by the same model: only its beginning is another one."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from storage.database import Database
from storage.memory import MemoryKv
from tests.property.test_database_model import CHILDREN, KEYS, VALUES_, DatabaseModel
from tests.support.blocks import begin_with_snapshot, merged_children


class RestoredDatabaseModel(DatabaseModel):
    @initialize(
        state=st.dictionaries(KEYS, VALUES_, max_size=6),
        children=CHILDREN,
        pruning=st.integers(0, 3),
        base=st.integers(1, 1_000),
    )
    def start(self, state, children, pruning, base):
        self.kv = MemoryKv()
        self.pruning = pruning
        self.database = Database.open(self.kv, pruning=pruning)
        children = merged_children({}, children)
        self.genesis, header = begin_with_snapshot(self.database, state, base, children)
        self.base = header
        self.headers = {header.hash(): header}
        self.states = {header.hash(): (state, children)}
        self.best = self.finalized = header.hash()
        self.stale = set()
        self.views = []

    @invariant()
    def chain_leads_from_genesis_to_the_best_block(self):
        """Instead: from the base; below it is genesis, and nothing else."""
        blocks = self.database.blocks
        first = self.base.number
        chain = self.chain_of(self.best)[::-1]
        found = [blocks.canonical(first + number) for number in range(len(chain) + 1)]
        assert found == [*chain, None]
        assert {blocks.canonical(number) for number in range(1, first)} <= {None}
        assert blocks.canonical(0) == blocks.genesis == self.genesis.hash()
        assert blocks.base == (self.base.hash(), first)
        assert blocks.best == (self.best, first + len(chain) - 1)
        assert blocks.finalized.hash == self.finalized


TestRestoredDatabaseModel = RestoredDatabaseModel.TestCase
