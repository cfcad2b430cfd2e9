"""The shipped scenarios: each loads, draws many scenes, says what it is, and is as rich as it claims."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from simgen.errors import ScenarioError
from simgen.models import build_site
from simgen.resources import scenarios_dir
from simgen.scenario import Scenario, Scene, list_scenarios

IDS = [name for name, _, _ in list_scenarios()]
DRAWS = 25


@pytest.fixture(scope="module", params=IDS)
def drawn(request: pytest.FixtureRequest) -> tuple[Scenario, list[Scene]]:
    scenario = Scenario.load(request.param)
    return scenario, [scenario.draw(17, k) for k in range(DRAWS)]


ARMS = {"robotics/arm_reach_moving_obstacle": "reach", "robotics/tabletop_clutter_low_light": "pick_place"}
"""Scenarios whose ego is an arm, and what it does."""


def test_the_library_lists_scenarios_and_not_parts() -> None:
    assert {
        "driving/child_dart_out_between_parked_cars",
        "driving/cut_in_wet_road",
        "driving/deer_at_dusk",
        "driving/flash_flood_crossing",
        "driving/flooded_underpass_night",
        "driving/fog_patch_convoy",
        "driving/plastic_bag_on_highway",
        "driving/stopped_fire_engine",
        "driving/work_zone_cones",
        "driving/wrong_way_driver",
        "driving/fog_highway_stalled_car",
        "driving/lost_cargo",
        "robotics/fallen_pallets",
        "robotics/warehouse_blackout",
        "robotics/warehouse_flooded_floor",
    } <= set(IDS)
    assert sorted(IDS) == IDS
    assert not any(name.startswith("lib/") for name in IDS)
    for name, description, path in list_scenarios():
        assert path == scenarios_dir() / f"{name}.yaml"
        assert len(description.split()) > 30
        assert "edge case because" in description


def test_every_draw_is_a_whole_scene(drawn: tuple[Scenario, list[Scene]]) -> None:
    scenario, scenes = drawn
    for scene in scenes:
        assert Scene.from_json(scene.to_json()) == scene
        names = [a.name for a in scene.actors]
        assert len(set(names)) == len(names)
        assert "ego" in names
        assert len(names) >= 5
        bounds = build_site(scene.site.name, scene.site.params).bounds
        for actor in scene.actors:
            assert bounds.x_min_m <= actor.position_m[0] <= bounds.x_max_m
            assert bounds.y_min_m <= actor.position_m[1] <= bounds.y_max_m
            assert all(map(math.isfinite, (*actor.position_m, actor.yaw_rad, actor.speed_mps)))
    assert len({s.to_json() for s in scenes}) == DRAWS
    assert 3.0 <= scenario.duration_s <= (15.0 if scenario.id in ARMS else 6.0)


def test_the_rig_is_a_vga_camera_on_the_ego(drawn: tuple[Scenario, list[Scene]]) -> None:
    scenario, scenes = drawn
    camera = scenes[0].cameras[0]
    if scenario.id in ARMS:  # their cameras stand in the room
        assert (camera.name, camera.width, camera.height, camera.actor) == ("front", 640, 480, "")
        return
    assert len(scenes[0].cameras) == 1
    assert (camera.name, camera.width, camera.height, camera.rate_hz) == ("front", 640, 480, 10.0)
    assert camera.actor == "ego"
    assert camera.mount in ("windscreen", "front")


def test_the_ego_drives(drawn: tuple[Scenario, list[Scene]]) -> None:
    scenario, scenes = drawn
    for scene in scenes:
        ego = next(a for a in scene.actors if a.name == "ego")
        if scenario.id in ARMS:
            assert ego.behaviour == ARMS[scenario.id] == ego.acts[0].name
            assert Scene.from_json(scene.to_json()) == scene
            continue
        assert ego.behaviour == "keep_speed"
        assert ego.lane
        assert ego.speed_mps > 0.3
    if scenario.id not in ARMS:
        assert len({next(a for a in s.actors if a.name == "ego").speed_mps for s in scenes}) == DRAWS


def test_each_is_the_case_it_is_named_for() -> None:
    fog = [Scenario.load("driving/fog_highway_stalled_car").draw(1, k) for k in range(DRAWS)]
    assert all(35.0 <= s.conditions.fog.mor_m <= 200.0 for s in fog)
    assert all({"stalled", "ego"} <= {a.name for a in s.actors} for s in fog)
    flood = [Scenario.load("driving/flooded_underpass_night").draw(1, k) for k in range(DRAWS)]
    assert all(s.conditions.water is not None and s.conditions.light.natural_lx < 0.01 for s in flood)
    flash = [Scenario.load("driving/flash_flood_crossing").draw(1, k) for k in range(DRAWS)]
    assert all(s.conditions.water is not None and s.conditions.water.rise_mps >= 0.03 for s in flash)
    dark = [Scenario.load("robotics/warehouse_blackout").draw(1, k) for k in range(DRAWS)]
    assert all(s.conditions.light.room_lights_lx <= 1.0 for s in dark)
    assert all(next(a for a in s.actors if a.name == "ego").lights == ("head",) for s in dark)
    wet = [Scenario.load("robotics/warehouse_flooded_floor").draw(1, k) for k in range(DRAWS)]
    assert all(s.conditions.water is not None and s.conditions.water.depth_m <= 0.15 for s in wet)
    fallen = [Scenario.load("robotics/fallen_pallets").draw(1, k) for k in range(DRAWS)]
    assert all(sum(a.position_m[2] > 0.3 for a in s.actors) >= 3 for s in fallen)
    cargo = [Scenario.load("driving/lost_cargo").draw(1, k) for k in range(DRAWS)]
    assert all(sum(a.model in ("box", "pallet", "tyre", "branch", "cone") for a in s.actors) >= 7 for s in cargo)


@pytest.mark.parametrize(
    ("scenario_id", "actor", "behaviour"),
    [
        ("driving/child_dart_out_between_parked_cars", "child", "cross"),
        ("driving/cut_in_wet_road", "cutter", "cut_in"),
        ("driving/deer_at_dusk", "leaper", "cross"),
        ("driving/fog_patch_convoy", "first", "brake_on_cue"),
        ("driving/stopped_fire_engine", "lead", "cut_in"),
        ("driving/work_zone_cones", "merger", "cut_in"),
        ("driving/wrong_way_driver", "ghost", "oncoming"),
    ],
)
def test_somebody_does_what_the_case_is_about(scenario_id: str, actor: str, behaviour: str) -> None:
    for k in range(5):
        scene = Scenario.load(scenario_id).draw(1, k)
        assert next(a for a in scene.actors if a.name == actor).behaviour == behaviour

    storm = [Scenario.load("driving/tornado_debris").draw(1, k) for k in range(DRAWS)]
    assert all(s.conditions.tornado is not None and 1 <= s.conditions.tornado.ef_class <= 3 for s in storm)
    assert all(sum(a.model.startswith("debris.") for a in s.actors) >= 5 for s in storm)
    litter = [Scenario.load("driving/plastic_bag_on_highway").draw(1, k) for k in range(DRAWS)]
    assert all(s.conditions.wind.speed_mps >= 3.0 for s in litter)
    assert all(sum(a.model == "debris.plastic_bag" for a in s.actors) >= 3 for s in litter)
    rescue = [Scenario.load("driving/stopped_fire_engine").draw(1, k) for k in range(DRAWS)]
    engines = [next(a for a in s.actors if a.name == "engine") for s in rescue]
    assert all(e.model == "fire_engine" and e.speed_mps == 0.0 for e in engines)
    assert 0.4 < sum("beacon" in e.lights for e in engines) / DRAWS < 1.0
    gale = [Scenario.load("driving/crosswind_van").draw(1, k) for k in range(DRAWS)]
    assert all(8 <= s.conditions.wind.beaufort <= 11 for s in gale)


def test_a_shipped_scenario_has_its_own_id_and_a_description(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = scenarios_dir() / "driving" / "lost_cargo.yaml"
    text = path.read_text(encoding="utf-8")
    assert Scenario.load(path) == Scenario.load("driving/lost_cargo")
    moved = tmp_path_factory.mktemp("own") / "mine.yaml"
    moved.write_text(text.replace("id: driving/lost_cargo\n", ""), encoding="utf-8")
    mine = Scenario.load(moved)
    assert (mine.id, mine.digest) == ("mine", Scenario.load(path).digest)
    moved.write_text(text.replace("id: driving/lost_cargo", "id: Lost"), encoding="utf-8")
    with pytest.raises(ScenarioError, match="'Lost' is not an id"):
        Scenario.load(moved)


def test_reading_scenarios_needs_no_physics_compiler_or_scipy() -> None:
    code = (
        "import sys; from simgen.scenario import Scenario; Scenario.load('robotics/warehouse_blackout').draw(0, 0);"
        "print([m for m in ('numba', 'pybullet', 'scipy.stats', 'h5py', 'cv2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
