"""`extends`: what merges, what replaces, where errors are shown, and that no path leads out."""

from __future__ import annotations

from pathlib import Path

import pytest

from simgen.errors import ScenarioError, UserError
from simgen.scenario import Scenario

PART = """\
simgen: 1
id: part
description: not inherited
params: {gap: 30 m}
site: {toy.road: {length: 200 m, dip: 1 m}}
conditions:
  sun: {elevation: 20 deg, azimuth: 10 deg}
  fog: {mor: {log_uniform: [30 m, 60 m]}}
  sky: {clouds: 0.5}
actors:
  ego: {model: toy.car, place: {lane: main.0, s: 40 m}, speed: 10 m/s, lights: {head: true}}
  other: {model: toy.car, place: {ahead_of: ego, by: $gap}}
sensors:
  front: {camera: {width: 64, height: 48, hfov: 70 deg}, mount: ego.windscreen, labels: [depth, flow]}
duration: 2 s
"""


@pytest.fixture
def write(tmp_path: Path) -> callable:
    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    put("part.yaml", PART)
    return put


def test_a_file_that_only_extends_means_the_same(write: callable) -> None:
    child = Scenario.load(write("child.yaml", "simgen: 1\nextends: part.yaml\n"))
    part = Scenario.load(write("part.yaml", PART))
    assert child.digest == part.digest
    assert (child.id, child.description) == ("child", "")
    assert child.draw(1, 2).actors == part.draw(1, 2).actors


def test_maps_merge_later_wins_lists_and_distributions_replace_null_removes(write: callable) -> None:
    write(
        "night.yaml",
        "simgen: 1\nconditions: {sun: {elevation: -10 deg}, fog: {mor: {choice: [70 m, 80 m]}}}\n",
    )
    text = (
        "simgen: 1\nextends: [part.yaml, night.yaml]\n"
        "conditions: {sky: null}\n"
        "actors:\n"
        "  ego: {speed: 12 m/s, place: {s: 50 m}}\n"
        "  other: {place: {at: [90 m, 1 m]}}\n"
        "sensors: {front: {labels: [normal]}}\n"
    )
    scene = Scenario.load(write("child.yaml", text)).draw(0, 0)
    light = scene.conditions.light
    assert light.sun_elevation_rad == pytest.approx(-0.1745, abs=1e-4)  # from the later part
    assert light.sun_azimuth_rad == pytest.approx(0.1745, abs=1e-4)  # from the earlier one
    assert scene.conditions.fog.mor_m in (70.0, 80.0)  # not merged with log_uniform
    assert light.clouds == 0.3  # the default again
    ego, other = scene.actors
    assert (ego.speed_mps, ego.position_m[0], ego.lights) == (12.0, 10.0, ("head",))
    assert other.position_m[:2] == (90.0, 1.0)  # another form of place: nothing of ahead_of is left
    assert scene.cameras[0].labels == ("normal",)


def test_another_site_replaces_the_inherited_one(write: callable) -> None:
    text = "simgen: 1\nextends: part.yaml\nsite: {toy.road: {length: 150 m}}\n"
    assert Scenario.load(write("a.yaml", text)).draw(0, 0).site.params == {"length_m": 150.0, "dip_m": 1.0}
    actors = "{ego: {place: {lane: aisle.0, s: 4 m}}, other: null}"
    text = f"simgen: 1\nextends: part.yaml\nsite: {{room.warehouse: {{}}}}\nactors: {actors}\n"
    assert Scenario.load(write("b.yaml", text)).draw(0, 0).site.name == "room.warehouse"


def test_values_replace_as_a_whole_and_the_authors_names_are_no_forms(write: callable) -> None:
    mor = '{given: "beta > 0.5", then: 60 m, else: {triangular: [70 m, 71 m, 72 m]}}'
    text = (
        f"simgen: 1\nextends: part.yaml\nparams: {{beta: {{uniform: [0, 1]}}}}\nconditions: {{fog: {{mor: {mor}}}}}\n"
    )
    path = write("middle.yaml", text)
    middle = [Scenario.load(path).draw(0, k).conditions.fog.mor_m for k in range(30)]
    assert {60.0} < set(middle)
    assert all(m == 60.0 or 70.0 < m < 72.0 for m in middle)
    actors = "actors: {beta: {model: toy.block, place: {in: verge}}}\n"
    top = f"simgen: 1\nextends: middle.yaml\nparams: {{given: 9 m}}\n{actors}"
    path = write("top.yaml", top)
    scene = Scenario.load(path).draw(0, 0)
    assert scene.params["params.given"] == 9.0
    assert 0.0 < float(scene.params["params.beta"]) < 1.0
    assert [a.name for a in scene.actors] == ["ego", "other", "beta"]
    expr = "simgen: 1\nextends: middle.yaml\nconditions: {fog: {mor: {expr: 50 m + 9 m * beta}}}\n"
    changed = Scenario.load(write("changed.yaml", expr)).draw(0, 3)
    assert changed.conditions.fog.mor_m == 50.0 + 9.0 * float(changed.params["params.beta"])


def test_an_error_stands_where_its_text_stands(write: callable) -> None:
    write("part.yaml", PART.replace("clouds: 0.5", "clouds: 5"))
    child = write("child.yaml", "simgen: 1\nextends: part.yaml\nconditions: {fog: {mor: 3 s}}\n")
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(child)
    first, second = sorted(caught.value.problems, key=lambda p: "part.yaml" in p)
    assert f"{child}:3:25: '3 s' is a time" in first
    assert f"{child.with_name('part.yaml')}:9:17: '5' is out of range\n      sky: {{clouds: 5}}" in second


def test_circles_and_endless_chains_are_named(write: callable) -> None:
    a = write("a.yaml", "simgen: 1\nextends: b.yaml\n")
    write("b.yaml", "simgen: 1\nextends: a.yaml\n")
    with pytest.raises(ScenarioError, match=r"b.yaml:2:10: 'extends' runs in a circle: a.yaml -> b.yaml -> a.yaml"):
        Scenario.load(a)
    for k in range(12):
        write(f"c{k}.yaml", f"simgen: 1\nextends: c{k + 1}.yaml\n")
    with pytest.raises(ScenarioError, match=r"c8.yaml:2:10: 'extends' reaches more than 8 files deep|more than 8"):
        Scenario.load(write("c0.yaml", "simgen: 1\nextends: c1.yaml\n"))


def test_a_diamond_is_no_circle(write: callable) -> None:
    write("left.yaml", "simgen: 1\nextends: part.yaml\nduration: 3 s\n")
    write("right.yaml", "simgen: 1\nextends: part.yaml\nrate: 20 Hz\n")
    scene = Scenario.load(write("top.yaml", "simgen: 1\nextends: [left.yaml, right.yaml]\n")).draw(0, 0)
    assert scene.duration_s == 2.0  # right's inherited duration comes later
    assert scene.cameras[0].rate_hz == 20.0


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("../secret.yaml", "it leads out of the folder"),
        ("sub/../../secret.yaml", "it leads out of the folder"),
        ("link.yaml", "it leads out of the folder"),
        ("/etc/passwd", "a part is named by its path, ending in .yaml"),
        ("/tmp/secret.yaml", "relative to the shipped scenarios or to this file"),
        ("~/secret.yaml", "relative to the shipped scenarios or to this file"),
        ("gone.yaml", "there is no such file"),
        (f"{'long' * 80}.yaml", "there is no such file"),
        ("part", "a part is named by its path, ending in .yaml"),
        ("lib/rigs/front_camra.yaml", "did you mean 'lib/rigs/front_camera.yaml'?"),
        (".", "a part is named by its path, ending in .yaml"),
    ],
)
def test_no_path_leads_out(write: callable, tmp_path: Path, reference: str, reason: str) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("simgen: 1\nduration: 77 s\n", encoding="utf-8")
    path = write("inner/child.yaml", f"simgen: 1\nextends: {reference}\n")
    (path.parent / "link.yaml").symlink_to(secret)
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    found = [p for p in caught.value.problems if p.startswith(f"{path}:2:10: cannot extend {reference!r}")]
    assert len(found) == 1
    assert reason in found[0]


def test_a_shipped_part_is_found_from_anywhere(write: callable) -> None:
    text = PART.replace("simgen: 1\n", "simgen: 1\nextends: lib/rigs/front_camera.yaml\n", 1)
    text = text.replace("width: 64, height: 48, hfov: 70 deg", "width: 64, height: 48")
    camera = Scenario.load(write("own.yaml", text)).draw(0, 0).cameras[0]
    assert (camera.width, camera.height) == (64, 48)
    assert camera.hfov_rad == pytest.approx(1.2217, abs=1e-4)  # 70 deg of the part
    assert Scenario.from_text(text, "t.yaml").draw(0, 0).cameras[0] == camera


def test_unknown_scenarios_name_the_nearest() -> None:
    with pytest.raises(
        UserError, match=r"no scenario called 'driving/lost_crago'; did you mean 'driving/lost_cargo'\?"
    ):
        Scenario.load("driving/lost_crago")
    with pytest.raises(UserError, match="is a part that scenarios extend, not a scenario"):
        Scenario.load("lib/rigs/front_camera")
    with pytest.raises(UserError, match=r"no scenario file 'nowhere\.yaml'"):
        Scenario.load("nowhere.yaml")
    with pytest.raises(UserError, match="no scenario called"):
        Scenario.load("../scenarios/driving/lost_cargo")


def test_a_null_that_removes_nothing_is_a_mistake(write: callable) -> None:
    path = write("child.yaml", "simgen: 1\nextends: part.yaml\nactors: {othr: null}\n")
    with pytest.raises(ScenarioError, match=r"child.yaml:3:10: 'othr' has no value"):
        Scenario.load(path)


def test_the_digest_is_of_the_meaning(write: callable) -> None:
    same = PART.replace("30 m}", "0.03 km}").replace("duration: 2 s", "duration:   2.0 s  # note").replace(
        "sun: {elevation: 20 deg, azimuth: 10 deg}", "sun: {azimuth: 10 deg, elevation: 20 deg}"
    ).replace("not inherited", "other words")  # fmt: skip
    base = Scenario.from_text(PART, "p").digest
    assert Scenario.from_text(same, "q").digest == base
    assert len(base) == 32
    for old, new in [("30 m}", "31 m}"), ("clouds: 0.5", "clouds: 0.6"), ("head: true", "head: false")]:
        assert Scenario.from_text(PART.replace(old, new), "p").digest != base
    swapped = PART.replace("ego", "tmp").replace("other", "ego").replace("tmp", "other")
    assert Scenario.from_text(swapped, "p").digest != base
