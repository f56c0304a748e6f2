"""The verbs of the command line: what they print, and how they refuse."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from genesis.presets import preset
from genesis.spec import RawGenesis, parse_spec
from node.cli import main
from node.executor.archive.build import installed_archive
from node.executor.archive.shipped import archive_of_spec, spec_versions
from node.genesis_block import genesis_of
from node.identity import IdentityError, load_node_key
from p2p.wire.identity import NodeKey
from tests.support.upgrades import next_code

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_build_spec_prints_what_can_be_read_back(run):
    assert parse_spec(run("build-spec", "--chain", "dev").stdout) == preset(
        "dev", installed_archive()
    )


@pytest.mark.parametrize("spec_version", spec_versions())
def test_a_preset_begins_with_the_release_that_is_asked_for(run, spec_version):
    spec = parse_spec(run("build-spec", "--chain", "dev", "--spec", str(spec_version)).stdout)
    assert spec == preset("dev", archive_of_spec(spec_version))


def test_a_preset_begins_with_any_runtime_in_a_file(run, tmp_path):
    (tmp_path / "next").write_bytes(next_code())
    spec = parse_spec(
        run("build-spec", "--chain", "dev", "--runtime", str(tmp_path / "next")).stdout
    )
    assert spec == preset("dev", next_code())


@pytest.mark.parametrize("content", [b"words", b"", b"\0asm\1\0\0\0", installed_archive()[:-9]])
def test_a_file_that_holds_no_runtime_is_named(run, tmp_path, content):
    file = tmp_path / "file"
    file.write_bytes(content)
    result = run("build-spec", "--chain", "dev", "--runtime", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: --runtime: {file} holds no runtime, but is ")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (installed_archive()[:-9], "cut off"),
        (b"\0asm\1\0\0\0", ", which does not run: "),
        (b"words", "; this node runs WebAssembly and Python"),
    ],
)
def test_why_a_file_holds_no_runtime_is_said_once(run, tmp_path, content, reason):
    file = tmp_path / "file"
    file.write_bytes(content)
    result = run("build-spec", "--chain", "dev", "--runtime", str(file))
    assert reason in result.stderr
    assert result.stderr.count(f"{len(content)} bytes") == 1
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", [(), ("build-spec",), ("export-blocks",), ("devnet",)])
def test_every_flag_has_its_help(verb):
    command = main.commands[verb[0]] if verb else main
    silent = [
        option.name
        for option in command.params
        if isinstance(option, click.Option) and option.expose_value and not option.help
    ]
    assert silent == ([] if verb != ("export-blocks",) else ["first"])


def test_two_runtimes_to_begin_with_are_one_too_many(run, tmp_path):
    (tmp_path / "next").write_bytes(next_code())
    result = run("build-spec", "--spec", "185", "--runtime", str(tmp_path / "next"))
    assert result.exit_code == 2
    assert "--spec and --runtime both say what to begin with" in result.stderr


@pytest.mark.parametrize("flag", ["--spec", "--runtime"])
def test_a_chain_spec_file_has_its_runtime_already(run, tmp_path, flag):
    file, code = tmp_path / "spec.json", tmp_path / "next"
    file.write_text(run("build-spec", "--chain", "dev").stdout)
    code.write_bytes(next_code())
    value = "185" if flag == "--spec" else str(code)
    result = run("build-spec", "--chain", str(file), flag, value)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {flag} is for presets; {file} says itself which runtime it has\n"
    )


def test_a_raw_spec_begins_the_same_chain(run, tmp_path):
    file = tmp_path / "raw.json"
    file.write_text(run("build-spec", "--chain", "local", "--raw").stdout)
    again = run("build-spec", "--chain", str(file), "--raw", "--disable-default-bootnode")
    assert again.stdout == file.read_text()
    spec = parse_spec(again.stdout)
    assert isinstance(spec.genesis, RawGenesis)
    assert genesis_of(spec) == genesis_of(preset("local", installed_archive()))


def test_a_chain_that_is_nowhere_is_one_clear_line(run):
    result = run("build-spec", "--chain", "mars")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: mars is neither a file nor one of: dev, local\n"


def test_a_spec_with_a_bad_field_names_it(run, tmp_path):
    file = tmp_path / "spec.json"
    document = json.loads(run("build-spec", "--chain", "dev").stdout)
    document["clock"] = {"originMs": 0, "rate": 0}
    file.write_text(json.dumps(document))
    result = run("--chain", str(file), "--tmp")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {file}: clock.rate: must be from 1 to 1000\n"


def test_a_spec_that_is_no_json_is_named(run, tmp_path):
    file = tmp_path / "spec.json"
    file.write_text("{bad")
    result = run("build-spec", "--chain", str(file))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {file}: not JSON: ")


def test_a_file_that_cannot_be_written_is_one_clear_line(run, tmp_path):
    absent = tmp_path / "absent" / "runtime"
    result = run("runtime", "build", "-o", str(absent))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {absent}: No such file or directory; choose")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has this device")
@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("key", "generate"), "the output"),
        (("runtime", "build", "-o", "/dev/full"), "/dev/full"),
    ],
)
def test_a_full_disk_is_one_clear_line(arguments, place):
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "node", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (result.returncode, result.stderr) == (
        1,
        f"Error: {place}: No space left on device; choose another path, or make room for it\n",
    )


def test_a_node_key_that_cannot_be_written_leaves_no_file(tmp_path, monkeypatch):
    """Its place would look like that of a key, and no later start would make one."""

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(IdentityError, match="No space left on device"):
        load_node_key(tmp_path / "secret")
    assert list(tmp_path.iterdir()) == []


def test_key_inspect_knows_alice(run):
    result = run("key", "inspect", "//Alice", "--output-type", "json")
    assert json.loads(result.stdout)["ss58Address"] == ALICE
    assert f"SS58 Address:      {ALICE}" in run("key", "inspect", "//Alice").stdout


def test_key_inspect_says_what_a_secret_looks_like_and_not_what_was_given(run):
    result = run("key", "inspect", "no such phrase")
    assert result.exit_code == 1
    assert "phrase, a seed in hex, or a path" in result.stderr
    assert "no such phrase" not in result.output


def test_a_generated_phrase_leads_to_its_key(run):
    made = json.loads(run("key", "generate", "--words", "24", "--output-type", "json").stdout)
    phrase = made.pop("secretPhrase")
    assert len(phrase.split()) == 24
    again = json.loads(run("key", "inspect", phrase, "--output-type", "json").stdout)
    assert again == made


def test_a_node_key_is_made_once_and_kept(run, tmp_path):
    file = tmp_path / "network" / "secret"
    first = run("key", "generate-node-key", "--file", str(file))
    assert load_node_key(file).peer_id == first.stderr.strip()
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("key", "generate-node-key", "--file", str(file)).exit_code == 1

    loose = run("key", "generate-node-key")
    assert NodeKey.from_seed(bytes.fromhex(loose.stdout.strip())).peer_id == loose.stderr.strip()


def test_a_node_key_may_be_hex_and_must_be_whole(tmp_path):
    file = tmp_path / "secret"
    file.write_text("0x" + "02" * 32 + "\n")
    assert load_node_key(file) == load_node_key(None, b"\2" * 32)
    file.write_text("02")
    with pytest.raises(IdentityError, match="does not hold a node key"):
        load_node_key(file)


def test_purge_chain_removes_the_database_and_no_keys(run, tmp_path):
    chain = tmp_path / "chains" / "dev"
    for part in ("db", "keystore"):
        (chain / part).mkdir(parents=True)
    result = run("purge-chain", "--dev", "--base-path", str(tmp_path), "-y")
    assert result.stdout == f"{chain / 'db'} removed.\n"
    assert [path.name for path in chain.iterdir()] == ["keystore"]
    again = run("purge-chain", "--dev", "--base-path", str(tmp_path), "-y")
    assert again.stdout == f"{chain / 'db'} did not exist.\n"


def test_purge_chain_removes_a_database_that_was_never_finished(run, tmp_path):
    """A node that was killed while it took over a snapshot leaves one beside the place."""
    chain = tmp_path / "chains" / "dev"
    (chain / "db.unfinished").mkdir(parents=True)
    result = run("purge-chain", "--dev", "--base-path", str(tmp_path), "-y")
    assert result.stdout == f"{chain / 'db.unfinished'} removed.\n"
    assert list(chain.iterdir()) == []


def test_purge_chain_leaves_a_database_in_use_alone(run, tmp_path):
    database = tmp_path / "chains" / "dev" / "db"
    code = (
        "import sys, pathlib; from storage.leveldb import LevelKv\n"
        "kv = LevelKv(pathlib.Path(sys.argv[1])); print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "open\n"
        result = run("purge-chain", "--dev", "--base-path", str(tmp_path), "-y")
        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: the database at {database} is in use; stop the")
        assert (database / "CURRENT").exists()
        other.communicate("\n")
    assert run("purge-chain", "--dev", "--base-path", str(tmp_path), "-y").exit_code == 0
    assert not database.exists()
