"""Light on surfaces against photometry: Lambert under sky and sun, lamps by the inverse square, shadows of lamps."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from small_stage import (
    CAMERA,
    EYE,
    NIGHT,
    OVERCAST,
    SUNNY,
    Thing,
    draw,
    floor,
    looking,
    luminance,
    matt,
    rays,
    stage,
    wall,
)

from simgen.conditions import Conditions, Fog, Light
from simgen.models import Material
from simgen.models.geometry import box
from simgen.render.camera_model import CameraModel
from simgen.render.kernels.lamps import LAMP_REACH
from simgen.render.kernels.sources import SKY_B, SKY_R
from simgen.render.lighting import ROOM_INTERREFLECTION, gather

DOWN = looking((0.0, 0.0, 6.0), (0.0, 0.0, 0.0))
FORWARD = looking((0.0, 0.0, 1.5), (10.0, 0.0, 1.5))
AREA, SPOT, LOW_BEAM = 0, 1, 2


@pytest.mark.parametrize("albedo", [0.9, 0.18, 0.02])
@pytest.mark.parametrize("lux", [10000.0, 3.0])
def test_lambert_under_an_overcast_sky(albedo, lux):
    """L = rho E / pi."""
    sky = dataclasses.replace(OVERCAST, natural_lx=lux)
    seen = luminance(draw(stage([Thing(floor(60.0, 0.0, matt(albedo)))], Conditions(light=sky)), DOWN).radiance)
    assert np.abs(seen / (albedo * lux / math.pi) - 1.0).max() < 0.03


@pytest.mark.parametrize("elevation_deg", [15.0, 35.0, 70.0])
def test_lambert_under_sun_and_clear_sky(elevation_deg):
    """Sun and sky together give the horizontal illuminance that the conditions state."""
    sky = Light(math.radians(elevation_deg), 1.0, 0.0, 40000.0)
    seen = luminance(draw(stage([Thing(floor(60.0, 0.0, matt(0.3)))], Conditions(light=sky)), DOWN).radiance)
    assert seen.mean() == pytest.approx(0.3 * 40000.0 / math.pi, rel=0.03)


def test_a_wall_turned_to_the_sun_gets_its_cosine():
    """Lit minus shaded side of a wall: rho E_sun cos(angle) / pi."""
    plate = [Thing(wall(9.0, -9, 9, -9, 9, matt(0.4)))]
    level = []
    for azimuth in (math.pi, 0.0):  # sun in front of the wall's face, then behind it
        sky = Conditions(light=dataclasses.replace(SUNNY, sun_azimuth_rad=azimuth))
        level.append(luminance(draw(stage(plate, sky), FORWARD).radiance))
    gain = (level[0] - level[1])[50:70, 70:90]
    expected = 0.4 * SUNNY.sun_lx * math.cos(SUNNY.sun_elevation_rad) / math.pi
    assert np.median(gain) == pytest.approx(expected, rel=0.03)


def test_colours_are_reflected_channel_by_channel():
    surfaces = (matt((0.6, 0.3, 0.1)), matt(0.5))
    tinted, grey = (draw(stage([Thing(floor(60.0, 0.0, m))]), DOWN).radiance for m in surfaces)
    assert np.abs(tinted / grey / (np.array([0.6, 0.3, 0.1]) / 0.5) - 1.0).max() < 1e-4


def lamp(position, direction, intensity, beam=AREA, half_angle=1.2, owner=0):
    return (position, direction, intensity, beam, half_angle, owner)


def at_night(things, lit, fog=None, camera=FORWARD, **options):
    return luminance(
        draw(stage(things, Conditions(light=NIGHT, fog=fog or Fog()), lit=lit), camera, **options).radiance
    )


@pytest.mark.parametrize(("intensity", "distance"), [(1000.0, 5.0), (60.0, 2.0), (20000.0, 40.0)])
def test_a_lamp_obeys_the_inverse_square(intensity, distance):
    """Camera at the lamp: L = rho I cos(out) cos(in) / (pi r^2), times the rise of rough matter, over the picture."""
    plate = Thing(wall(distance, -90, 90, -90, 90, matt(0.5)))
    seen = at_night([plate], [lamp((0, 0, 1.5), (1, 0, 0), intensity)])
    cosine = 1.0 / np.linalg.norm(rays(CAMERA), axis=-1)
    expected = 0.5 * intensity * cosine**4 / (math.pi * distance**2)
    # Oren and Nayar, equation 30, light and eye in one direction: sin(alpha) tan(beta) = sin^2 / cos over cos.
    expected *= 1.0 + 0.45 * 0.5 / (0.5 + 0.09) * (1.0 - cosine**2) / cosine
    assert np.abs(seen / expected - 1.0).max() < 0.02
    assert seen[59:61, 79:81].mean() == pytest.approx(0.5 * intensity / (math.pi * distance**2), rel=0.005)


def test_dry_asphalt_throws_headlight_back():
    """EN 1436: lamp 0.65 m and eye 1.2 m high, patch 30 m ahead; dry asphalt has 10 to 20 mcd/m2 a lux across the ray.

    Lambert alone would give it 1.4.
    """
    road = Thing(floor(60.0, 0.0, matt(0.2, roughness=0.92)))
    night = stage([road], Conditions(light=NIGHT), lit=[lamp((0.0, 0.0, 0.65), (1.0, 0.0, 0.0), 1e5)])
    eye = looking((0.0, 0.0, 1.2), (30.0, 0.0, 0.0))
    seen = luminance(draw(night, eye, CameraModel.from_hfov(160, 120, 0.01)).radiance)[59:61, 79:81].mean()
    away = math.hypot(30.0, 0.65)
    lux = 1e5 * (30.0 / away) / away**2  # an area's pattern is the cosine
    assert 0.010 < seen / lux < 0.020


@pytest.mark.parametrize("mor", [math.inf, 60.0])
def test_a_lamp_fades_out_at_its_reach(mor):
    """All of its light arrives at half of its reach, none beyond it, and there is no step in between."""
    fog = Fog() if math.isinf(mor) else Fog(mor)
    rows = [lamp((0, 0, 1.5), (1, 0, 0), 2.0)]
    beta = fog.extinction_per_m
    snapshot = stage([Thing(wall(5.0, -90, 90, -90, 90, matt(0.5)))], Conditions(light=NIGHT, fog=fog), lit=rows)
    reach = float(gather(snapshot, np.zeros(3)).lamps[0, LAMP_REACH])
    shares = []
    for share in (0.5, 0.8, 0.9, 0.94, 0.97, 0.99, 1.01):
        distance = share * reach
        plate = Thing(wall(distance, -90, 90, -90, 90, matt(0.5)))
        eye = looking((distance - 1.0, 0.0, 1.5), (distance, 0.0, 1.5))
        gain = at_night([plate], rows, fog, eye) - at_night([plate], [], fog, eye)
        clear = 0.5 * 2.0 * math.exp(-beta * (distance + 1.0)) / (math.pi * distance**2)
        shares.append(gain[59:61, 79:81].mean() / clear)
    assert shares[0] == pytest.approx(1.0, abs=0.02)
    assert shares[-1] == 0.0
    assert np.diff(shares).max() < 0.02
    assert np.diff(shares).min() > -0.4


def test_light_that_walls_send_back_has_the_color_of_the_rooms_own_lamps():
    down = lamp((0.0, 0.0, 3.0), (0.0, 0.0, -1.0), 100.0)
    warm = (*down[:2], (177.0, 84.5, 27.2), *down[3:])
    carried = (*lamp((5.0, 0.0, 3.0), (0.0, 0.0, -1.0), 900.0)[:5], 1)
    room = Conditions(light=dataclasses.replace(NIGHT, room_lights_lx=200.0))
    seen = gather(stage([Thing(floor())], room, lit=[warm, carried], indoor=True), np.zeros(3)).table
    sky = seen[SKY_R : SKY_B + 1]
    np.testing.assert_allclose(sky / sky[1], np.array(warm[2]) / warm[2][1], rtol=1e-5)
    assert sky @ (0.2126, 0.7152, 0.0722) == pytest.approx(ROOM_INTERREFLECTION * 200.0, rel=1e-5)


def test_lamps_add_up():
    plate = Thing(wall(6.0, -90, 90, -90, 90, matt(0.5)))
    rows = [lamp((0, y, 1.5), (1, 0, 0), i) for y, i in ((-2.0, 300.0), (0.0, 500.0), (2.5, 200.0))]
    together = at_night([plate], rows)
    apart = sum(at_night([plate], [r]) - at_night([plate], []) for r in rows) + at_night([plate], [])
    assert np.abs(together / apart - 1.0).max() < 1e-3


def test_a_lamp_does_not_light_what_turns_away():
    plate = Thing(wall(6.0, -90, 90, -90, 90, matt(0.5)))
    dark = at_night([plate], [])
    assert np.array_equal(at_night([plate], [lamp((9.0, 0.0, 1.5), (-1, 0, 0), 5000.0)]), dark)  # behind the wall
    assert np.array_equal(at_night([plate], [lamp((0.0, 0.0, 1.5), (-1, 0, 0), 5000.0)]), dark)  # shines backwards


@pytest.mark.parametrize("mor", [30.0, 100.0])
def test_a_lamp_through_fog_follows_allard(mor):
    """The plate gets I exp(-beta d) / d^2; the camera stands 2 m from it and sees t(2 m) of that."""
    distance, intensity = 20.0, 5000.0
    plate = Thing(wall(distance, -90, 90, -90, 90, matt(0.5)))
    eye = looking((distance - 2.0, 0.0, 1.5), (distance, 0.0, 1.5))
    rows = [lamp((0, 0, 1.5), (1, 0, 0), intensity)]
    gain = at_night([plate], rows, Fog(mor), eye) - at_night([plate], [], Fog(mor), eye)
    beta = math.log(20.0) / mor
    expected = 0.5 / math.pi * intensity * math.exp(-beta * distance) / distance**2 * math.exp(-beta * 2.0)
    assert gain[59:61, 79:81].mean() == pytest.approx(expected, rel=0.02)


def test_a_spot_is_bright_on_its_axis_and_dark_outside_its_cone():
    """What the picture shows beyond the cone is the first bounce alone: a few per cent."""
    plate = Thing(wall(5.0, -90, 90, -90, 90, matt(0.5)))
    seen = at_night([plate], [lamp((0, 0, 1.5), (1, 0, 0), 1000.0, SPOT, 0.3)])
    angle = np.arccos(1.0 / np.linalg.norm(rays(CAMERA), axis=-1))
    cosine = np.cos(angle)
    direct = 0.5 * 1000.0 * cosine**3 / (math.pi * 25.0)
    assert seen[59:61, 79:81].mean() == pytest.approx(direct[59, 79], rel=0.08)
    assert (seen / direct)[angle > 0.31].max() < 0.06


def test_a_low_beam_cuts_off_below_the_horizon():
    """One per cent below the lamp's height to the left; light above it is stray light."""
    plate = Thing(wall(10.0, -90, 90, -90, 90, matt(0.5)))
    camera = CameraModel.from_hfov(160, 120, 0.25)
    snapshot = stage([plate], Conditions(light=NIGHT), lit=[lamp((0, 0, 0.7), (1, 0, 0), 20000.0, LOW_BEAM)])
    seen = luminance(draw(snapshot, looking((0.0, 0.0, 0.7), (10.0, 0.0, 0.7)), camera).radiance)
    up = -rays(camera)[..., 1]
    column = 40  # left of the axis
    assert seen[up[:, 0] < -0.03, column].min() > 12.0 * seen[up[:, 0] > 0.0, column].max()
    half = 0.5 * seen[:, column].max()
    crossing = up[np.flatnonzero(seen[:, column] > half)[0], 0]
    assert -0.02 < crossing < -0.005


def test_open_ground_under_a_low_beam_does_not_shade_itself(monkeypatch):
    """With the lamp's shadow map it is as bright as without, out to 45 m, where a texel spans nearly 20 m of ground."""
    eye = looking((-2.0, 0.0, 1.2), (20.0, 0.0, 0.0))
    ground = [Thing(floor(99.0, 0.0, matt(0.2)))]
    beam = [lamp((0.0, 0.0, 0.65), (1.0, 0.0, 0.0), 20000.0, LOW_BEAM)]
    mapped = at_night(ground, beam, camera=eye)
    monkeypatch.setattr("simgen.render.occluders.LAMP_MAPS", 0)
    plain = at_night(ground, beam, camera=eye)
    depth = draw(stage(ground, Conditions(light=NIGHT)), eye).depth_m
    lit = (depth > 5.0) & (depth < 45.0) & (plain > 0.02 * plain.max())
    assert lit.sum() > 2000
    assert mapped[lit] == pytest.approx(plain[lit], rel=0.01)


def edge_position(profile, coordinate):
    """Where a profile crosses the middle between its ends, by linear interpolation."""
    ends = sorted((profile[:5].mean(), profile[-5:].mean()))
    level = 0.5 * sum(ends)
    assert ends[1] > 3.0 * ends[0]
    k = int(np.flatnonzero(np.diff(profile > level))[0])
    t = (level - profile[k]) / (profile[k + 1] - profile[k])
    return coordinate[k] + t * (coordinate[k + 1] - coordinate[k])


@pytest.mark.parametrize("half_angle", [0.9, 0.2])
def test_the_shadow_in_a_beam_falls_where_geometry_says(half_angle):
    """A post's edge at 5 m, y = 0.3, shades a wall at 10 m for y > 0.6."""
    plate = Thing(wall(10.0, -90, 90, -90, 90, matt(0.5)))
    post = Thing(box((0.2, 8.0, 8.0), matt(0.0), (5.0, 4.3, 1.5)), EYE, 1, "car")
    eye = (8.0, 0.6, 1.5)
    lit = [lamp((0, 0, 1.5), (1, 0, 0), 20000.0, SPOT, half_angle)]
    row = at_night([plate, post], lit, camera=looking(eye, (10, 0.6, 1.5)))[59]
    y = 0.6 - rays(CAMERA)[59, :, 0] * 2.0
    lit_part = np.abs(y) < 0.8 * 10.0 * math.tan(half_angle)
    y, row = y[lit_part], row[lit_part]
    texel = 10.0 * 2.0 * math.tan(math.radians(55.0)) / 512
    near_edge = 0.3 / 4.9 * 10.0  # the post's front corner, where a ray from the lamp grazes it
    assert edge_position(row, y) == pytest.approx(near_edge, abs=2.0 * texel)


def test_a_carrier_does_not_shade_its_own_lamp():
    plate = Thing(wall(10.0, -90, 90, -90, 90, matt(0.5)))
    carrier = Thing(wall(0.2, -0.5, 0.5, 1.0, 2.0, matt(0.0)), EYE, 1, "car")  # an open sheet before the lamp
    eye = looking((5.0, 0.0, 1.5), (10, 0.0, 1.5))
    free = at_night([plate], [lamp((0, 0, 1.5), (1, 0, 0), 20000.0, SPOT, 0.9)], camera=eye)
    own, other = (
        at_night([plate, carrier], [lamp((0, 0, 1.5), (1, 0, 0), 20000.0, SPOT, 0.9, owner)], camera=eye)
        for owner in (1, 0)
    )
    assert np.abs(own / free - 1.0).max() < 1e-3
    assert other[59, 79] < 0.1 * free[59, 79]


def test_emission_shows_only_while_lit():
    glow = Material("lens", (0.0, 0.0, 0.0), roughness=1.0, f0=0.0, emission_cd_m2=(500.0, 100.0, 10.0), lamp="tail")
    snapshot = stage([Thing(wall(6.0, -90, 90, -90, 90, glow))], Conditions(light=NIGHT))
    assert draw(snapshot, FORWARD).radiance.max() < 1e-3
    kinds = ("head", "tail", "brake", "indicator", "street", "room", "beacon")
    for k, kind in enumerate(kinds):
        lit = dataclasses.replace(snapshot, part_lit=np.array([1 << k], np.uint8))
        expected = (500.0, 100.0, 10.0) if kind == "tail" else (0.0, 0.0, 0.0)
        assert draw(lit, FORWARD).radiance[60, 80] == pytest.approx(expected, abs=1e-3)
