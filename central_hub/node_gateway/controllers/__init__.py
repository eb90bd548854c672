"""The replication over HTTP: every request signed by a node over method, target, body and nonce."""

from central_hub.node_gateway.controllers.blobs import BlobController
from central_hub.node_gateway.controllers.digests import DigestController
from central_hub.node_gateway.controllers.erasures import ErasureController
from central_hub.node_gateway.controllers.halls import HallController
from central_hub.node_gateway.controllers.keys import KeyController
from central_hub.node_gateway.controllers.sync import SyncController

controllers = [SyncController, KeyController, BlobController, DigestController, ErasureController, HallController]
