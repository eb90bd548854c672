"""An office and a hub that serve for the tests of one file."""

from collections.abc import Iterator

import pytest

from tests.support.houses import House, hub_house, node_house


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with node_house(tmp_path_factory.mktemp("office")) as house:
        yield house


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with hub_house(tmp_path_factory.mktemp("hub")) as house:
        yield house


@pytest.fixture(params=["office", "hub"])
def house(request: pytest.FixtureRequest) -> House:
    """The office, then the hub."""
    found: House = request.getfixturevalue(request.param)
    return found
