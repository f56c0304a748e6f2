"""Plans: ports, keys and a chain spec that belongs to the devnet of its directory."""

import errno
import socket

import pytest

from genesis.build import EMBEDDED_CODE
from genesis.spec import load_spec
from node.devnet.errors import DevnetError
from node.devnet.plan import make_plan


def plan(directory, **changes):
    options = {"nodes": 3, "speed": 48, "base_port": None, "now_ms": 1_700_000_000_000}
    options |= {"code": EMBEDDED_CODE}
    return make_plan(directory, **(options | changes))


def test_every_node_has_its_own_ports_key_and_directory(tmp_path):
    plans = plan(tmp_path)
    assert [node.name for node in plans] == ["alice", "bob", "charlie"]
    ports = [port for node in plans for port in (node.rpc_port, node.p2p_port)]
    assert len(set(ports)) == 6
    assert len({node.node_key for node in plans}) == 3
    assert all(node.directory.is_dir() for node in plans)


def test_every_node_is_told_of_all_others(tmp_path):
    plans = plan(tmp_path)
    addresses = {node.p2p_address for node in plans}
    for node in plans:
        assert set(node.bootnodes) == addresses - {node.p2p_address}


def test_chain_spec_has_an_authority_per_node_and_the_shared_clock(tmp_path):
    (first, *_) = plan(tmp_path)
    spec = load_spec(first.spec)
    assert len(spec.genesis.config["aura"]["authorities"]) == 3
    assert (spec.clock.origin_ms, spec.clock.rate) == (1_700_000_000_000, 48)


def test_a_chain_spec_that_cannot_be_written_whole_is_not_there(tmp_path, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(DevnetError, match=r"chain-spec.json: No space left on device"):
        plan(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_command_line_names_chain_keys_and_ports(tmp_path):
    command = plan(tmp_path, nodes=2)[1].command
    assert command[1:3] == ["-m", "node"]
    assert "--bob" in command
    assert command.count("--bootnodes") == 1
    assert "--until-stdin-closes" in command


def test_devnet_of_a_directory_goes_on_with_its_own_clock(tmp_path):
    plan(tmp_path)
    (first, *_) = plan(tmp_path, now_ms=1_800_000_000_000)
    assert load_spec(first.spec).clock.origin_ms == 1_700_000_000_000


@pytest.mark.parametrize("changes", [{"speed": 12}, {"nodes": 2}])
def test_directory_of_another_devnet_is_refused(tmp_path, changes):
    plan(tmp_path)
    with pytest.raises(DevnetError, match="is of a devnet"):
        plan(tmp_path, **changes)


def test_port_in_use_is_refused_by_its_number(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            DevnetError, match=f"port {port} cannot be used.*choose others with --base-port"
        ):
            plan(tmp_path, base_port=port)


def test_directory_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("no directory")
    with pytest.raises(DevnetError, match="file/devnet: Not a directory; choose another"):
        plan(tmp_path / "file" / "devnet")
