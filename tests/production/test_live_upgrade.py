"""Whole nodes whose chain begins with the production code of spec 185 go on with this release."""

from dataclasses import replace

import pytest

from genesis.spec import CODE_KEY
from node.devnet.run import SETTINGS
from tests.support.live_devnet import play
from tests.support.specs import CODE_185, state_with_code


@pytest.mark.parametrize(
    "name", ["upgrade-plain", "upgrade-decode-all", "upgrade-subscribers", "upgrade-sync"]
)
async def test_from_the_production_code_to_this_release(tmp_path, monkeypatch, name):
    code = state_with_code(CODE_185)[CODE_KEY]
    monkeypatch.setitem(SETTINGS, name, replace(SETTINGS[name], code=lambda: code))
    report = await play(tmp_path, name)
    assert report.failures == []
    assert report.versions[0] == 185
