"""Random walks over every call, block by block on the production runtime and on ours.

usage: TAONODE_ORACLE=DIR python -m tests.oracle.walk MIRROR --cache DIR [--seed N] [--seeds COUNT]
                                                      [--blocks M] [--keep DIR]

TAONODE_ORACLE names a folder with the oracle's tools: `lab.Lab` drives the runtime of spec 185,
which it takes from MIRROR (a git snapshot of opentensor/subtensor), in wasmtime. Each seed makes
one chain. Where our runtime gives another result, storage change, root, refusal or API answer, the
difference is printed and the walk goes on from the oracle's state. `--keep` writes such chains as
traces. Status 1 if anything differs.
"""

import argparse
import collections
import os
import random
import re
import sys
import time
from pathlib import Path

from genesis.host import GenesisHost
from node.executor.archive.loader import load_release
from node.replay.difference import Difference
from node.replay.explain import Explainer
from node.replay.files import parse_trace
from node.replay.machine import Replay
from node.replay.stage import EmbeddedRuntime
from node.runtime_tools.metadata import metadata_of
from primitives.hashing import twox_128

NAMES = ("//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie", "//Alice//h", "//Bob//h",
         "ed:one", "ed:two", "ec:one", "//Gus")  # fmt: skip
EVENTS = twox_128(b"System") + twox_128(b"Events")
MOST_EMISSION = 10**12
"""Rao. With much more the stakes would soon pass 2^63, and every epoch be one that wraps."""
MOST_ROWS = 40
"""Of subnets and of neurons; a root epoch of thousands takes minutes."""
POKED = ("Balances", "Grandpa", "Triumvirate", "TriumvirateMembers", "SenateMembers", "Multisig",
         "Preimage", "Scheduler", "Proxy", "Registry", "Commitments", "TransactionPayment",
         "RandomnessCollectiveFlip")  # fmt: skip
SPARED = ("System", "Aura", "Timestamp", "Sudo")
"""Pallets without which there is no next block."""
WRAPPERS = ("batch", "batch_all", "force_batch", "sudo_as", "proxy", "derivative", "delegate_sudo")


class Walk:
    """One chain of the oracle's, and the same on our runtime."""

    def __init__(self, lab_module, lab, seed):
        from tests.oracle.arguments import Arguments

        self.rng = random.Random(seed)
        self.lab_module = lab_module
        self.t = lab_module.Trace(lab, f"walk-{seed}", "a random walk", seed, check_every=0)
        self.t.blake = lab_module.blake2_256
        self.keys = [lab_module.key(name) for name in NAMES]
        self.arguments = Arguments(self.t, self.rng, self.keys)
        self.differences = []
        self.seen = collections.Counter()
        self.results = collections.Counter()
        self.compared = 0
        self.asked = 0
        self.replay = None
        self.explain = Explainer(metadata_of(EmbeddedRuntime(GenesisHost(), load_release(185))))
        self.spared = {twox_128(name.encode()) for name in SPARED}

    def run(self, blocks):
        from tests.oracle.world import settle

        settle(self.t, self.keys, self.rng)
        self.compare()
        for _ in range(blocks):
            try:
                self.block()
            except self.lab_module.Trap as trap:
                self.t.dead_end(f"the walk's end: {str(trap)[:100]}")
                break
        self.compare()

    def block(self):
        rng = self.rng
        extrinsics = [self.extrinsic() for _ in range(rng.choice((0, 1, 2, 4, 8)))]
        if rng.random() < 0.25:
            extrinsics.append(self.poke())
        self.t.block(*extrinsics, slots=rng.choice((1, 1, 1, 2, 50)), check=False)
        if rng.random() < 0.3:
            self.ask()
        if rng.random() < 0.15:
            self.spoil()
        self.compare()

    def spoil(self):
        """Make a block, spoil it in some way, and see that nobody executes it."""
        rng, t = self.rng, self.t
        slot = t.c.slot
        made = t.c.build([self.extrinsic() for _ in range(3)], adopt=False, check=False)
        t.c.slot = slot
        for _ in range(4):
            header = bytearray.fromhex(made["header"])
            body = [bytes.fromhex(extrinsic) for extrinsic in made["extrinsics"]]
            match rng.choice(("header", "swap", "drop", "twice", "byte", "unsigned")):
                case "header":
                    # Not the number: towards a far block the scheduler walks for minutes.
                    places = [at for at in range(len(header)) if not 32 <= at < 36]
                    header[rng.choice(places)] ^= 1 << rng.randrange(8)
                case "swap":
                    rng.shuffle(body)
                case "drop":
                    body.pop(rng.randrange(len(body)))
                case "twice":
                    body.append(rng.choice(body))
                case "byte":
                    at = rng.randrange(len(body))
                    spoilt = bytearray(body[at])
                    spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
                    body[at] = bytes(spoilt)
                case "unsigned":
                    body.append(t.c.unsigned(self.some_call()[0]))
            block = bytes(header) + self.lab_module.compact(len(body)) + b"".join(body)
            known = len(t.surprises)
            t.bad_block(block, "spoilt")
            del t.surprises[known:]

    def extrinsic(self):
        rng = self.rng
        made, root = self.some_call()
        who = self.arguments.signer_of(made)
        if root and rng.random() < 0.85:
            made, who = self.t.call("Sudo.sudo", call=made), self.keys[0]
        elif rng.random() < 0.2:
            made = self.wrap(made, who)
        options = {}
        if rng.random() < 0.05:
            options = rng.choice(
                ({"tip": 10**6}, {"tip": 10**18}, {"nonce": 99}, {"bad": True}, {"era": 8},
                 {"era": 64, "tip": 5}, {"txv": 2}, {"spec": 184}, {"nonce": 0})
            )  # fmt: skip
        if rng.random() < 0.01:
            return self.t.c.unsigned(made)
        return self.t.sign(who, made, **options)

    def some_call(self):
        """A call, and whether it needs root; some types have no values, so some calls cannot be."""
        while True:
            try:
                return self.arguments.call()
            except LookupError:
                continue

    def wrap(self, made, who):
        rng, t = self.rng, self.t
        other = {"Id": rng.choice(self.arguments.accounts)}
        match rng.choice(WRAPPERS):
            case "sudo_as":
                return t.call("Sudo.sudo_as", who=other, call=made)
            case "proxy":
                return t.call("Proxy.proxy", real=other, force_proxy_type=None, call=made)
            case "derivative":
                return t.call("Utility.as_derivative", index=rng.choice((0, 1)), call=made)
            case "delegate_sudo":
                return t.call("SubtensorModule.sudo", call=made)
            case name:
                second = self.arguments.calls[0][0]
                return t.call(
                    f"Utility.{name}", calls=rng.choice(([made], [made, second], [second, made]))
                )

    def poke(self):
        """Root writes at a place of the state, in a way that does not end the chain."""
        kind = self.rng.choices((self.parameter, self.any_value, self.garbage), (5, 3, 2))[0]
        key, value = None, None
        while key is None:
            key, value = kind()
        if value is None:
            return self.t.sudo("System.kill_storage", keys=[key])
        return self.t.sudo("System.set_storage", items=[[key, value]])

    def parameter(self):
        """A subnet parameter with any value of its type."""
        rng, md = self.rng, self.t.md
        entries = md.pallets["SubtensorModule"]["storage"]["entries"]
        name = rng.choice(sorted(entries))
        entry = entries[name]
        key = self.place("SubtensorModule", name)
        if entry["key"] is not None and md.types[entry["value"]]["def"][0] != "primitive":
            return None, None
        if name in ("Stake", "TotalHotkeyStake", "TotalColdkeyStake", "TotalStake"):
            return None, None
        chosen = self.arguments.value(entry["value"], 0)
        if "Emission" in name and isinstance(chosen, int):
            chosen = min(chosen, MOST_EMISSION)
        if name in ("TotalNetworks", "SubnetworkN"):
            chosen = min(chosen, MOST_ROWS)
        return key, md.encode(entry["value"], chosen)

    def any_value(self):
        """An item of another pallet, with a value of its type."""
        rng, md = self.rng, self.t.md
        pallet = rng.choice(POKED)
        name, entry = rng.choice(sorted(md.pallets[pallet]["storage"]["entries"].items()))
        try:
            value = md.encode(entry["value"], self.arguments.value(entry["value"], 0))
        except (LookupError, ValueError):
            return None, None
        return self.place(pallet, name), value

    def garbage(self):
        """Nothing, or other bytes, where anything stands."""
        rng, t = self.rng, self.t
        key = rng.choice(sorted(t.c.state))
        if key[:16] in self.spared or len(key) < 32:
            return None, None
        value = t.c.state[key]
        return key, rng.choice((None, None, value + b"\0", rng.randbytes(len(value))))

    def place(self, pallet, name):
        """A key of an item: one that stands, for a map; None if there is none."""
        prefix = self.t.c.storage_key(pallet, name)
        if self.t.md.entry(pallet, name)["key"] is None:
            return prefix
        found = sorted(key for key in self.t.c.state if key.startswith(prefix))
        return self.rng.choice(found) if found else None

    def ask(self):
        """Ask our runtime and the oracle's about the state."""
        t, rng = self.t, self.rng
        netuid = rng.choice((0, 1, 2, 3, 99)).to_bytes(2, "little")
        account = b"\x80" + rng.choice(self.arguments.accounts)
        for method, argument in (
            ("NeuronInfoRuntimeApi_get_neurons", netuid),
            ("NeuronInfoRuntimeApi_get_neurons_lite", netuid),
            ("NeuronInfoRuntimeApi_get_neuron", netuid + bytes((rng.randint(0, 13), 0))),
            ("SubnetInfoRuntimeApi_get_subnet_info", netuid),
            ("SubnetInfoRuntimeApi_get_subnets_info", b""),
            ("SubnetInfoRuntimeApi_get_subnet_hyperparams", netuid),
            ("DelegateInfoRuntimeApi_get_delegates", b""),
            ("DelegateInfoRuntimeApi_get_delegate", account),
            ("DelegateInfoRuntimeApi_get_delegated", account),
            ("StakeInfoRuntimeApi_get_stake_info_for_coldkey", account),
            ("SubnetRegistrationRuntimeApi_get_network_registration_cost", b""),
            ("AccountNonceApi_account_nonce", account[1:]),
        ):
            t.api(method, argument)
        for _ in range(3):
            extrinsic = self.extrinsic()
            t.pool(extrinsic, source=rng.choice((0, 1, 2)))
            t.api(
                "TransactionPaymentApi_query_info", extrinsic + len(extrinsic).to_bytes(4, "little")
            )
            t.c.nonces.clear()

    def compare(self):
        """Bring our runtime up to the oracle's block."""
        import json

        document = self.t.document()
        if self.replay is None:
            self.replay = Replay(
                parse_trace(json.dumps({**document, "blocks": []}).encode(), "walk")
            )
        start = self.compared
        blocks = self.t.blocks[start:]
        if not blocks and not self.t.dead:
            return
        trace = parse_trace(
            json.dumps({**document, "genesis": {}, "blocks": blocks,
                        "api_calls": self.t.apis[self.asked :],
                        "genesis_hash": (self.t.c.hashes[start]).hex()}).encode(), "walk",
        )  # fmt: skip
        self.asked = len(self.t.apis)
        self.replay.expect(trace)
        for block in trace.blocks:
            self.count(block)
            try:
                self.replay.step(block)
            except Difference as difference:
                self.differences.append(difference)
                print(f"  {self.t.name}: {difference.text()[:3000]}", flush=True)
                self.replay.skip(block)
        self.compared = len(self.t.blocks)

    def count(self, block):
        for extrinsic, result in zip(block.extrinsics, block.results, strict=True):
            name, told = self.explain.call_name(extrinsic), self.explain.result(result)
            self.seen[name] += 1
            self.results[f"{name}: {told}"] += 1
        events = (block.diff or {}).get(EVENTS)
        if events is not None:
            for error in re.findall(
                r"'Err': '([A-Za-z.]+)'", str(self.explain.value(EVENTS, events))
            ):
                self.results[f"inner: {{'failed': '{error}'}}"] += 1


def oracle():
    """The oracle's module that drives chains; None where it is not at hand."""
    folder = os.environ.get("TAONODE_ORACLE")
    if not folder:
        return None
    sys.path.insert(0, folder)
    import lab

    return lab


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mirror")
    parser.add_argument("--cache")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--blocks", type=int, default=60)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--results", type=Path, help="append what each call answered")
    arguments = parser.parse_args()
    module = oracle()
    if module is None:
        sys.exit("TAONODE_ORACLE does not say where the oracle is")
    lab = module.Lab(arguments.mirror, arguments.cache)
    differing = 0
    for seed in range(arguments.seed, arguments.seed + arguments.seeds):
        started, walk = time.perf_counter(), Walk(module, lab, seed)
        walk.run(arguments.blocks)
        count = len(walk.differences)
        differing += count
        extrinsics = sum(len(block["extrinsics"]) for block in walk.t.blocks)
        print(
            f"seed {seed}: {len(walk.t.blocks)} blocks, {extrinsics} extrinsics, "
            f"{len(walk.t.apis)} answers, {count} differences, "
            f"{time.perf_counter() - started:.0f} s",
            flush=True,
        )
        if arguments.results:
            with arguments.results.open("a") as file:
                file.writelines(f"{n} {line}\n" for line, n in sorted(walk.results.items()))
        if arguments.keep and count:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            walk.t.write(str(arguments.keep / f"walk-{seed}.json.gz"))
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
