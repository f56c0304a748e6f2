"""Random calls with arguments at and around the bounds of what the chain's state makes sensible."""

from contextlib import suppress

from tests.oracle.fitted import Fitted

ROOT_CALLS = {
    "System": {"set_heap_pages", "set_storage", "kill_storage", "kill_prefix", "authorize_upgrade",
               "authorize_upgrade_without_checks", "set_code", "set_code_without_checks"},
    "Grandpa": {"note_stalled"},
    "Balances": {"force_transfer", "force_unreserve", "force_set_balance",
                 "force_adjust_total_issuance"},
    "Triumvirate": {"set_members", "disapprove_proposal"},
    "SubtensorModule": {"dissolve_network"},
    "Utility": {"dispatch_as", "with_weight"},
    "Preimage": {"request_preimage", "unrequest_preimage"},
}  # fmt: skip
ROOT_PALLETS = {"AdminUtils", "TriumvirateMembers", "SenateMembers", "Scheduler"}
NEVER = {("System", "set_storage"), ("System", "kill_storage"), ("System", "kill_prefix")}
"""Calls that `Poking` makes, at places that leave a chain."""

UNREADABLE = (ValueError, IndexError, LookupError, OverflowError)
"""What the oracle's decoder raises about bytes that are no such value."""
AMOUNTS = (0, 1, 499, 500, 501, 10**6, 10**9, 10**11, 10**12, 10**14, 10**15)
U64 = (1 << 64) - 1


class Arguments(Fitted):
    """Makes calls of the oracle's metadata from a random source and the chain's present state."""

    def __init__(self, trace, rng, keys):
        self.t, self.md, self.rng, self.keys = trace, trace.md, rng, keys
        self.accounts = [key.pub for key in keys]
        self.hashes = [bytes(32)]
        self.calls = []
        self.commits = []
        self.multis = []
        self.all = [
            (pallet["name"], variant)
            for pallet in self.md.pallets.values()
            if pallet["calls"] is not None
            for variant in self.md.variants(pallet["calls"])
            if (pallet["name"], variant["name"]) not in NEVER
        ]

    # ------------------------------------------------ calls
    def call(self, depth=0, only=None):
        """A call, and whether it needs root."""
        rng = self.rng
        if depth and self.calls and rng.random() < 0.3:
            return rng.choice(self.calls[-12:])[:2]
        weights = [self._weight(pallet, v["name"], depth) for pallet, v in self.all]
        pallet, variant = only or rng.choices(self.all, weights)[0]
        arguments = {
            f["name"]: self.field(pallet, variant["name"], f, depth) for f in variant["fields"]
        }
        self.improve(pallet, variant["name"], arguments)
        fitted = getattr(self, f"fit_{variant['name']}", None)
        signer = fitted(arguments) if fitted and rng.random() < 0.8 else None
        made = self.md.call(pallet, variant["name"], arguments)
        root = pallet in ROOT_PALLETS or variant["name"] in ROOT_CALLS.get(pallet, ())
        self.calls = [*self.calls[-30:], (made, root, (pallet, variant["name"], arguments), signer)]
        self.hashes = [*self.hashes[-24:], self.t.blake(made)]
        return made, root

    def _weight(self, pallet, name, depth):
        if pallet == "SubtensorModule":
            return 6
        if pallet == "AdminUtils":
            return 0.5 if depth == 0 else 0.3
        if pallet == "Timestamp":
            return 0.1
        if depth > 2 and name in ("batch", "batch_all", "force_batch", "propose", "schedule"):
            return 0.1
        return 1.5

    def signer_of(self, made):
        """An account that may well make a call."""
        _, _, (pallet, name, arguments), signer = next(
            c for c in reversed(self.calls) if c[0] == made
        )
        rng = self.rng
        if signer is not None and rng.random() < 0.9:
            return signer
        if rng.random() < 0.8:
            for field in ("hotkey", "identified"):
                account = arguments.get(field)
                if account is not None and pallet in ("SubtensorModule", "Registry"):
                    owner = self.stored("SubtensorModule", "Owner", account)
                    found = self.by_account(owner)
                    if found is not None and owner != bytes(32):
                        return found
            if name in ("set_weights", "commit_weights", "reveal_weights", "serve_axon",
                        "serve_prometheus", "set_commitment"):  # fmt: skip
                hot = self.neurons(arguments.get("netuid", 0))
                if hot and (found := self.by_account(rng.choice(hot))):
                    return found
            if pallet == "Triumvirate":
                members = self.stored("Triumvirate", "Members")
                senate = self.stored("SenateMembers", "Members")
                pool = senate if name == "vote" else [*members, *senate]
                if pool and (found := self.by_account(rng.choice(pool))):
                    return found
        return rng.choice(self.keys)

    def by_account(self, account):
        account = account if isinstance(account, bytes) else bytes.fromhex(str(account)[2:])
        return next((key for key in self.keys if key.pub == account), None)

    # ------------------------------------------------ what stands in the state
    def entries(self, pallet, item, *first):
        """Raw keys behind an item's prefix and decoded values."""
        prefix = self.t.c.storage_key(pallet, item, *first)
        kind = self.md.entry(pallet, item)["value"]
        state, found = self.t.c.state, []
        for key in sorted(state):
            if key.startswith(prefix):
                with suppress(*UNREADABLE):
                    found.append((key[len(prefix) :], self.md.decode(kind, state[key])))
        return found

    def stored(self, pallet, item, *keys):
        """A decoded value; its default where nothing readable stands."""
        try:
            return self.t.c.storage(pallet, item, *keys)
        except UNREADABLE:
            entry = self.md.entry(pallet, item)
            return self.md.decode(entry["value"], entry["default"])

    def neurons(self, netuid):
        found = [value for _, value in self.entries("SubtensorModule", "Keys", netuid)]
        return [bytes.fromhex(v[2:]) if isinstance(v, str) else bytes(v) for v in found]

    def improve(self, pallet, name, arguments):
        """Often enough, replace arguments by ones that go together."""
        rng = self.rng
        if rng.random() < 0.25:
            return
        if "dests" in arguments or "uids" in arguments:
            self._improve_weights(arguments)
        if pallet == "Multisig" and "threshold" in arguments:
            self._improve_multisig(arguments)
        if pallet == "Triumvirate" and {"proposal", "proposal_hash"} & arguments.keys():
            self._improve_motion(name, arguments)
        if name == "vote" and pallet == "SubtensorModule":
            self._improve_motion(name, arguments)
        if pallet == "Scheduler":
            self._improve_task(arguments)
        if "length_bound" in arguments and rng.random() < 0.8:
            arguments["length_bound"] = rng.choice((1000, 100000, 4 << 20))
        if name in ("remove_announcement", "announce", "reject_announcement", "proxy_announced"):
            self._improve_announcement(name, arguments)

    def _improve_weights(self, arguments):
        field = "dests" if "dests" in arguments else "uids"
        values = "weights" if "weights" in arguments else "values"
        netuid = arguments["netuid"]
        pool = range(6) if netuid == 0 else range(max(len(self.neurons(netuid)), 1))
        count = self.rng.randint(0, min(len(pool), 12))
        arguments[field] = self.rng.sample(list(pool), count)
        arguments[values] = [
            self.rng.choice((0, 1, 2, 100, 32767, 65534, 65535)) for _ in range(count)
        ]
        if self.rng.random() < 0.05:
            arguments[values] = [*arguments[values], 1]
        arguments["version_key"] = self.rng.choice((0, 0, 0, 1, U64))

    def _improve_multisig(self, arguments):
        rng = self.rng
        accounts = sorted(rng.sample(self.accounts, rng.choice((1, 2, 2, 3))))
        if rng.random() < 0.1:
            accounts.reverse()
        arguments["other_signatories"] = accounts
        arguments["threshold"] = rng.choice(
            (0, 1, 2, 2, 2, 3, len(accounts) + 1, len(accounts) + 2)
        )
        live = self.entries("Multisig", "Multisigs")
        for field in ("maybe_timepoint", "timepoint"):
            if field in arguments and live and rng.random() < 0.7:
                arguments[field] = rng.choice(live)[1]["when"]
        if live and rng.random() < 0.7:
            raw, _ = rng.choice(live)
            if "call_hash" in arguments:
                arguments["call_hash"] = raw[-32:]
        if "max_weight" in arguments:
            arguments["max_weight"] = rng.choice(
                ({"ref_time": 10**12, "proof_size": 10**6}, {"ref_time": 0, "proof_size": 0})
            )

    def _improve_motion(self, name, arguments):
        live = self.stored("Triumvirate", "Proposals")
        if not live:
            return
        chosen = self.rng.choice(live)
        for field in ("proposal", "proposal_hash"):
            if field in arguments and name not in ("propose", "execute"):
                arguments[field] = chosen
        if "index" in arguments and self.rng.random() < 0.9:
            voting = self.stored("Triumvirate", "Voting", chosen)
            if voting:
                arguments["index"] = voting["index"]
        if "proposal_weight_bound" in arguments and self.rng.random() < 0.8:
            arguments["proposal_weight_bound"] = {"ref_time": 10**13, "proof_size": 10**7}

    def _improve_task(self, arguments):
        rng = self.rng
        now = self.t.c.number + 1
        if "when" in arguments:
            arguments["when"] = now + rng.choice((-1, 0, 1, 1, 1, 2, 3, 5))
        if "after" in arguments:
            arguments["after"] = rng.choice((0, 0, 1, 2, 5))
        if "maybe_periodic" in arguments:
            arguments["maybe_periodic"] = rng.choice((None, None, [1, 3], [2, 2], [0, 5], [3, 1]))
        live = [
            (int.from_bytes(raw[-4:], "little"), index)
            for raw, tasks in self.entries("Scheduler", "Agenda")
            for index in range(len(tasks))
        ]
        if live and rng.random() < 0.8:
            when, index = rng.choice(live)
            if "task" in arguments:
                arguments["task"] = [when, index]
            if "index" in arguments:
                arguments["when"], arguments["index"] = when, index
        if "id" in arguments and rng.random() < 0.8:
            arguments["id"] = bytes([rng.randint(0, 3)]) * 32

    def _improve_announcement(self, name, arguments):
        live = [
            a
            for _, (announcements, _) in self.entries("Proxy", "Announcements")
            for a in announcements
        ]
        if live and name != "announce":
            chosen = self.rng.choice(live)
            if "call_hash" in arguments:
                arguments["call_hash"] = chosen["call_hash"]
            if "real" in arguments:
                arguments["real"] = {"Id": chosen["real"]}

    # ------------------------------------------------ fields by name and type
    def field(self, pallet, call, field, depth):
        rng, name = self.rng, field["name"]
        named = getattr(self, "named_" + name, None)
        if named is not None and rng.random() < 0.85:
            return named()
        if name in ("call", "proposal") and self.is_call(field["type"]):
            return self.call(depth + 1)[0]
        if name == "calls":
            return [self.call(depth + 1)[0] for _ in range(rng.choice((0, 1, 2, 2, 3)))]
        return self.value(field["type"], depth)

    def is_call(self, kind):
        return self.md.types[kind]["path"][-1:] == ["RuntimeCall"]

    def named_netuid(self):
        return self.rng.choice((0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 99, 65535))

    def named_hotkey(self):
        return self.rng.choice(self.accounts)

    named_coldkey = named_new_hotkey = named_identified = named_hotkey

    def named_amount_staked(self):
        return self.rng.choice(AMOUNTS)

    named_amount_unstaked = named_value = named_new_free = named_amount = named_amount_staked
    named_delta = named_amount_staked

    def named_take(self):
        return self.rng.choice((0, 1, 5000, 5898, 9000, 11796, 11797, 11798, 32767, 65535))

    def named_delay(self):
        return self.rng.choice((0, 0, 1, 2, 5))

    def named_proxy_type(self):
        kinds = self.md.types[self.md._find(["ProxyType"])]["def"][1]
        return self.rng.choice((kinds[0]["name"], kinds[0]["name"], self.rng.choice(kinds)["name"]))

    def named_call_hash(self):
        return self.rng.choice(self.hashes)

    named_hash = named_commit_hash = named_code_hash = named_call_hash

    def named_hashes(self):
        return self.rng.sample(self.hashes, min(len(self.hashes), self.rng.randint(0, 3)))

    def named_subkeys(self):
        return self.rng.choice((0, 1, 5, 100))

    def named_port(self):
        return self.rng.choice((0, 1, 8091, 65535))

    def named_ip_type(self):
        return self.rng.choice((4, 4, 4, 6, 6, 0, 5))

    def named_ip(self):
        return self.rng.choice(
            (0, 1676056785, 0x7F000001, 0xFFFFFFFF, 1 << 32, 1 << 80, (1 << 128) - 1)
        )

    def named_now(self):
        return self.t.c.slot * self.t.c.slot_ms + self.rng.choice((0, 12000, 6000, 10**9))

    def named_tempo(self):
        return self.rng.choice((0, 1, 2, 3, 5, 10, 65535))

    def named_total_issuance(self):
        return self.rng.choice((0, 10**15, 21 * 10**15 // 2, 21 * 10**15, 21 * 10**15 + 1))

    def named_new_authorities(self):
        return self.rng.sample(self.accounts, self.rng.choice((0, 1, 1, 2)))

    def named_block_number(self):
        return max(0, self.t.c.number + self.rng.choice((0, 0, 0, -1, -2, -4, 1)))

    def value(self, kind, depth):
        """Any value of a type."""
        rng, type_ = self.rng, self.md.types[kind]
        form, path = type_["def"], type_["path"]
        if path[-1:] == ["AccountId32"]:
            return rng.choice(self.accounts)
        if path[-1:] == ["MultiAddress"]:
            if rng.random() < 0.95:
                return {"Id": rng.choice(self.accounts)}
            return rng.choice(({"Index": []}, {"Raw": b"raw"}, {"Address20": bytes(20)}))
        if path[-1:] == ["H256"]:
            return rng.choice(self.hashes)
        if path[-1:] == ["RuntimeCall"]:
            return self.call(depth + 1)[0]
        return getattr(self, "value_" + form[0])(type_, form, depth)

    def value_primitive(self, type_, form, depth):
        rng, name = self.rng, form[1]
        if name == "bool":
            return rng.random() < 0.5
        if name == "str":
            return rng.choice(("", "text", "x" * 70))
        bits = int(name[1:])
        top = (1 << bits) - 1 if name[0] == "u" else (1 << bits - 1) - 1
        small = (0, 1, 2, 3, 10, 100, 1000)
        wide = (top, top - 1, top // 2, top // 2 + 1, rng.randint(0, top))
        return min(rng.choice(small if rng.random() < 0.65 else wide), top)

    def value_compact(self, type_, form, depth):
        inner = self.md.types[form[1]]["def"]
        return [] if inner == ("tuple", []) else self.value_primitive(None, inner, depth)

    def value_sequence(self, type_, form, depth):
        rng = self.rng
        if self.md.types[form[1]]["def"] == ("primitive", "u8"):
            return rng.randbytes(rng.choice((0, 1, 4, 32, 33, 64, 128, 129, 300)))
        return [self.value(form[1], depth) for _ in range(rng.choice((0, 1, 1, 2, 3, 5)))]

    def value_array(self, type_, form, depth):
        if self.md.types[form[2]]["def"] == ("primitive", "u8"):
            return self.rng.choice((bytes(form[1]), self.rng.randbytes(form[1])))
        return [self.value(form[2], depth) for _ in range(form[1])]

    def value_tuple(self, type_, form, depth):
        return [self.value(part, depth) for part in form[1]]

    def value_composite(self, type_, form, depth):
        fields = form[1]
        if fields and fields[0]["name"] is not None:
            return {f["name"]: self.value(f["type"], depth) for f in fields}
        return self._unnamed(fields, depth)

    def _unnamed(self, fields, depth):
        values = [self.value(f["type"], depth) for f in fields]
        return values[0] if len(values) == 1 else values

    def value_variant(self, type_, form, depth):
        rng = self.rng
        if type_["path"] == ["Option"]:
            return (
                None if rng.random() < 0.5 else self.value(form[1][1]["fields"][0]["type"], depth)
            )
        if not form[1]:
            raise LookupError("no value of this type")
        variant = rng.choice(form[1])
        fields = variant["fields"]
        if not fields:
            return variant["name"]
        if fields[0]["name"] is not None:
            return {variant["name"]: {f["name"]: self.value(f["type"], depth) for f in fields}}
        return {variant["name"]: self._unnamed(fields, depth)}

    def value_bitsequence(self, type_, form, depth):
        raise LookupError("no value of this type")
