"""The shipped scenarios: each loads, draws many scenes, says what it is, and is as rich as it claims."""

from __future__ import annotations

import functools
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
import yaml

from simgen.errors import ScenarioError
from simgen.models import build_site
from simgen.resources import scenarios_dir
from simgen.scenario import Scenario, Scene, list_scenarios
from simgen.scenario.draws import Draws
from simgen.scenario.linting import lint

IDS = [name for name, _, _ in list_scenarios()]
SEED = 17
DRAWS = 50
LINTED = 30
ACCEPTED = 0.3
"""Least share of the draws that has to meet what a scenario requires."""


class Drawn(NamedTuple):
    """A scenario, some of its scenes, and the share of first attempts that met its requirements."""

    scenario: Scenario
    scenes: list[Scene]
    accepted: float


@functools.cache
def drawn_of(name: str) -> Drawn:
    scenario = Scenario.load(name)
    scenes, first = [], 0
    for k in range(DRAWS):
        scene = scenario.compose(scenario.begin(SEED, k, Draws))
        if scenario.failing(scene):
            scene = scenario.draw(SEED, k)
        else:
            first += 1
        scenes.append(scene)
    return Drawn(scenario, scenes, first / DRAWS)


def scenes_of(name: str) -> list[Scene]:
    return drawn_of(name).scenes


@pytest.fixture(scope="module", params=IDS)
def drawn(request: pytest.FixtureRequest) -> Drawn:
    return drawn_of(request.param)


ARMS = {
    "robotics/arm_reach_moving_obstacle": "reach",
    "robotics/bin_pick_steam": "pick_place",
    "robotics/shelf_pick_backlight": "pick_place",
    "robotics/tabletop_clutter_low_light": "pick_place",
    "robotics/tabletop_specular_glare": "pick_place",
}
"""Scenarios whose ego is an arm, and what it does."""


def test_the_library_lists_scenarios_and_not_parts() -> None:
    assert {"driving/lost_cargo", "robotics/warehouse_blackout"} <= set(IDS)
    assert sorted(IDS) == IDS
    assert len(IDS) >= 32
    assert {name.partition("/")[0] for name in IDS} == {"driving", "robotics"}
    for name, _, path in list_scenarios():
        assert path == scenarios_dir() / f"{name}.yaml"


def extended(path: str) -> Iterator[str]:
    """The shipped files that a shipped file extends, and those that these extend."""
    parts = yaml.safe_load((scenarios_dir() / path).read_text(encoding="utf-8")).get("extends", [])
    for part in [parts] if isinstance(parts, str) else parts:
        yield part
        yield from extended(part)


def test_every_part_of_the_library_is_part_of_a_scenario() -> None:
    shipped = {p.relative_to(scenarios_dir()).as_posix() for p in scenarios_dir().glob("lib/*/*.yaml")}
    used = {part for name in IDS for part in extended(f"{name}.yaml")}
    assert len(used) > 10
    assert shipped - used == set()


@pytest.mark.parametrize("name", IDS)
def test_each_says_what_happens_why_it_is_an_edge_case_and_by_what_source(name: str) -> None:
    description = Scenario.load(name).description
    told, _, source = description.partition("Source: ")
    assert len(told.split()) > 30
    assert re.search(r"edge case because \w+", told)
    assert re.search(r"\d\d", source), "a source has a year, or the number of a standard or test"
    assert description.endswith(".")


@pytest.mark.parametrize("name", IDS)
def test_each_requires_something_for_a_reason_and_plans_its_samples(name: str) -> None:
    scenario = Scenario.load(name)
    assert len(scenario.requirements) >= 2
    assert all(len(r.why.split()) >= 3 for r in scenario.requirements)
    assert {"explore", "cover"} <= set(scenario.plan_names)
    for plan in scenario.plan_names:
        count = scenario.plan(plan).count
        assert count >= 8
        for k in range(0, count, max(1, count // 16)):  # a plan must not hold what no draw can meet
            assert scenario.draw(SEED, k, plan).plan == plan


def test_every_draw_is_a_whole_scene(drawn: Drawn) -> None:
    for scene in drawn.scenes:
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
    assert 3.0 <= drawn.scenario.duration_s <= 15.0


def looks(scene: Scene) -> Scene:
    """A scene without the record of what was drawn: what is left is what is simulated."""
    return replace(scene, index=0, params={})


def test_no_two_draws_are_alike(drawn: Drawn) -> None:
    assert len({looks(s).to_json() for s in drawn.scenes}) == DRAWS


def test_requirements_leave_enough_of_what_is_drawn(drawn: Drawn) -> None:
    assert drawn.accepted >= ACCEPTED


def test_each_is_free_of_lint(drawn: Drawn) -> None:
    assert lint(drawn.scenario.id, LINTED).findings == ()


class Mirrored(Draws):
    """Draws in which one parameter comes from the other end of its distribution."""

    name = ""

    def uniform(self, path: str) -> float:
        own = f"params.{self.name}"
        uniform = super().uniform(path)
        return 1.0 - uniform if path == own or path.startswith((f"{own}.", f"{own}[")) else uniform


def test_every_parameter_changes_what_is_simulated(drawn: Drawn) -> None:
    scenario = drawn.scenario
    drawn_once = {f.name.removeprefix("params.") for f in scenario.param_space() if f.name.startswith("params.")}
    for name in sorted(drawn_once):
        changed = 0
        for k in range(12):
            plain = scenario.compose(scenario.begin(SEED, k, Draws))
            draws = scenario.begin(SEED, k, Mirrored)
            draws.name = name
            other = scenario.compose(draws)
            named = any(name in step.units for step in plain.timeline)
            moved = plain.params[f"params.{name}"] != other.params[f"params.{name}"]
            changed += moved and (named or looks(plain) != looks(other))
        assert changed, f"{name!r} changes nothing but the record of its own draws"


def test_the_surround_rig_sees_all_round_and_names_its_cameras_by_where_they_look() -> None:
    """Every direction is in the field of a camera, and neighbours overlap as on nuScenes' cars."""
    cameras = {c.name: c for c in scenes_of("driving/cut_in_wet_road")[0].cameras}
    assert list(cameras) == ["front", "front_left", "front_right", "back_left", "back_right", "back"]
    assert {(c.actor, c.mount) for c in cameras.values()} == {("ego", "roof")}
    for degrees in range(-180, 180):
        apart = [abs((degrees - math.degrees(c.yaw_rad) + 180.0) % 360.0 - 180.0) for c in cameras.values()]
        assert any(a < math.degrees(c.hfov_rad) / 2.0 for a, c in zip(apart, cameras.values(), strict=True)), degrees
    for name, c in cameras.items():
        assert ("left" in name) == (c.offset_m[1] > 0.0)
        assert ("left" in name) == (0.0 < c.yaw_rad < math.pi)
        assert name.startswith("front") == (c.offset_m[0] > 0.0) == (abs(c.yaw_rad) < math.pi / 2.0)


def test_the_stereo_rig_is_one_camera_twice_0_12_m_apart() -> None:
    left, right = scenes_of("robotics/field_robot_flooded_furrow")[0].cameras
    assert (left.name, right.name) == ("left", "right")
    assert math.dist(left.offset_m, right.offset_m) == pytest.approx(0.12)
    assert left.offset_m[1] > right.offset_m[1]
    assert replace(left, name="", offset_m=(0.0, 0.0, 0.0)) == replace(right, name="", offset_m=(0.0, 0.0, 0.0))


def test_the_first_camera_is_vga_and_sees_from_the_ego_or_stands(drawn: Drawn) -> None:
    camera = drawn.scenes[0].cameras[0]
    assert (camera.width, camera.height) == (640, 480)
    assert camera.actor == ("" if drawn.scenario.id in ARMS else "ego")


def test_the_ego_acts(drawn: Drawn) -> None:
    arm = ARMS.get(drawn.scenario.id)
    egos = [next(a for a in s.actors if a.name == "ego") for s in drawn.scenes]
    for ego in egos:
        if arm:
            assert ego.behaviour == arm == ego.acts[0].name
        else:
            assert ego.lane
            assert ego.speed_mps > 0.3
    if not arm:
        assert len({ego.speed_mps for ego in egos}) == DRAWS


def test_each_is_the_case_it_is_named_for() -> None:
    fog = scenes_of("driving/fog_highway_stalled_car")
    assert all(35.0 <= s.conditions.fog.mor_m <= 200.0 for s in fog)
    assert all({"stalled", "ego"} <= {a.name for a in s.actors} for s in fog)
    flood = scenes_of("driving/flooded_underpass_night")
    assert all(s.conditions.water is not None and s.conditions.light.natural_lx < 0.01 for s in flood)
    flash = scenes_of("driving/flash_flood_crossing")
    assert all(s.conditions.water is not None and s.conditions.water.rise_mps >= 0.03 for s in flash)
    dark = scenes_of("robotics/warehouse_blackout")
    assert all(s.conditions.light.room_lights_lx <= 1.0 for s in dark)
    assert all(next(a for a in s.actors if a.name == "ego").lights == ("head",) for s in dark)
    wet = scenes_of("robotics/warehouse_flooded_floor")
    assert all(s.conditions.water is not None and s.conditions.water.depth_m <= 0.15 for s in wet)
    fallen = scenes_of("robotics/fallen_pallets")
    assert all(sum(a.position_m[2] > 0.3 for a in s.actors) >= 3 for s in fallen)
    cargo = scenes_of("driving/lost_cargo")
    assert all(sum(a.model in ("box", "pallet", "tyre", "branch", "cone") for a in s.actors) >= 7 for s in cargo)
    storm = scenes_of("driving/tornado_debris")
    assert all(s.conditions.tornado is not None and 1 <= s.conditions.tornado.ef_class <= 3 for s in storm)
    assert all(sum(a.model.startswith("debris.") for a in s.actors) >= 5 for s in storm)
    litter = scenes_of("driving/plastic_bag_on_highway")
    assert all(s.conditions.wind.speed_mps >= 3.0 for s in litter)
    assert all(sum(a.model == "debris.plastic_bag" for a in s.actors) >= 3 for s in litter)
    rescue = scenes_of("driving/stopped_fire_engine")
    engines = [next(a for a in s.actors if a.name == "engine") for s in rescue]
    assert all(e.model == "fire_engine" and e.speed_mps == 0.0 for e in engines)
    assert 0.4 < sum("beacon" in e.lights for e in engines) / DRAWS < 1.0
    gale = scenes_of("driving/crosswind_van")
    assert all(8 <= s.conditions.wind.beaufort <= 11 for s in gale)


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
    for scene in scenes_of(scenario_id):
        assert next(a for a in scene.actors if a.name == actor).behaviour == behaviour


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
    # The first process after an edit builds geometry anew, which takes a compiler; what it built is kept.
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
