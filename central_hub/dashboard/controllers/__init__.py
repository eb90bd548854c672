"""The city's pages, and their figures for programs."""

from central_hub.dashboard.controllers.city import CityFigures, CityPages
from central_hub.dashboard.controllers.erasures import ErasurePages
from central_hub.dashboard.controllers.halls import HallPages
from central_hub.dashboard.controllers.pairings import PairingPages
from central_hub.dashboard.controllers.quarantine import QuarantinePages

controllers = [CityPages, CityFigures, HallPages, QuarantinePages, ErasurePages, PairingPages]
