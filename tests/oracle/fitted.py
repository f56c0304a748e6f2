"""Arguments that go with what was called before: reveals with commits, cancels with multisigs …"""

from primitives.arith import U64_MAX
from primitives.hashing import blake2_256
from primitives.types import U64, AccountId, Hash
from runtime.pallets.subtensor.registration import create_seal_hash

TRIES = 60
"""Nonces to try for work; enough for the small difficulties of these chains."""


def raw(value):
    """Bytes of what the oracle's decoder answers for them."""
    return value if isinstance(value, bytes) else bytes.fromhex(value[2:])


class Fitted:
    """Each `fit_x` changes the arguments of call x, and answers who should sign, if anybody."""

    def fit_remove_stake(self, arguments):
        staked = self.entries("SubtensorModule", "Stake")
        staked = [(k[-80:], v) for k, v in staked if v]
        if not staked:
            return None
        key, stake = self.rng.choice(staked)
        arguments["hotkey"] = key[:32] if len(key) == 64 else key[-64:-32]
        amount = self.rng.choice((stake, stake - 1, stake // 2, stake + 1, stake // 3))
        arguments["amount_unstaked"] = min(amount, U64_MAX)
        return self.by_account(key[-32:])

    def fit_register(self, arguments):
        rng = self.rng
        hot, cold = rng.choice(self.keys), rng.choice(self.keys)
        arguments["hotkey"], arguments["coldkey"] = hot.pub, cold.pub
        self._work(arguments, hot.pub)
        return hot

    def fit_faucet(self, arguments):
        who = self.rng.choice(self.keys)
        self._work(arguments, who.pub)
        return who

    def _work(self, arguments, who):
        number = max(0, min(self.t.c.number, arguments["block_number"]))
        arguments["block_number"] = number
        block = Hash(self.t.c.hashes[number])
        best = None
        for nonce in range(TRIES):
            work = create_seal_hash(block, U64(nonce), AccountId(who))
            if best is None or raw(work)[::-1] < best[1][::-1]:
                best = nonce, bytes(work)
        arguments["nonce"], arguments["work"] = best

    def fit_commit_weights(self, arguments):
        hot = [self.by_account(h) for h in self.neurons(arguments["netuid"])]
        hot = [key for key in hot if key]
        if not hot:
            return None
        reveal = {"uids": None, "values": [], "netuid": arguments["netuid"], "version_key": 0}
        self._improve_weights(reveal)
        who = self.rng.choice(hot)
        fields = self.call_fields("SubtensorModule", "reveal_weights")
        packed = who.pub + b"".join(self.md.encode(fields[n], reveal[n]) for n in fields)
        arguments["commit_hash"] = blake2_256(packed)
        self.commits.append((who, reveal))
        return who

    def fit_reveal_weights(self, arguments):
        if not self.commits:
            return None
        who, reveal = self.rng.choice(self.commits[-4:])
        arguments.update(reveal)
        return who

    def call_fields(self, pallet, name):
        variants = self.md.variants(self.md.pallets[pallet]["calls"])
        found = next(v for v in variants if v["name"] == name)
        return {field["name"]: field["type"] for field in found["fields"]}

    # ------------------------------------------------ multisig
    def fit_as_multi(self, arguments):
        rng = self.rng
        live = {key[-32:]: value for key, value in self.entries("Multisig", "Multisigs")}
        waiting = [m for m in self.multis if blake2_256(m[2]) in live]
        if waiting and rng.random() < 0.7:
            keys, threshold, call = rng.choice(waiting)
            arguments["maybe_timepoint"] = live[blake2_256(call)]["when"]
        else:
            keys = sorted(rng.sample(self.keys, 3), key=lambda key: key.pub)
            threshold, call = 2, arguments.get("call") or self.call(2)[0]
            self.multis.append((keys, threshold, call))
            arguments["maybe_timepoint"] = None
        who = rng.choice(keys)
        arguments["other_signatories"] = [key.pub for key in keys if key is not who]
        arguments["threshold"] = threshold
        if "call" in arguments:
            arguments["call"] = call
        else:
            arguments["call_hash"] = blake2_256(call)
        arguments["max_weight"] = {"ref_time": 10**12, "proof_size": 10**6}
        return who

    fit_approve_as_multi = fit_as_multi

    def fit_cancel_as_multi(self, arguments):
        live = {key[-32:]: value for key, value in self.entries("Multisig", "Multisigs")}
        waiting = [m for m in self.multis if blake2_256(m[2]) in live]
        if not waiting:
            return None
        keys, threshold, call = self.rng.choice(waiting)
        found = live[blake2_256(call)]
        who = self.by_account(raw(found["depositor"])) or keys[0]
        arguments["other_signatories"] = [key.pub for key in keys if key is not who]
        arguments["threshold"], arguments["call_hash"] = threshold, blake2_256(call)
        arguments["timepoint"] = found["when"]
        return who

    # ------------------------------------------------ proxy
    def proxies(self):
        return [
            (key[-32:], one)
            for key, (definitions, _) in self.entries("Proxy", "Proxies")
            for one in definitions
        ]

    def fit_remove_proxy(self, arguments):
        live = self.proxies()
        if not live:
            return None
        real, one = self.rng.choice(live)
        arguments.update(delegate={"Id": raw(one["delegate"])}, delay=one["delay"])
        arguments["proxy_type"] = one["proxy_type"]
        return self.by_account(real)

    def fit_proxy(self, arguments):
        live = self.proxies()
        if not live:
            return None
        real, one = self.rng.choice(live)
        arguments["real"] = {"Id": real}
        arguments["force_proxy_type"] = self.rng.choice((None, None, one["proxy_type"]))
        return self.by_account(raw(one["delegate"]))

    def fit_announce(self, arguments):
        who = self.fit_proxy(arguments)
        arguments.pop("force_proxy_type", None)
        if self.calls:
            arguments["call_hash"] = blake2_256(self.rng.choice(self.calls)[0])
        return who

    def announcements(self):
        return [
            (key[-32:], one)
            for key, (announced, _) in self.entries("Proxy", "Announcements")
            for one in announced
        ]

    def fit_remove_announcement(self, arguments):
        live = self.announcements()
        if not live:
            return None
        delegate, one = self.rng.choice(live)
        arguments.update(real={"Id": raw(one["real"])}, call_hash=raw(one["call_hash"]))
        return self.by_account(delegate)

    def fit_reject_announcement(self, arguments):
        live = self.announcements()
        if not live:
            return None
        delegate, one = self.rng.choice(live)
        arguments.update(delegate={"Id": delegate}, call_hash=raw(one["call_hash"]))
        return self.by_account(raw(one["real"]))

    def fit_proxy_announced(self, arguments):
        known = {blake2_256(made[0]): made[0] for made in self.calls}
        live = [(d, one) for d, one in self.announcements() if raw(one["call_hash"]) in known]
        if not live:
            return None
        delegate, one = self.rng.choice(live)
        arguments.update(delegate={"Id": delegate}, real={"Id": raw(one["real"])})
        arguments.update(force_proxy_type=None, call=known[raw(one["call_hash"])])
        return self.rng.choice(self.keys)

    # ------------------------------------------------ preimages, identities, motions
    def fit_unnote_preimage(self, arguments):
        live = self.entries("Preimage", "RequestStatusFor")
        if not live:
            return None
        key, status = self.rng.choice(live)
        arguments["hash"] = key[-32:]
        ticket = str(status)
        return next((k for k in self.keys if k.pub.hex() in ticket), None)

    fit_request_preimage = fit_unrequest_preimage = fit_unnote_preimage

    def fit_ensure_updated(self, arguments):
        live = self.entries("Preimage", "RequestStatusFor")
        arguments["hashes"] = [key[-32:] for key, _ in live[:3]]

    def fit_clear_identity(self, arguments):
        live = self.entries("Registry", "IdentityOf")
        if not live:
            return None
        arguments["identified"] = self.rng.choice(live)[0][-32:]
        owner = self.stored("SubtensorModule", "Owner", arguments["identified"])
        return self.by_account(raw(owner)) or self.by_account(arguments["identified"])

    def fit_propose(self, arguments):
        members = [raw(m) for m in self.stored("Triumvirate", "Members")]
        arguments["length_bound"] = 10**6
        arguments["duration"] = self.rng.choice((1, 3, 7200, 7200, 50400, 10**6))
        return self.by_account(self.rng.choice(members)) if members else None

    def fit_close(self, arguments):
        members = [raw(m) for m in self.stored("Triumvirate", "Members")]
        return self.by_account(self.rng.choice(members)) if members else None

    def fit_swap_hotkey(self, arguments):
        owned = self.entries("SubtensorModule", "Owner")
        owned = [(key[-32:], raw(owner)) for key, owner in owned]
        if not owned:
            return None
        arguments["hotkey"], owner = self.rng.choice(owned)
        return self.by_account(owner)
