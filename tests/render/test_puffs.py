"""Puffs of smoke against quadrature, Beer and Lambert, Koschmieder's limit, and what darkness and light must do."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erf
from scipy.stats import multivariate_normal
from small_stage import CAMERA, NIGHT, OVERCAST, SUNNY, Thing, draw, floor, lamps, looking, luminance, matt, stage, wall

from simgen.conditions import Conditions, Fog
from simgen.labels.objects import ObjectLabeller
from simgen.render.camera_model import CameraModel
from simgen.render.kernels import sources as columns
from simgen.render.kernels.maths import erf32
from simgen.render.lighting import gather
from simgen.render.puffs import PuffVolumes, _noise, optical_depths
from simgen.render.view import camera_view
from simgen.scenario.distortion import Distortion
from simgen.snapshot import Puffs, Snapshot

FORWARD = looking((0.0, 0.0, 1.5), (10.0, 0.0, 1.5))
CENTRE = np.s_[58:62, 78:82]


def puffs(*rows: tuple, albedo: float = 0.25, raggedness: float = 1.0) -> Puffs:
    """Puffs of (centre, (a, b), streak, cross section)."""
    n = len(rows)
    return Puffs(
        np.array([r[0] for r in rows], float).reshape(n, 3),
        np.array([r[1] for r in rows], float).reshape(n, 2),
        np.array([r[2] for r in rows], float).reshape(n, 3),
        np.array([r[3] for r in rows], float),
        np.full((n, 3), albedo),
        np.full(n, 0.6),
        np.random.default_rng(3).uniform(size=(n, 3)),
        np.full(n, raggedness),
    )


def with_puffs(snapshot: Snapshot, floating: Puffs) -> Snapshot:
    return dataclasses.replace(snapshot, puffs=floating)


def even_air(extinction_per_m: float, albedo: float = 0.25) -> Puffs:
    """A puff so large that the air about the origin is even."""
    sd = 1000.0
    section = extinction_per_m * (2.0 * math.pi) ** 1.5 * sd**3
    return puffs(((0, 0, 0), (sd, sd), (0, 0, 0), section), albedo=albedo, raggedness=0.0)


def test_error_function() -> None:
    for x in np.linspace(-5.0, 5.0, 401):
        assert erf32(np.float32(x)) == pytest.approx(erf(np.float32(x)), abs=5e-7)


@pytest.mark.parametrize("target", [(12.0, 3.0, 2.0), (6.0, 0.5, 1.0), (30.0, -2.0, 5.0), (3.0, 0.0, 0.0)])
def test_optical_depth_is_the_integral_of_the_density(target: tuple[float, float, float]) -> None:
    center, spread, streak, section = np.array([8.0, 1.0, 2.0]), (1.3, 0.7), np.array([0.9, -0.4, 0.6]), 5.0
    density = multivariate_normal(center, np.diag([spread[0] ** 2, spread[0] ** 2, spread[1] ** 2])
                                  + np.outer(streak, streak))  # fmt: skip
    eye, end = np.array([0.5, -0.2, 1.0]), np.array(target)
    length = float(np.linalg.norm(end - eye))
    way = (end - eye) / length
    expected = quad(lambda s: section * density.pdf(eye + s * way), 0.0, length, limit=400, epsabs=1e-10)[0]
    cloud = puffs((center, spread, streak, section))
    assert optical_depths(cloud, eye, end[None])[0] == pytest.approx(expected, rel=2e-3, abs=1e-5)


def test_smoke_of_a_tenth_of_a_gram() -> None:
    """8.7 m2/g at 0.1 g/m3 over 5 m: T = 0.012907."""
    cloud = even_air(8.7 * 0.1)
    eye = np.array([0.0, 0.0, 1.5])
    assert math.exp(-optical_depths(cloud, eye, np.array([[5.0, 0.0, 1.5]]))[0]) == pytest.approx(0.012907, rel=1e-3)
    snapshot = with_puffs(stage([Thing(wall(5.0, -99, 99, -99, 99))]), cloud)
    seen = draw(snapshot, FORWARD)
    assert seen.transmittance[CENTRE].mean() == pytest.approx(0.012907, rel=0.02)


def test_a_huge_puff_is_fog() -> None:
    """Transmittance at every distance, and under an overcast sky an airlight that is no further off than the ground's
    light and the layer's zenith allow.
    """
    extinction = 0.02
    things = [Thing(wall(40.0, -9, 0, -9, 99, matt(0.02))), Thing(wall(90.0, -99, 99, -99, 99, matt(0.02)))]
    fog = draw(stage(things, Conditions(light=OVERCAST, fog=Fog(math.log(20.0) / extinction, 1.0))), FORWARD)
    cloud = draw(with_puffs(stage(things, Conditions(light=OVERCAST)), even_air(extinction, albedo=1.0)), FORWARD)
    np.testing.assert_allclose(cloud.transmittance, fog.transmittance, atol=0.006)
    assert luminance(cloud.radiance)[CENTRE].mean() == pytest.approx(luminance(fog.radiance)[CENTRE].mean(), rel=0.25)


def test_a_puff_takes_its_mass_times_its_cross_section() -> None:
    """The integral of optical depth over a plane is the cross section, broken edges or not."""
    camera = CameraModel.from_hfov(320, 320, 2.0 * math.atan(0.25))
    things = [Thing(wall(100.0, -99, 99, -99, 99))]
    totals = []
    for k in range(12):
        cloud = puffs(((60.0, 0.0, 0.0), (2.2, 2.2), (0, 0, 0), 9.0))
        cloud = dataclasses.replace(cloud, key=np.random.default_rng(k).uniform(size=(1, 3)))
        seen = draw(with_puffs(stage(things), cloud), looking((0, 0, 0), (1, 0, 0)), camera, radiance=False)
        depth = -np.log(seen.transmittance.astype(float))
        totals.append(depth.sum() * (60.0 / camera.fx) ** 2)
    assert np.std(totals) > 0.05  # they are broken
    assert np.mean(totals) == pytest.approx(9.0, rel=0.1)


def test_noise_has_mean_one() -> None:
    assert _noise().mean(dtype=float) == pytest.approx(1.0, abs=1e-6)
    assert _noise().std() > 0.5


def test_dark_smoke_darkens_and_steam_does_not() -> None:
    behind = dataclasses.replace(SUNNY, sun_azimuth_rad=math.radians(150.0))
    snapshot = stage([Thing(wall(60.0, -99, 99, -99, 99, matt(0.4))), Thing(floor())], Conditions(light=behind))
    bare = luminance(draw(snapshot, FORWARD).radiance)[CENTRE].mean()
    rows = ((20.0, 0.0, 1.5), (3.0, 3.0), (0, 0, 0), 600.0)
    dark = luminance(draw(with_puffs(snapshot, puffs(rows)), FORWARD).radiance)[CENTRE].mean()
    white = luminance(draw(with_puffs(snapshot, puffs(rows, albedo=1.0)), FORWARD).radiance)[CENTRE].mean()
    assert dark < 0.45 * bare
    assert white > 1.05 * bare


def test_what_stands_before_smoke_is_clear() -> None:
    things = [Thing(wall(8.0, -1, 1, 0, 3), instance=1, class_name="car"), Thing(wall(60.0, -99, 99, -99, 99))]
    snapshot = stage(things, Conditions(light=OVERCAST))
    cloud = puffs(((20.0, 0.0, 1.5), (2.0, 2.0), (0, 0, 0), 200.0))
    seen, clear = draw(with_puffs(snapshot, cloud), FORWARD), draw(snapshot, FORWARD)
    near = clear.instance == 1
    np.testing.assert_allclose(seen.radiance[near], clear.radiance[near], rtol=1e-5)
    assert (seen.transmittance[near] == 1.0).all()
    assert seen.transmittance[~near].min() < 0.05


def test_sunlight_comes_from_one_side() -> None:
    """The sunny side of a puff is brighter than the other, and a puff behind another is in its shade."""
    snapshot = stage([Thing(wall(90.0, -99, 99, -99, 99, matt(0.0)))], Conditions(light=SUNNY))
    cloud = puffs(((30.0, 0.0, 1.5), (3.0, 3.0), (0, 0, 0), 900.0), albedo=0.9)
    seen = luminance(draw(with_puffs(snapshot, cloud), FORWARD).radiance)
    assert seen[45:75, 60:78].mean() > 1.15 * seen[45:75, 82:100].mean()  # the sun is on the left


def test_the_near_side_of_thick_dust_is_lit_from_behind_the_eye() -> None:
    """At least what light turned once gives, albedo p E / 2 of a layer of no end, into however many puffs it is cut."""
    view = camera_view(CAMERA, FORWARD)
    sources = gather(stage([Thing(floor())], Conditions(light=SUNNY)), view.eye)
    table = sources.table.copy()
    table[columns.SUN_X : columns.BOUNCE_B + 1] = [-1.0, 0.0, 0.0, *[1000.0] * 3, *[0.0] * 6]
    albedo, section = 0.3, 4000.0
    seen = []
    for parts in (1, 2, 8):
        row = ((30.0, 0.0, 1.5), (3.0, 3.0), (0, 0, 0), section / parts)
        cloud = dataclasses.replace(puffs(*[row] * parts, albedo=albedo, raggedness=0.0), asymmetry=np.zeros(parts))
        volume = PuffVolumes().build(cloud, view, None, dataclasses.replace(sources, table=table))
        seen.append(float(volume.sums[10, 13, -1, 0]))
    assert seen[0] > 0.95 * 0.5 * albedo / (4.0 * math.pi) * 1000.0
    assert seen[1:] == pytest.approx([seen[0]] * 2, rel=0.1)


def test_lamps_light_smoke_at_night() -> None:
    dark = stage([Thing(wall(60.0, -99, 99, -99, 99, matt(0.02)))], Conditions(light=NIGHT))
    cloud = puffs(((15.0, 0.0, 1.5), (2.0, 2.0), (0, 0, 0), 60.0), albedo=0.9)
    lit = lamps([((8.0, 0.0, 1.5), (1, 0, 0), 2000.0, 1, 0.5, 0)])
    unlit = luminance(draw(with_puffs(dark, cloud), FORWARD).radiance)[CENTRE].mean()
    seen = luminance(draw(with_puffs(dataclasses.replace(dark, lamps=lit), cloud), FORWARD).radiance)[CENTRE].mean()
    assert seen > 10.0 * max(unlit, 1e-3)


def test_labels_follow() -> None:
    """Transmittance and contrast of an object fall together; one that is hidden has what lies before its centre."""
    things = [Thing(wall(30.0, -2, 2, 0, 3, matt(0.05)), instance=1, class_name="car"), Thing(floor())]
    snapshot = stage(things, Conditions(light=OVERCAST))
    tables = []
    for section in (0.0, 20.0, 400.0):
        clouded = with_puffs(snapshot, puffs(((15.0, 0.0, 1.5), (2.5, 2.5), (0, 0, 0), section), raggedness=0.0))
        seen = draw(clouded, FORWARD)
        tables.append(ObjectLabeller(snapshot.cast).table(seen, clouded, CAMERA, FORWARD))
    clear, thin, thick = (float(t["transmittance"][0]) for t in tables)
    assert clear == 1.0
    assert clear > thin > thick
    assert thin == pytest.approx(math.exp(-20.0 / (2.0 * math.pi * 2.5**2)), rel=0.1)
    assert tables[0]["contrast"][0] > tables[1]["contrast"][0] > tables[2]["contrast"][0]
    assert [int(t["detectable"][0]) for t in tables[::2]] == [1, 0]
    screen = Thing(wall(12.0, -9, 9, -9, 9))
    hidden = stage([*things, screen], Conditions(light=OVERCAST))
    hidden = with_puffs(hidden, puffs(((15.0, 0.0, 1.5), (2.5, 2.5), (0, 0, 0), 20.0)))
    table = ObjectLabeller(hidden.cast).table(draw(hidden, FORWARD), hidden, CAMERA, FORWARD)
    assert table["transmittance"][0] == pytest.approx(math.exp(-20.0 / (2.0 * math.pi * 2.5**2)), rel=0.01)


@pytest.mark.parametrize("poison", [np.nan, 1e30])
def test_every_frame_is_whole_and_the_same(poison: float) -> None:
    """Nothing of an earlier frame is left in the arrays that are kept, and the order of puffs does not show."""
    from simgen.render.renderer import Renderer

    snapshot = stage([Thing(floor())], Conditions(light=SUNNY, fog=Fog(300.0)))
    a = ((15.0, 1.0, 1.5), (2.5, 1.5), (1.0, 0, 0.5), 40.0)
    b = ((0.5, 0.0, 1.5), (1.5, 1.0), (0, 0, 0), 3.0)
    both = with_puffs(snapshot, puffs(a, b))
    renderer = Renderer(snapshot.cast)
    first = renderer.render(both, CAMERA, FORWARD)
    for arrays in renderer._puffs._arrays.values():
        for array in (arrays.sums, arrays.far, arrays.cells):
            array.fill(poison)
        arrays.busy.fill(9)
    again = renderer.render(both, CAMERA, FORWARD)
    np.testing.assert_array_equal(first.radiance, again.radiance)
    np.testing.assert_array_equal(first.transmittance, again.transmittance)
    assert np.isfinite(again.radiance).all()
    assert ((again.transmittance >= 0.0) & (again.transmittance <= 1.0)).all()


def test_a_puff_behind_the_eye_hides_nothing() -> None:
    """However dense it is: what counts is what lies between the eye and other puffs."""
    snapshot = stage([Thing(wall(60.0, -99, 99, -99, 99))], Conditions(light=OVERCAST))
    ahead = ((25.0, 0.0, 1.5), (3.0, 3.0), (0, 0, 0), 40.0)
    behind = ((-6.0, 0.0, 1.5), (2.2, 2.2), (0, 0, 0), 3000.0)
    alone = draw(with_puffs(snapshot, puffs(ahead, raggedness=0.0)), FORWARD)
    both = draw(with_puffs(snapshot, puffs(ahead, behind, raggedness=0.0)), FORWARD)
    eye, end = np.array([0.0, 0.0, 1.5]), np.array([[60.0, 0.0, 1.5]])
    expected = optical_depths(puffs(ahead, behind), eye, end)[0] - optical_depths(puffs(ahead), eye, end)[0]
    found = np.log(alone.transmittance[CENTRE].astype(float) / both.transmittance[CENTRE]).mean()
    assert found == pytest.approx(expected, rel=0.02, abs=1e-3)


def test_order_does_not_matter_and_hidden_puffs_cost_nothing_seen() -> None:
    """A long thin puff about the eye and a dense small one in it: both take what the closed form says."""
    snapshot = stage([Thing(wall(60.0, -99, 99, -99, 99))], Conditions(light=OVERCAST))
    long_ = ((4.0, 0.0, 1.5), (30.0, 30.0), (0, 0, 0), 12.0 * 2.0 * math.pi * 30.0**2 * 1.5)
    small = ((9.0, 0.0, 1.5), (0.8, 0.8), (0, 0, 0), 2.0 * math.pi * 0.8**2)
    things = [Thing(wall(11.0, -99, 99, -99, 99))]
    near = stage(things, Conditions(light=OVERCAST))
    for shot, far in ((snapshot, 60.0), (near, 11.0)):
        seen = draw(with_puffs(shot, puffs(long_, small, raggedness=0.0)), FORWARD)
        expected = optical_depths(puffs(long_, small), np.array([0.0, 0.0, 1.5]), np.array([[far, 0.0, 1.5]]))[0]
        if expected < 8.0:
            assert -math.log(seen.transmittance[CENTRE].mean()) == pytest.approx(expected, rel=0.03)
        else:
            assert seen.transmittance[CENTRE].max() < 4e-4


def test_a_lens_that_bends_lines_sees_the_same_smoke() -> None:
    """Pixels of a fisheye and of a pinhole that look the same way have the same transmittance and light."""
    snapshot = stage([Thing(wall(60.0, -99, 99, -99, 99, matt(0.3)))], Conditions(light=OVERCAST))
    cloud = with_puffs(snapshot, puffs(((20.0, 1.0, 2.0), (3.0, 2.0), (0, 0, 0), 60.0), raggedness=0.0))
    bent = CameraModel.from_hfov(160, 120, math.radians(70.0), Distortion("fisheye", (0.0, 0.0, 0.0, 0.0)))
    straight, curved = draw(cloud, FORWARD), draw(cloud, FORWARD, bent)
    for angle_rad in (0.0, 0.1, 0.2):
        column = round(CAMERA.cx + CAMERA.fx * math.tan(angle_rad))
        bent_column = round(bent.cx + bent.fx * angle_rad)
        here, there = np.s_[59:61, column - 1 : column + 2], np.s_[59:61, bent_column - 1 : bent_column + 2]
        assert curved.transmittance[there].mean() == pytest.approx(straight.transmittance[here].mean(), abs=0.03)
        assert luminance(curved.radiance)[there].mean() == pytest.approx(
            luminance(straight.radiance)[here].mean(), rel=0.05
        )
    assert straight.transmittance[60, 80] < 0.6
