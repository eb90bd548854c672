"""``/technician``: the node, its devices one by one, and the devices that are simulated."""

from edge_node.technician.controllers.configuring import ConfiguringPages
from edge_node.technician.controllers.devices import DeviceLive, DevicePages
from edge_node.technician.controllers.node import NodeController, TechnicianLive, TechnicianPages
from edge_node.technician.controllers.pairing import PairingPages
from edge_node.technician.controllers.simulators import SimulatorPages

controllers = [
    NodeController,
    TechnicianPages,
    TechnicianLive,
    DevicePages,
    DeviceLive,
    SimulatorPages,
    ConfiguringPages,
    PairingPages,
]
