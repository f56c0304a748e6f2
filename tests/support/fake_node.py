"""A stand-in for a node's process: speaks enough JSON-RPC to be watched, and dies on request.

python fake_node.py RPC_PORT PEERS MODE      MODE: polite, stubborn (ignores SIGTERM), broken
"""

import json
import signal
import sys
import time

from websockets.sync.server import serve

HEADER = {
    "parentHash": "0x" + "11" * 32,
    "number": "0x7",
    "stateRoot": "0x" + "22" * 32,
    "extrinsicsRoot": "0x" + "33" * 32,
    "digest": {"logs": []},
}


def answer(connection, request, peers):
    match request["method"]:
        case "system_health":
            return {"result": {"peers": peers, "isSyncing": False, "shouldHavePeers": True}}
        case "chain_getHeader":
            return {"result": HEADER}
        case "chain_getBlockHash":
            return {"result": None}
        case "author_pendingExtrinsics":
            return {"result": []}
        case "chain_subscribeNewHeads":
            connection.pending = [{**HEADER, "number": hex(number)} for number in range(7, 12)]
            return {"result": "heads"}
        case "author_submitExtrinsic":
            error = {"code": 1010, "message": "Invalid Transaction", "data": "outdated"}
            return {"error": error}
        case "long":
            return {"result": "x" * 300_000}
        case "hang":
            return None
        case _:
            return {"error": {"code": -32601, "message": "Method not found"}}


def talk(connection, peers):
    connection.pending = []
    for message in connection:
        request = json.loads(message)
        reply = answer(connection, request, peers)
        if reply is not None:
            connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], **reply}))
        for head in connection.pending:
            params = {"subscription": "heads", "result": head}
            note = {"jsonrpc": "2.0", "method": "chain_newHead", "params": params}
            connection.send(json.dumps(note))
        connection.pending = []


def main(port, peers, mode):
    print("fake node says hello", flush=True)
    if mode == "broken":
        print("Error: the database is broken", flush=True)
        sys.exit(3)
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with serve(lambda connection: talk(connection, int(peers)), "127.0.0.1", int(port)) as server:
        server.serve_forever()
    time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
