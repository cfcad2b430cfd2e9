"""The surface of a scenario: patches in regions of the site, drawn and kept."""

from __future__ import annotations

from collections.abc import Callable

from simgen.conditions import Patch
from simgen.scenario import Scenario
from simgen.scenario.scene import Scene

Read = Callable[[str], Scenario]
ROAD = (-40.0, 160.0, -3.5, 3.5)  # of the toy site


def _patches(of: Read, base: str, text: str, index: int = 0) -> tuple[Patch, ...]:
    lines = f"conditions: {{surface: {{film: 1 mm, patches: [{text}]}}}}"
    return of(base.replace("duration: 2 s", f"duration: 2 s\n{lines}")).draw(0, index).conditions.surface.patches


def test_a_patch_covers_its_region_and_keeps_what_it_does_not_say(of: Read, base: str) -> None:
    assert _patches(of, base, "{region: road, kind: ice}") == (Patch("ice", 1e-3, *ROAD),)
    assert _patches(of, base, "{region: road, film: 3 mm}") == (Patch("paved", 3e-3, *ROAD),)


def test_a_side_is_a_half_seen_along_x(of: Read, base: str) -> None:
    left, right = _patches(of, base, "{region: road, side: left, kind: ice}, {region: road, side: right, kind: mud}")
    assert (left.y_min_m, left.y_max_m) == (0.0, 3.5)
    assert (right.y_min_m, right.y_max_m) == (-3.5, 0.0)


def test_start_and_length_cut_a_stretch_out_of_the_region(of: Read, base: str) -> None:
    short, rest = _patches(
        of, base, "{region: road, start: 50 m, length: 20 m, kind: ice}, {region: road, start: 190 m, kind: ice}"
    )
    assert (short.x_min_m, short.x_max_m) == (10.0, 30.0)
    assert (rest.x_min_m, rest.x_max_m) == (150.0, 160.0)


def test_the_later_patch_lies_on_top_and_survives_the_scene_file(of: Read, base: str) -> None:
    text = "conditions: {surface: {patches: [{region: road, kind: ice}, {region: dip, kind: gravel}]}}"
    scene = of(base.replace("duration: 2 s", f"duration: 2 s\n{text}")).draw(0, 0)
    again = Scene.from_json(scene.to_json())
    assert again == scene
    surface = again.conditions.surface
    assert [surface.at(x, y).kind for x, y in ((0.0, 0.0), (80.0, 0.0), (0.0, 5.0))] == ["ice", "gravel", "paved"]


def test_patches_are_drawn_sample_by_sample(of: Read, base: str) -> None:
    text = "{region: road, start: {uniform: [0 m, 100 m]}, length: 5 m, kind: {choice: {ice: 1, snow: 1}}}"
    found = [_patches(of, base, text, k)[0] for k in range(12)]
    assert {p.kind for p in found} == {"ice", "snow"}
    assert len({p.x_min_m for p in found}) == 12
    assert all(abs(p.x_max_m - p.x_min_m - 5.0) < 1e-9 for p in found)


def test_snow_lies_on_the_road_unless_the_author_says_how_much(of: Read, base: str) -> None:
    def drawn(text: str) -> tuple[float, float, list[float]]:
        lines = f"duration: 2 s\nconditions: {{snow: {{depth: 5 cm, rate: 1 mm/h}}, surface: {text}}}"
        found = of(base.replace("duration: 2 s", lines)).draw(0, 0).conditions
        assert found.snow.depth_m == 0.05
        return found.surface.snow_m, found.surface.tracks, [p.snow_m for p in found.surface.patches]

    assert drawn("{patches: [{region: road, kind: ice}]}") == (0.05, 0.7, [0.05])
    assert drawn("{snow: 1 cm, tracks: 0.9, patches: [{region: road, snow: 0 m}]}") == (0.01, 0.9, [0.0])
