"""Drawing: keyed, independent of everything else, recorded, and every key of the language has an effect."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest
from scipy import stats

from simgen.errors import ScenarioError, UserError
from simgen.rng import Stream
from simgen.scenario import Scenario, Scene
from simgen.scenario.distortion import Distortion
from simgen.scenario.scene import STANDARD_LABELS

Read = Callable[[str], Scenario]

RICH = """\
simgen: 1
id: test/rich
params:
  gap: {uniform: [20 m, 40 m]}
  twice: {normal: {mean: $gap, sd: 3 m, clip: [15 m, 60 m]}}
site: {toy.road: {length: 200 m, dip: {uniform: [0.5 m, 1.5 m]}}}
conditions:
  sun: {elevation: {uniform: [-5 deg, 40 deg]}, azimuth: {uniform: [0 deg, 90 deg]}}
  sky: {clouds: {uniform: [0, 1]}}
  fog: {mor: {log_uniform: [30 m, 300 m]}}
  water: {region: dip, depth: {uniform: [0.1 m, 0.4 m]}, flow: {uniform: [0 m/s, 1 m/s]}, direction: 90 deg}
actors:
  ego: {model: toy.car, place: {lane: main.0, s: 40 m}, speed: {uniform: [30 km/h, 60 km/h]}}
  other: {model: toy, include: {bernoulli: 0.5}, place: {ahead_of: ego, by: $twice, offset: {uniform: [-1 m, 1 m]}}}
  things: {model: toy.block, count: {poisson: {mean: 4, max: 9}}, place: {in: verge}}
sensors:
  front: {camera: {width: 64, height: 48, hfov: {uniform: [60 deg, 90 deg]}}, mount: ego.windscreen}
duration: 2 s
"""


def test_the_same_sample_is_the_same_and_others_differ(of: Read) -> None:
    scenario = of(RICH)
    assert scenario.draw(5, 3) == of(RICH).draw(5, 3)
    texts = {scenario.draw(s, k).to_json() for s in range(4) for k in range(8)}
    assert len(texts) == 32


def test_another_process_draws_the_same(of: Read) -> None:
    code = (
        "from simgen.scenario import Scenario; s = Scenario.load('robotics/warehouse_blackout');"
        "print(s.draw(5, 3).to_json())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": h},
        ).stdout
        for h in ("1", "2")
    ]
    assert runs[0] == runs[1] != ""
    assert Scene.from_json(runs[0]) == Scenario.load("robotics/warehouse_blackout").draw(5, 3)


def test_scenes_survive_json(of: Read) -> None:
    for k in range(20):
        scene = of(RICH).draw(2, k)
        assert Scene.from_json(scene.to_json()) == scene
        assert json.loads(scene.to_json())["scenario_id"] == "test/rich"


ADDITIONS = [
    ("params:\n", "params:\n  aaa: {uniform: [0 m, 1 m]}\n"),
    ("conditions:\n", "conditions:\n  street_lights: {illuminance: {uniform: [0 lx, 9 lx]}}\n"),
    ("conditions:\n", "conditions:\n  surface: {film: {uniform: [0 mm, 2 mm]}}\n"),
    ("sensors:\n", "  z: {model: toy.walker, place: {at: [-30 m, 9 m]}, speed: {uniform: [0 m/s, 2 m/s]}}\nsensors:\n"),
    ("sensors:\n", "sensors:\n  roof: {camera: {width: 32, height: 32, hfov: 80 deg}, mount: ego.roof}\n"),
    ("other: {", "other: {lights: {head: {bernoulli: 0.5}}, "),
    ("things: {", "things: {include: {bernoulli: 0.9}, colors: {carton: white}, "),
    ("fog: {", "fog: {albedo: {uniform: [0.8, 1.0]}, "),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), ADDITIONS)
def test_an_added_key_shifts_no_other_draw(of: Read, old: str, new: str) -> None:
    assert RICH.count(old) == 1
    plain, more = of(RICH), of(RICH.replace(old, new))
    for k in range(12):
        before, after = plain.draw(1, k), more.draw(1, k)
        kept = {key: after.params[key] for key in before.params if not key.endswith("colors.carton")}
        assert kept.items() <= before.params.items()
        theirs = {a.name: a for a in after.actors}
        for actor in before.actors:
            if actor.name in theirs:  # `include` may have taken one away
                assert theirs[actor.name].position_m == actor.position_m
                assert theirs[actor.name].yaw_rad == actor.yaw_rad
                assert theirs[actor.name].speed_mps == actor.speed_mps
        assert before.cameras[0] in after.cameras


def test_values_are_drawn_under_the_path_they_stand_at(of: Read) -> None:
    scene = of(RICH).draw(9, 4)
    u = Stream(9, 4, "layout").uniform
    assert scene.params["params.gap"] == 20.0 + 20.0 * u("params.gap")
    assert scene.conditions.light.clouds == u("conditions.sky.clouds")
    low, high = 30.0 / 3.6, 60.0 / 3.6
    assert scene.actors[0].speed_mps == low + (high - low) * u("actors.ego.speed")


def test_what_was_drawn_is_recorded(of: Read) -> None:
    scene = next(s for s in (of(RICH).draw(9, k) for k in range(9)) if any(a.name == "other" for a in s.actors))
    other = next(a for a in scene.actors if a.name == "other")
    ego = scene.actors[0]
    assert scene.params["params.twice"] == pytest.approx(other.position_m[0] - ego.position_m[0])
    assert scene.params["actors.other.place.offset"] == pytest.approx(other.position_m[1] - ego.position_m[1])
    assert scene.params["actors.other.model.family"] == other.model
    assert scene.params["actors.things.count"] == sum(a.name.startswith("things[") for a in scene.actors)
    assert scene.params["site.toy.road.dip"] == scene.site.params["dip_m"]
    assert scene.params["sensors.front.camera.hfov"] == scene.cameras[0].hfov_rad
    assert "actors.ego.place.s" not in scene.params  # a constant is not a draw


def test_light_and_water_follow_from_what_is_given(of: Read) -> None:
    scene = of(RICH).draw(3, 3)
    light, water = scene.conditions.light, scene.conditions.water
    assert light.natural_lx == light.usual_lx
    assert water is not None
    assert water.level_m == -scene.site.params["dip_m"] + water.depth_m
    assert (water.x_min_m, water.x_max_m, water.y_min_m, water.y_max_m) == (60.0, 160.0, -3.5, 3.5)
    speed = scene.params["conditions.water.flow"]
    assert water.current_mps == pytest.approx((0.0, speed), abs=1e-12)
    bright = of(RICH.replace("sky: {", "sky: {illuminance: 500 lx, ")).draw(3, 3)
    assert bright.conditions.light.natural_lx == 500.0
    dry = of(RICH.replace("depth: {uniform: [0.1 m, 0.4 m]}", "depth: 0 m")).draw(3, 3)
    assert dry.conditions.water is None


def test_water_rises_at_a_rate_or_through_points(of: Read) -> None:
    plan = "rise: {uniform: [1 cm/s, 3 cm/s]}"
    water = of(RICH.replace("direction: 90 deg}", f"direction: 90 deg, {plan}}}")).draw(3, 3).conditions.water
    assert water is not None
    assert 0.01 <= water.rise_mps <= 0.03
    points = "rise: [{at: 2 s, depth: {uniform: [0.5 m, 0.6 m]}}, {at: 4 s, depth: 0 m}]"
    for depth in ("depth: 0 m", "depth: 0.2 m"):
        text = RICH.replace("depth: {uniform: [0.1 m, 0.4 m]}", depth).replace("90 deg}", f"90 deg, {points}}}")
        scene = of(text).draw(3, 3)
        assert scene.conditions.water is not None
        assert [t for t, _ in scene.conditions.water.course] == [2.0, 4.0]
        assert scene.conditions.water.course[0][1] == scene.params["conditions.water.rise[0].depth"]
        assert scene.conditions.at(9.0).water is None
    assert of(RICH.replace("90 deg}", "90 deg, rise: -6 m/h}")).draw(3, 3).conditions.water.rise_mps == -6.0 / 3600.0


def test_behaviour_and_lane_follow_from_speed_and_place(of: Read, with_actor: Callable[[str], str]) -> None:
    lines = (
        "a: {model: toy.car, place: {lane: oncoming.0, s: 20 m}, speed: 5 m/s}\n"
        "b: {model: toy.car, place: {lane: main.0, s: 60 m}}\n"
        "c: {model: toy.car, place: {lane: main.0, s: 75 m, facing: 180 deg}, speed: 5 m/s}\n"
        "d: {model: toy.car, place: {ahead_of: a, by: 20 m}, speed: 5 m/s}\n"
        "e: {model: toy.walker, place: {lane: main.0, s: 90 m, facing: 90 deg}, speed: 1 m/s}\n"
        "f: {model: toy.block, place: {at: [90 m, 8 m]}, speed: 1 m/s}\n"
        "g: {model: toy.block, place: {at: [95 m, 8 m], facing: 30 deg}, behaviour: static}"
    )
    actors = {a.name: a for a in of(with_actor(lines)).draw(0, 0).actors}
    assert {n: (a.behaviour, a.lane) for n, a in actors.items()} == {
        "ego": ("keep_speed", "main.0"),
        "a": ("keep_speed", "oncoming.0"),
        "b": ("parked", ""),
        "c": ("keep_speed", ""),  # the wrong way: no lane to follow
        "d": ("keep_speed", "oncoming.0"),
        "e": ("keep_speed", ""),
        "f": ("parked", ""),  # slides: it has no drive
        "g": ("static", ""),
    }
    assert actors["a"].position_m[:2] == (140.0, 1.75)
    assert abs(actors["a"].yaw_rad) == pytest.approx(math.pi)
    assert actors["d"].position_m[:2] == pytest.approx((120.0, 1.75))
    assert actors["e"].yaw_rad == pytest.approx(math.pi / 2)
    assert actors["g"].yaw_rad == pytest.approx(math.radians(30.0))
    assert actors["f"].speed_mps == 1.0


def test_lights_and_colours(of: Read, with_actor: Callable[[str], str]) -> None:
    lines = (
        "a: {model: toy.car, place: {at: [60 m, 8 m]}, lights: {brake: true, hazard: true, head: false},"
        " colors: {paint: red}}\n"
        "b: {model: toy.walker, place: {at: [70 m, 8 m]}, colors: {top: [0.1, {uniform: [0.2, 0.4]}, 0.5]}}"
    )
    for k in range(5):
        _, a, b = of(with_actor(lines)).draw(0, k).actors
        assert a.lights == ("brake", "indicator")
        assert a.colors == {"paint": (0.38, 0.018, 0.016)}
        assert set(b.colors) == {"top", "skin"}
        red, green, blue = b.colors["top"]
        assert (red, blue) == (0.1, 0.5)
        assert 0.2 <= green <= 0.4


def test_undressed_actors_wear_plausible_colours(of: Read, base: str) -> None:
    scenario = of(base)
    paints = [scenario.draw(0, k).params["actors.ego.colors.paint"] for k in range(400)]
    counts = Counter(paints)
    assert counts.most_common(1)[0][0] == "white"
    assert stats.binomtest(counts["white"], 400, 0.35).pvalue > 1e-3
    assert {"black", "grey", "silver", "blue", "red"} <= counts.keys()
    shades = {scenario.draw(0, k).actors[0].colors["paint"] for k in range(20)}
    assert len(shades) == 20
    assert all(0.0 <= c <= 1.0 for rgb in shades for c in rgb)


def test_a_family_prefix_draws_among_its_members_alike(of: Read, with_actor: Callable[[str], str]) -> None:
    scenario = of(with_actor("a: {model: toy, place: {at: [60 m, 8 m]}}"))
    counts = Counter(scenario.draw(0, k).actors[1].model for k in range(300))
    assert sorted(counts) == ["toy.block", "toy.car", "toy.walker"]
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3


def test_params_reach_the_builders_with_their_units(of: Read, with_actor: Callable[[str], str]) -> None:
    text = with_actor(
        "a: {model: toy.car, params: {length: 500 cm, doors: {uniform: [2, 5]}, trim: gt}, place: {at: [60 m, 8 m]}}"
    )
    params = [of(text).draw(0, k).actors[1].params for k in range(80)]
    assert all(p["length_m"] == 5.0 and p["trim"] == "gt" for p in params)
    assert {p["doors"] for p in params} == {2, 3, 4, 5}
    assert all(isinstance(p["doors"], int) for p in params)


# every key with another value, and that the scene is then another
CHANGES = [
    ("length: 200 m", "length: 210 m"),
    ("duration: 2 s", "duration: 3 s"),
    ("duration: 2 s", "duration: 2 s\nphysics_rate: 480 Hz"),
    ("duration: 2 s", "duration: 2 s\nrate: 20 Hz"),
    ("duration: 2 s", "duration: 2 s\nsettle: 1 s"),
    ("duration: 2 s", "duration: 2 s\nconditions: {sun: {elevation: 3 deg}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {sun: {azimuth: 3 deg}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {sky: {clouds: 0.9}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {sky: {illuminance: 9 lx}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {street_lights: {illuminance: 9 lx}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {room_lights: {illuminance: 9 lx}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {fog: {mor: 90 m}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {fog: {albedo: 0.5}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {water: {region: dip, depth: 9 cm}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {water: {region: dip, depth: 0 m, rise: 1 cm/s}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {water: {region: dip, depth: 0 m, rise: [{at: 1 s, depth: 1 m}]}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {surface: {kind: ice}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {surface: {film: 1 mm}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {surface: {tyres: worn}}"),
    ("duration: 2 s", "duration: 2 s\nconditions: {surface: {patches: [{region: dip, kind: ice}]}}"),
    *(
        ("duration: 2 s", f"duration: 2 s\nmaterials: {{asphalt: {{{key}}}}}")
        for key in (
            "color: grey",
            "brightness: 0.8",
            "roughness: 0.5",
            "contrast: 0.9",
            "state: new",
            "wear: 1",
            "patches: 0.1",
        )
    ),
    ("duration: 2 s", "duration: 2 s\nmaterials: {markings: {state: worn}}"),
    ("s: 40 m}", "s: 41 m}"),
    ("s: 40 m}", "s: 40 m, offset: 0.1 m}"),
    ("s: 40 m}", "s: 40 m, facing: 2 deg}"),
    ("s: 40 m}", "s: 40 m, drop: 1 m}"),
    ("s: 40 m}", "s: 40 m, tumble: true}"),
    ("speed: 10 m/s", "speed: 11 m/s"),
    ("speed: 10 m/s", "speed: 10 m/s, behaviour: parked"),
    ("speed: 10 m/s", "speed: 10 m/s, lights: {head: true}"),
    ("speed: 10 m/s", "speed: 10 m/s, colors: {paint: pink}"),
    ("speed: 10 m/s", "speed: 10 m/s, params: {length: 4.5 m}"),
    ("width: 64", "width: 65"),
    ("height: 48", "height: 49"),
    ("hfov: 70 deg", "hfov: 71 deg"),
    ("hfov: 70 deg", "hfov: 70 deg, f_number: 4"),
    ("hfov: 70 deg", "hfov: 70 deg, exposure: 5 ms"),
    ("hfov: 70 deg", "hfov: 70 deg, antialias: 1"),
    ("hfov: 70 deg", "hfov: 70 deg, white_balance_k: 3200"),
    ("hfov: 70 deg", "hfov: 70 deg, vignetting: 0.5"),
    ("hfov: 70 deg", "hfov: 70 deg, motion_blur: true"),
    ("hfov: 70 deg", "hfov: 70 deg, veiling_glare: 3 %"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {fisheye: {}}"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {fisheye: {k1: -0.01}}"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {fisheye: {k2: -0.01}}"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {fisheye: {k3: -0.01}}"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {fisheye: {k4: {uniform: [-0.01, 0.01]}}}"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {brown_conrady: {}}"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {brown_conrady: {k1: -0.1}}"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {brown_conrady: {k2: -0.1}}"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {brown_conrady: {k3: -0.1}}"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {brown_conrady: {p1: 0.001}}"),
    ("hfov: 70 deg", "hfov: 70 deg, distortion: {brown_conrady: {p2: 0.001}}"),
    ("hfov: 70 deg", "hfov: 70 deg, drops: 12"),
    ("hfov: 70 deg", "hfov: 70 deg, drops: auto"),
    ("hfov: 70 deg", "hfov: 70 deg, wiper: 1.2 s"),
    ("hfov: 70 deg", "hfov: 70 deg, dirt: {uniform: [1 %, 9 %]}"),
    ("hfov: 70 deg", "hfov: 70 deg, glass: 15 cm"),
    ("hfov: 70 deg", "hfov: 70 deg, sensor: {quantum_efficiency: 0.5}"),
    ("hfov: 70 deg", "hfov: 70 deg, sensor: {full_well: 15000}"),
    ("hfov: 70 deg", "hfov: 70 deg, sensor: {read_noise: 6}"),
    ("hfov: 70 deg", "hfov: 70 deg, sensor: {pixel: 4.2 um}"),
    ("hfov: 70 deg", "hfov: 70 deg, sensor: {dark_current: 30}"),
    ("hfov: 70 deg", "hfov: 70 deg, sensor: {temperature_c: {uniform: [40, 60]}}"),
    ("hfov: 70 deg", "hfov: 70 deg, sensor: {dsnu: 2}"),
    ("hfov: 70 deg", "hfov: 70 deg, sensor: {prnu: 1 %}"),
    ("hfov: 70 deg", "hfov: 70 deg, sensor: {bits: 10}"),
    ("hfov: 70 deg", "hfov: 70 deg, auto_exposure: {lag: 0.4 s}"),
    ("hfov: 70 deg", "hfov: 70 deg, auto_exposure: {metering: spot}"),
    ("hfov: 70 deg", "hfov: 70 deg, auto_exposure: {longest: 30 ms}"),
    ("hfov: 70 deg", "hfov: 70 deg, auto_exposure: {gain: 16}"),
    ("ego.windscreen", "ego.roof"),
    ("ego.windscreen", "{on: ego.windscreen, yaw: 3 deg}"),
    ("ego.windscreen", "{on: ego.windscreen, pitch: 3 deg}"),
    ("ego.windscreen", "{on: ego.windscreen, at: [0 m, 1 m, 0 m]}"),
    ("ego.windscreen", "{at: [0 m, 1 m, 4 m]}"),
    ("ego.windscreen", "ego.windscreen, labels: [depth]"),
    ("ego.windscreen", "ego.windscreen, rate: 20 Hz"),
]


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_no_key_is_dead(of: Read, base: str, old: str, new: str) -> None:
    assert base.count(old) == 1
    ours, theirs = (
        json.loads(of(base).draw(0, 0).to_json()),
        json.loads(of(base.replace(old, new)).draw(0, 0).to_json()),
    )
    assert ours.pop("scenario_digest") != theirs.pop("scenario_digest")
    assert ours != theirs


def test_defaults_of_a_camera(of: Read, base: str) -> None:
    camera = of(base).draw(0, 0).cameras[0]
    assert (camera.name, camera.actor, camera.mount) == ("front", "ego", "windscreen")
    assert camera.labels == STANDARD_LABELS
    assert (camera.rate_hz, camera.f_number, camera.exposure_s, camera.antialias) == (10.0, 2.0, 0.0, 4)
    fixed = (
        of(base.replace("ego.windscreen", "{at: [1 m, 2 m, 3 m], yaw: 90 deg, pitch: -10 deg}")).draw(0, 0).cameras[0]
    )
    assert (fixed.actor, fixed.mount, fixed.offset_m) == ("", "", (1.0, 2.0, 3.0))
    assert (fixed.yaw_rad, fixed.pitch_rad) == (math.radians(90.0), math.radians(-10.0))


def test_a_camera_with_its_device_survives_json(of: Read, base: str) -> None:
    device = "hfov: 70 deg, sensor: {prnu: 1 %, bits: 10}, auto_exposure: {lag: 0.4 s, metering: spot}"
    scene = of(base.replace("hfov: 70 deg", device)).draw(0, 0)
    assert (scene.cameras[0].sensor.prnu, scene.cameras[0].sensor.bits) == (0.01, 10)
    assert (scene.cameras[0].auto_exposure.lag_s, scene.cameras[0].auto_exposure.metering) == (0.4, "spot")
    assert Scene.from_json(scene.to_json()) == scene


def test_a_lens_keeps_its_coefficients_in_the_order_of_opencv(of: Read, base: str) -> None:
    lens = "hfov: 70 deg, distortion: {brown_conrady: {k1: -0.1, k2: 0.02, k3: 0.003, p1: 0.0004, p2: 0.0005}}"
    scene = of(base.replace("hfov: 70 deg", lens)).draw(0, 0)
    assert scene.cameras[0].distortion == Distortion("brown_conrady", (-0.1, 0.02, 0.0004, 0.0005, 0.003))
    assert Scene.from_json(scene.to_json()) == scene
    round_lens = of(base.replace("hfov: 70 deg", "hfov: 180 deg, distortion: {fisheye: {k1: -0.01, k4: 0.001}}"))
    assert round_lens.draw(0, 0).cameras[0].distortion == Distortion("fisheye", (-0.01, 0.0, 0.0, 0.001))
    assert "distortion" not in json.loads(of(base).draw(0, 0).to_json())["cameras"][0]


@pytest.mark.parametrize(
    ("lens", "said"),
    [
        ("70 deg, distortion: {brown_conrady: {k1: -2}}", "turns back"),
        ("175 deg", "at most 170 deg"),
        ("168 deg, distortion: {brown_conrady: {}}", "distortion: fisheye"),
    ],
)
def test_a_lens_that_can_make_no_picture_is_refused_where_it_stands(of: Read, base: str, lens: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as error:
        of(base.replace("70 deg", lens)).draw(0, 0)
    assert re.search(r":\d+:\d+: the camera 'front'", str(error.value))


@pytest.mark.parametrize("lens", ["{}", "{brown_conrady: {}, fisheye: {}}", "{fisheye: {p1: 0.1}}", "{pinhole: {}}"])
def test_a_distortion_is_of_one_model_with_its_own_coefficients(of: Read, base: str, lens: str) -> None:
    with pytest.raises(ScenarioError, match=r"distortion|fisheye"):
        of(base.replace("70 deg", f"70 deg, distortion: {lens}"))


def test_a_lens_that_scatters_has_the_label_for_it(of: Read, base: str) -> None:
    scattering = base.replace("hfov: 70 deg", "hfov: 70 deg, veiling_glare: {uniform: [0, 0.1]}")
    assert of(scattering).draw(0, 0).cameras[0].labels == (*STANDARD_LABELS, "glare")
    wet = base.replace("hfov: 70 deg", "hfov: 70 deg, drops: auto")
    scene = of(wet).draw(0, 0)
    assert scene.cameras[0].labels == (*STANDARD_LABELS, "lens")
    assert scene.cameras[0].glass.drops < 0.0
    assert Scene.from_json(scene.to_json()) == scene
    both = of(scattering.replace("hfov", "dirt: 3 %, hfov")).draw(0, 0).cameras[0]
    assert both.labels == (*STANDARD_LABELS, "glare", "lens")
    listed = scattering.replace("ego.windscreen", "ego.windscreen, labels: [depth]")
    assert of(listed).draw(0, 0).cameras[0].labels == ("depth",)
