"""Which pages and which addresses get what."""

import pytest

from node.rpc.policy import LOCAL_PAGES, Origins, UnsafeMethods


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "http://localhost",
        "http://localhost:3000",
        "https://127.0.0.1:1",
        "https://polkadot.js.org",
    ],
)
def test_local_pages_and_programs_are_welcome(origin):
    assert LOCAL_PAGES.allow(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://localhost:3000.evil.example",
        "http://localhost:",
        "https://polkadot.js.org.evil.example",
        "null",
    ],
)
def test_other_pages_are_not(origin):
    assert not LOCAL_PAGES.allow(origin)


def test_origins_of_the_command_line():
    assert Origins.parse("all").allow("https://evil.example")
    chosen = Origins.parse("https://a.example, null")
    assert [chosen.allow(origin) for origin in ("https://a.example", "null", "https://b")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("setting", "host", "allowed"),
    [
        ("auto", "127.0.0.1", True),
        ("auto", "::1", True),
        ("auto", "0.0.0.0", False),
        ("auto", "192.168.0.1", False),
        ("safe", "127.0.0.1", False),
        ("unsafe", "0.0.0.0", True),
    ],
)
def test_unsafe_methods_by_listening_address(setting, host, allowed):
    assert UnsafeMethods(setting).allowed_at(host) is allowed
