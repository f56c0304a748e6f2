"""Hypothesis profiles, and async tests run under trio with an autojump clock."""

import inspect
import os
from functools import wraps

import pytest
import trio
import trio.testing
from hypothesis import HealthCheck, settings

settings.register_profile(
    "dev", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.fixture
def autojump_clock():
    """A virtual clock that jumps to the next deadline as soon as every task waits."""
    return trio.testing.MockClock(autojump_threshold=0)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run `async def` tests under trio, on the test's autojump clock if it asks for one."""
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        function = pyfuncitem.obj
        clock = pyfuncitem.funcargs.get("autojump_clock")

        @wraps(function)
        def run(**kwargs):
            trio.run(lambda: function(**kwargs), clock=clock)

        pyfuncitem.obj = run
