"""A chain with some life in it, for walks to begin from."""

SUBNETS = (1, 2)
FUNDS = 10**14


def settle(t, keys, rng):
    """Fund all keys; register subnets and neurons; stake, delegate, fill both bodies."""
    fund = [("Balances.force_set_balance", {"who": {"Id": k.pub}, "new_free": FUNDS}) for k in keys]
    opened = [
        ("AdminUtils.sudo_set_network_rate_limit", {"rate_limit": 0}),
        ("AdminUtils.sudo_set_tx_rate_limit", {"tx_rate_limit": rng.choice((0, 0, 1))}),
        ("AdminUtils.sudo_set_tx_delegate_take_rate_limit", {"tx_rate_limit": rng.choice((0, 2))}),
        ("AdminUtils.sudo_set_tempo", {"netuid": 0, "tempo": rng.choice((2, 5))}),
    ]
    t.block(t.root(*fund), t.root(*opened), note="funds, limits opened")
    for owner in keys[:2]:
        t.block(t.tx(owner, "SubtensorModule.register_network"), note="a subnet")
    for netuid in (0, *SUBNETS, 3):
        t.block(t.root(*_settings(netuid, rng)), note=f"settings of subnet {netuid}")
    t.block(t.set_storage(*[("SubtensorModule", "Burn", [n], 10**6) for n in (*SUBNETS, 3)]))
    for netuid in SUBNETS:
        batch = [
            t.tx(cold, "SubtensorModule.burned_register", netuid=netuid, hotkey=hot.pub)
            for cold, hot in zip(keys, keys[3:] + keys[:3], strict=True)
        ]
        t.block(*batch[:6], note="neurons")
        t.block(*batch[6:], note="more neurons")
    pairs = list(zip(keys, keys[3:] + keys[:3], strict=True))
    stakes = [
        t.tx(
            cold,
            "SubtensorModule.add_stake",
            hotkey=hot.pub,
            amount_staked=rng.choice((10**9, 10**12, 2 * 10**12)),
        )
        for cold, hot in pairs[:6]
    ]
    t.block(*stakes, note="stake")
    t.block(*[t.tx(c, "SubtensorModule.root_register", hotkey=h.pub) for c, h in pairs[:4]])
    t.block(*[t.tx(c, "SubtensorModule.become_delegate", hotkey=h.pub) for c, h in pairs[2:6]])
    nominate = [
        t.tx(keys[-1], "SubtensorModule.add_stake", hotkey=h.pub, amount_staked=10**11)
        for _, h in pairs[:3]
    ]
    t.block(*nominate, note="a nominator")
    t.block(
        t.root(
            ("TriumvirateMembers.reset_members", {"members": [k.pub for k in keys[:3]]}),
            ("TriumvirateMembers.set_prime", {"who": {"Id": keys[0].pub}}),
        ),
        note="the triumvirate",
    )


def _settings(netuid, rng):
    values = {
        "tempo": rng.choice((1, 3, 5, 10)),
        "max_registrations_per_block": rng.choice((3, 20)),
        "target_registrations_per_interval": rng.choice((1, 20)),
        "weights_set_rate_limit": rng.choice((0, 0, 2)),
        "min_burn": 1,
        "max_burn": 10**10,
        "min_difficulty": 1,
        "difficulty": rng.choice((1, 3)),
        "network_pow_registration_allowed": True,
        "serving_rate_limit": rng.choice((0, 3)),
        "min_allowed_weights": rng.choice((0, 1, 2)),
        "max_weight_limit": rng.choice((65535, 30000)),
        "activity_cutoff": rng.choice((5, 5000)),
        "immunity_period": rng.choice((0, 5, 4096)),
        "max_allowed_validators": rng.choice((2, 3, 64)),
        "adjustment_interval": rng.choice((1, 7, 100)),
        "adjustment_alpha": rng.choice((0, 1 << 62, (1 << 64) - 1)),
        "bonds_moving_average": rng.choice((0, 500000, 900000)),
        "kappa": rng.choice((0, 32767, 65535)),
        "rho": rng.choice((1, 10, 30)),
        "commit_reveal_weights_enabled": rng.random() < 0.3,
        "commit_reveal_weights_interval": rng.choice((1, 5, 1000)),
    }
    chosen = [name for name in values if rng.random() < 0.8]
    return [
        (f"AdminUtils.sudo_set_{name}", {"netuid": netuid, _argument(name): values[name]})
        for name in chosen
    ]


def _argument(name):
    special = {
        "network_pow_registration_allowed": "registration_allowed",
        "commit_reveal_weights_enabled": "enabled",
        "commit_reveal_weights_interval": "interval",
    }
    return special.get(name, name)
