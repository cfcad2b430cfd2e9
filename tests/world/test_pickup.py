"""A pickup's bed in physics: what lies in it stays there, standing and on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world_fakes import actor, scene

from simgen.scenario.scene import SiteSpec
from simgen.world import World


@pytest.mark.parametrize("speed_mps", [0.0, 12.0])
@pytest.mark.parametrize("load", ["box", "tote", "tyre"])
def test_a_load_rests_on_the_floor_of_the_bed(load: str, speed_mps: float) -> None:
    behaviour = "keep_speed" if speed_mps else "parked"
    car = actor("ego", "pickup.double_cab", -20.0, -1.75, speed_mps=speed_mps, behaviour=behaviour, lane="main.0")
    cargo = actor("load", load, -21.85, -1.75, 0.9, speed_mps=speed_mps)
    with World(replace(scene(car, cargo, settle_s=1.0), site=SiteSpec("road.straight"))) as world:
        for _ in range(2 * 240):
            world.step()
        T_car, T_load = world.snapshot().T_world_object
        behind, _, up = T_car[:3, :3].T @ (T_load[:3, 3] - T_car[:3, 3])
        assert -2.6 < behind < -1.09
        assert up == pytest.approx(0.80, abs=0.04)
