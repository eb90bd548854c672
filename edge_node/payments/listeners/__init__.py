"""What happens at the terminals: charges carried, outcomes asked for, days ended."""

from edge_node.payments.listeners.charging import ChargeRunner

__all__ = ["ChargeRunner"]
