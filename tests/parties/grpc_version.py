"""Prints a miner's firmware as grpc-requests reads it: `grpc_version.py HOST:PORT`."""

import json
import sys

from grpc_requests import Client

client = Client(sys.argv[1])
login = client.request(
    "braiins.bos.v1.AuthenticationService", "Login", {"username": "root", "password": "root"}
)
details = client.request(
    "braiins.bos.v1.MinerService",
    "GetMinerDetails",
    {},
    metadata=[("authorization", login["token"])],
)
print(json.dumps({"version": details["bos_version"]["current"]}))
