"""Which faults a seed brings, and how often: some seeds know only a few of them, so that rare pairs meet too."""

from random import Random

import msgspec


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """Probabilities: of the line per request, of the rest per office and step (of the hub: per step)."""

    # the line
    lost: float = 0.05
    answer_lost: float = 0.05
    doubled: float = 0.05
    delayed: float = 0.04
    replayed: float = 0.02
    cut: float = 0.04
    clogged: float = 0.01  # every office is cut, and mended one by one in another order
    # machines of offices
    node_power: float = 0.05
    node_backup: float = 0.03
    node_restore: float = 0.015
    node_cloned: float = 0.003
    node_full: float = 0.01
    clock_wrong: float = 0.01
    rotten: float = 0.003  # a bit of a document of the replica turns
    # the hub
    hub_power: float = 0.05
    hub_backup: float = 0.03
    hub_restore: float = 0.01
    hub_full: float = 0.01
    compacted: float = 0.03
    # people and programs
    poison: float = 0.02
    forger: float = 0.01
    erased: float = 0.03
    retired: float = 0.002
    other_versions: float = 0.3  # of a node, once: it speaks an earlier or a later version

    def present(self, random: Random) -> "Weather":
        """What of it one seed knows: each fault with odds of two to one, up to three times as often."""
        drawn = {
            name: rate * random.choice((1, 1, 3)) if random.random() < 0.66 else 0.0
            for name, rate in msgspec.structs.asdict(self).items()
        }
        return Weather(**drawn)


STORMY = Weather()
CALM = Weather(**dict.fromkeys(Weather.__struct_fields__, 0.0))
