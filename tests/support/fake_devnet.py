"""Plans of devnets whose nodes are stand-ins."""

import sys
from dataclasses import dataclass
from pathlib import Path

from genesis.build import EMBEDDED_CODE
from node.devnet.plan import NodePlan, make_plan

FAKE_NODE = Path(__file__).with_name("fake_node.py")


@dataclass(frozen=True)
class FakePlan(NodePlan):
    """The plan of a stand-in."""

    peers: int = 1
    mode: str = "polite"

    @property
    def command(self):
        arguments = (str(FAKE_NODE), str(self.rpc_port), str(self.peers), self.mode)
        return [sys.executable, *arguments]


def fake_plans(directory, *modes, peers=None):
    plans = make_plan(
        directory, nodes=len(modes), speed=48, base_port=None, now_ms=0, code=EMBEDDED_CODE
    )
    return [
        FakePlan(
            plan.name,
            plan.directory,
            plan.spec,
            plan.rpc_port,
            plan.p2p_port,
            plan.node_key,
            plan.bootnodes,
            plan.is_authority,
            plan.onchain_code,
            len(modes) - 1 if peers is None else peers,
            mode,
        )
        for plan, mode in zip(plans, modes, strict=True)
    ]
