"""The `materials` of a scenario: drawn, kept, applied by kind, and refused where they make no sense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from simgen.errors import ScenarioError
from simgen.models import PATTERNS
from simgen.models.finish import KINDS, Finish, finished, kind_of, shown
from simgen.models.palette import CARDBOARD, CHROME, GLASS, GRASS, GRAVEL, LEAVES, PAINT, RUBBER, SKIN, SOIL, WOOD
from simgen.models.sites.road_straight import road_material
from simgen.render.geometry import pack
from simgen.scenario import Scenario, Scene
from simgen.scenario.colors import NAMED
from simgen.world import World

Read = Callable[[str], Scenario]


def _drawn(of: Read, base: str, materials: str, index: int = 0) -> Scene:
    return of(base + f"materials: {{{materials}}}\n").draw(3, index)


def test_without_any_a_scene_says_nothing(of: Read, base: str) -> None:
    scene = of(base).draw(3, 0)
    assert scene.materials == {}
    assert '"materials"' not in scene.to_json()


def test_what_is_drawn_survives_json(of: Read, base: str) -> None:
    text = "asphalt: {state: worn, patches: 0.1}, brick: {color: [0.3, 0.12, 0.08], roughness: 0.7}, fur: {contrast: 0}"
    scene = _drawn(of, base, text)
    assert scene.materials == {
        "asphalt": Finish(wear=0.9, mended=0.1),
        "brick": Finish(color=(0.3, 0.12, 0.08), roughness=0.7),
        "fur": Finish(contrast=0.0),
    }
    assert Scene.from_json(scene.to_json()) == scene


def test_values_are_drawn_and_recorded(of: Read, base: str) -> None:
    text = "asphalt: {state: {choice: [new, patched]}}, markings: {wear: {uniform: [0.1, 0.9]}, color: yellow}"
    scenes = [_drawn(of, base, text, k) for k in range(24)]
    assert {s.params["materials.asphalt.state"] for s in scenes} == {"new", "patched"}
    assert {s.materials["asphalt"].mended for s in scenes} == {0.0, 0.2}
    wear = [s.materials["markings"].wear for s in scenes]
    assert len(set(wear)) == 24
    assert [s.params["materials.markings.wear"] for s in scenes] == wear
    names = {f.name for f in of(base + f"materials: {{{text}}}\n").param_space()}
    assert {"materials.asphalt.state", "materials.markings.wear"} <= names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("asfalt: {wear: 1}", "asphalt"),
        ("asphalt: {ware: 1}", "wear"),
        ("asphalt: {wear: 1.2}", "from 0 to 1"),
        ("asphalt: {wear: 3 m}", "wear"),
        ("asphalt: {state: fresh}", "new"),
        ("asphalt: {patches: 0.6}", "0.4"),
        ("markings: {roughness: 0.5}", "unknown key"),
        ("paint: {color: red}", "unknown key"),
        ("brick: {color: [0.3, 0.1]}", "list of 3"),
        ("grass: {brightness: 9}", "4"),
        ("glass: 0.3", "is a map"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(of: Read, base: str, text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        of(base + f"materials: {{{text}}}\n")


def test_materials_know_what_they_are_made_of() -> None:
    made = {
        "glass": GLASS, "paint": PAINT, "rubber": RUBBER, "grass": GRASS, "gravel": GRAVEL, "soil": SOIL, "wood": WOOD,
        "cardboard": CARDBOARD, "leaves": LEAVES, "skin": SKIN, "metal": CHROME, "asphalt": road_material(3.5, 1, 0.3),
    }  # fmt: skip
    for kind, material in made.items():
        assert kind_of(material) == kind
        assert kind in KINDS


def test_old_asphalt_is_light_and_cracked_and_new_dark_and_whole() -> None:
    road = road_material(3.5, 1, 0.3)
    used = finished(road, {"asphalt": Finish(wear=0.5)})
    assert used == road
    new, worn = (finished(road, {"asphalt": Finish(wear=w)}) for w in (0.1, 0.9))
    assert 0.04 < new.albedo[1] < 0.07 < road.albedo[1] < 0.10 < worn.albedo[1] < 0.13
    assert new.cracks < 0.5 < 1.5 < worn.cracks
    assert new.albedo2 == worn.albedo2 == road.albedo2


def test_markings_are_those_of_the_road() -> None:
    road = road_material(3.5, 1, 0.3)
    found = finished(road, {"markings": Finish(color=(0.5, 0.4, 0.02), wear=0.8)})
    assert found.albedo2 == (0.5, 0.4, 0.02)
    assert found.params == (*road.params[:5], 0.8)
    assert found.albedo == road.albedo
    zebra = replace(road, pattern="crossing", params=(1.0, 0.0, 0.0, 0.0, 0.0, 0.3))
    found = finished(zebra, {"markings": Finish(wear=1.0), "asphalt": Finish(wear=0.1)})
    assert found.params == (*zebra.params[:5], 1.0)
    assert found.albedo2 == zebra.albedo2
    assert found.albedo[0] < zebra.albedo[0]


def test_a_color_takes_the_second_along_and_brightness_reaches_things_of_their_own_color() -> None:
    grass = finished(GRASS, {"grass": Finish(color=(0.17, 0.27, 0.068))})
    assert grass.albedo2 == pytest.approx([2.0 * c for c in GRASS.albedo2])
    car = shown(PAINT, {"paint": (0.4, 0.1, 0.1)}, {"paint": Finish(brightness=0.5, roughness=0.6)})
    assert car.albedo == pytest.approx((0.2, 0.05, 0.05))
    assert car.roughness == 0.6
    assert shown(PAINT, {"paint": (0.4, 0.1, 0.1)}, {}).albedo == (0.4, 0.1, 0.1)
    assert shown(RUBBER, {}, {"rubber": Finish(brightness=100.0)}).albedo == (0.95, 0.95, 0.95)


def test_they_reach_what_is_seen() -> None:
    base = Scenario.load("driving/lost_cargo")
    scene = base.with_({"materials": {"asphalt": {"state": "new"}, "markings": {"color": "yellow"}}}).draw(0, 0)
    with World(scene) as world:
        cast = world.snapshot().cast
    assert cast.finishes == scene.materials
    rows = pack(cast).materials
    road = rows[rows[:, 10] == PATTERNS.index("road")]
    assert len(road) >= 1
    assert (road[:, 1] < 0.07).all()
    assert road[0, 3:6] == pytest.approx(NAMED["yellow"])
