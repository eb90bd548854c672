"""What a node's words do at the hub."""

from central_hub.node_gateway.commands.checkout import check_out, recognise
from central_hub.node_gateway.commands.hello import greet
from central_hub.node_gateway.commands.keep_blob import keep_blob
from central_hub.node_gateway.commands.push import push

__all__ = ["check_out", "greet", "keep_blob", "push", "recognise"]
