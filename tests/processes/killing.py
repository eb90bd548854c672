"""kill -9 of hub and offices under load, as often as wanted.

``python -m tests.processes.killing [--kills 1000]``: exit status 1 on anything lost, doubled or different.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.processes.city import City, Clerks
from tests.support.processes import NotInTimeError, Served

CASES_BETWEEN_MAX = 4
CHECK_EVERY = 50


def kill_often(city: City, *, kills: int, seed: int) -> None:
    """Kill hub or office, or both, at moments of their work, and start them again; the city must stay one.

    Raises NotInTimeError with what is lost, doubled or different.
    """
    random = Random(seed)
    office = city.offices[0]
    done = 0
    while done < kills:
        with Clerks(office) as clerks:
            for _ in range(CHECK_EVERY):
                clerks.register(random.randint(1, CASES_BETWEEN_MAX))
                victims: list[Served] = random.choice(([city.hub], [office.process], [city.hub, office.process]))
                for victim in victims:
                    victim.kill()
                with ThreadPoolExecutor(len(victims)) as starting:
                    list(starting.map(Served.start, victims))
                done += len(victims)
                if done >= kills:
                    break
        city.check()


def main() -> int:
    parser = argparse.ArgumentParser(description="kill -9 of hub and offices under load.")
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        city = City(Path(folder))
        try:
            office = city.open_office("SHV")
            kill_often(city, kills=wanted.kills, seed=wanted.seed)
        except NotInTimeError as found:
            sys.stdout.write(f"{found}\n")
            return 1
        finally:
            city.close()
    sys.stdout.write(f"kills={wanted.kills} registrations={len(office.answered)} lost=0 doubled=0 different=0\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
