"""Light, air, water and camera against published numbers: each test names its source and the value it must meet."""

from __future__ import annotations

import dataclasses
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from simgen.conditions import Conditions, Fog, Light
from simgen.conditions.fog import extinction_from_mor
from simgen.models import build_model
from simgen.render.camera_model import CameraModel
from simgen.render.kernels.lamps import low_beam
from simgen.render.kernels.water import fresnel
from simgen.render.preetham import (
    TURBIDITY,
    above_all,
    chromaticity_coefficients,
    clear_sky,
    perez,
    perez_coefficients,
    zenith_chromaticity,
)
from simgen.render.renderer import Renderer
from simgen.render.sky import build_sky

sys.path.append(str(Path(__file__).resolve().parents[1] / "render"))
from small_stage import CAMERA, LUMA, NIGHT, OVERCAST, Thing, draw, floor, looking, luminance, matt, stage, wall

FORWARD = looking((0.0, 0.0, 1.5), (10.0, 0.0, 1.5))


@pytest.mark.parametrize(("extinction", "mor"), [(0.01, 299.573), (0.02, 149.787)])
def test_extinction_of_an_optical_range(extinction: float, mor: float) -> None:
    """CIE e-ILV 17-31-018: beta = ln 20 / MOR."""
    assert extinction_from_mor(mor) == pytest.approx(extinction, rel=1e-5)


def test_fog_uses_the_ray_distance_and_not_the_depth() -> None:
    """Pixel 500 right and 300 below of the centre at f = 1000: the ray is 1.157584 times the depth."""
    camera = CameraModel(1, 1, 1000.0, 1000.0, -500.0, -300.0)
    snapshot = stage([Thing(wall(50.0, -99, 99, -99, 99))], Conditions(light=OVERCAST, fog=Fog(149.787)))
    seen = Renderer(snapshot.cast).render(snapshot, camera, FORWARD, antialias=1)
    assert seen.depth_m[0, 0] == pytest.approx(50.0, rel=1e-5)
    assert seen.distance_m[0, 0] / seen.depth_m[0, 0] == pytest.approx(1.157584, rel=1e-6)
    assert seen.transmittance[0, 0] == pytest.approx(0.367879**1.157584, rel=2e-5)


def test_koschmieder_image() -> None:
    """J = 0.2 and A = 0.8 at beta d = 1: I = 0.2 / e + 0.8 (1 - 1 / e) = 0.579272, in linear radiance."""
    airlight = OVERCAST.sky_lx / math.pi  # an even cloud of albedo 1 is as bright as a white surface
    up = (1.0 + 0.14 * LUMA[1] + 0.13 * LUMA[0] + 0.11 * LUMA[2]) / 2.0  # a wall sees half sky, half ground
    grey = matt(0.25 / up)
    fog = Fog(149.787, 1.0)
    snapshot = stage([Thing(wall(50.0, -99, 99, -99, 99, grey))], Conditions(light=OVERCAST, fog=fog))
    clear = dataclasses.replace(snapshot, conditions=Conditions(light=OVERCAST))
    centre = np.s_[59:61, 79:81]
    inherent = luminance(draw(clear, FORWARD).radiance)[centre].mean() * 0.8 / airlight
    apparent = luminance(draw(snapshot, FORWARD).radiance)[centre].mean() * 0.8 / airlight
    assert inherent == pytest.approx(0.2, rel=0.01)
    assert apparent == pytest.approx(0.579272, rel=0.005)


def test_allard_lamp_at_its_optical_range() -> None:
    """10,000 cd through 100 m of fog of MOR 100 m: 0.0500 lx, so a white wall has 0.05 rho / pi cd/m2."""
    plate = Thing(wall(100.0, -200, 200, -200, 200, matt(0.9)))
    eye = looking((99.5, 0.0, 1.5), (100.0, 0.0, 1.5))
    lamp = ((0.0, 0.0, 1.5), (1.0, 0.0, 0.0), 10000.0, 0, 1.0, 0)
    condition = Conditions(light=dataclasses.replace(NIGHT, natural_lx=1e-7), fog=Fog(100.0))
    seen = luminance(draw(stage([plate], condition, lit=[lamp]), eye).radiance)[59:61, 79:81].mean()
    through = math.exp(-math.log(20.0) * 0.5 / 100.0)
    assert seen * math.pi / 0.9 / through == pytest.approx(0.0500, rel=0.01)


@pytest.mark.parametrize(
    ("angle_deg", "reflectance"),
    [(0.0, 0.02037), (45.0, 0.02790), (60.0, 0.05969), (75.0, 0.21238), (80.0, 0.34792), (85.0, 0.58352)],
)
def test_fresnel_reflectance_of_water(angle_deg: float, reflectance: float) -> None:
    """Exact, unpolarised, n = 1.333."""
    assert fresnel(np.float32(math.cos(math.radians(angle_deg)))) == pytest.approx(reflectance, abs=1e-4)


def test_perez_sky_of_preetham() -> None:
    """T = 3, sun 45 degrees from the zenith: Y_z = 7.32036 kcd/m2, Y(60, 15) = 21.7224, Y(60, 105) = 5.83670."""
    c = perez_coefficients(3.0)

    def f(theta_deg: float, gamma_deg: float) -> float:
        theta, gamma = math.radians(theta_deg), math.radians(gamma_deg)
        return float(perez(np.array([math.cos(theta)]), np.array([gamma]), c)[0])

    zenith = 7.32036 / f(0.0, 45.0)
    assert zenith * f(60.0, 15.0) == pytest.approx(21.7224, rel=1e-4)
    assert zenith * f(60.0, 105.0) == pytest.approx(5.83670, rel=1e-4)


def test_preetham_colour_overhead() -> None:
    """T = 3, sun 45 degrees from the zenith: x_z = 0.245678, y_z = 0.251476; the Perez formula keeps it overhead."""
    assert zenith_chromaticity(3.0, math.radians(45.0)) == pytest.approx((0.245678, 0.251476), abs=1e-6)
    assert chromaticity_coefficients(3.0)[0][2] == pytest.approx(0.2113)  # C_x = -0.0004 T + 0.2125
    assert TURBIDITY == 3.0
    sun = np.array([math.cos(math.radians(45.0)), 0.0, math.sin(math.radians(45.0))])
    rgb = clear_sky(np.array([[0.0], [0.0], [1.0]]), above_all(np.ones(1)), sun, math.radians(45.0))[0]
    x, y, z = np.linalg.solve(  # sRGB's primaries and white (IEC 61966-2-1), inverted here
        [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]],
        rgb,
    )
    assert (x / (x + y + z), y / (x + y + z)) == pytest.approx((0.245678, 0.251476), abs=1e-4)


def test_overcast_zenith() -> None:
    """CIE overcast dome of 10 klx: 9 E / 7 pi = 4092.56 cd/m2 overhead; clouds mottle it, so average 30 degrees."""
    sky = build_sky(Light(math.radians(40.0), 0.0, 1.0, 10000.0)).sharp
    n = sky.shape[0]
    y, x = (np.mgrid[0:n, 0:n] / (n - 1) * 2.0 - 1.0) / 0.995
    r2 = x**2 + y**2
    z = (1.0 - r2) / (1.0 + r2)
    near = z > math.cos(math.radians(30.0))
    weight = np.where(near, (2.0 / (1.0 + r2)) ** 2, 0.0)
    mean = (sky @ LUMA * weight).sum() / weight.sum()
    shape = ((1.0 + 2.0 * z) / 3.0 * weight).sum() / weight.sum()
    assert mean / shape == pytest.approx(4092.56, rel=0.15)


def test_lambert_under_ten_kilolux() -> None:
    """L = rho E / pi: an 18 % card under 10 klx has 572.96 cd/m2."""
    card = stage([Thing(floor(60.0, 0.0, matt(0.18)))], Conditions(light=OVERCAST))
    seen = luminance(draw(card, looking((0, 0, 5.0), (0, 0, 0))).radiance)
    assert seen.mean() == pytest.approx(572.96, rel=0.03)


POINTS = {  # UN R112 class B, right-hand traffic: (up, right) in degrees, least and most candela
    "75R": (-0.57, 1.15, 10100.0, math.inf),
    "50R": (-0.86, 1.72, 10100.0, math.inf),
    "50V": (-0.86, 0.0, 5100.0, math.inf),
    "25L": (-1.72, -9.0, 1700.0, math.inf),
    "25R": (-1.72, 9.0, 1700.0, math.inf),
    "B50L": (0.57, -3.43, 0.0, 350.0),
    "75L": (-0.57, -3.43, 0.0, 10600.0),
    "50L": (-0.86, -3.43, 0.0, 13200.0),
}


def candela(model: str, up_deg: float, right_deg: float) -> float:
    """What a head lamp of a model sends in a direction."""
    lamp = next(m for m in build_model(model).lamps if m.kind == "head")
    assert lamp.beam == "lowbeam"
    right, up = (np.float32(math.tan(math.radians(a))) for a in (right_deg, up_deg))
    return lamp.intensity_cd * float(low_beam(right, up)) * float(np.array(lamp.color) @ LUMA)


@pytest.mark.parametrize("model", ["car.sedan", "truck.box"])
@pytest.mark.parametrize("point", POINTS)
def test_passing_beam_meets_the_test_points_of_un_r112(model: str, point: str) -> None:
    up, right, least, most = POINTS[point]
    assert least <= candela(model, up, right) <= most


def test_passing_beam_stays_dark_in_zone_three() -> None:
    """Above the cut-off (the horizon to the left, 15 degrees rising to the right): at most 625 cd."""
    for up in np.linspace(0.0, 4.0, 21):
        for right in np.linspace(-8.0, 8.0, 41):
            if right <= 0.0 or up >= right * math.tan(math.radians(15.0)):
                assert candela("car.sedan", float(up), float(right)) <= 625.0


def test_passing_beam_has_the_light_of_a_lamp_and_spares_the_foreground() -> None:
    """LED lamps send 600 to 1,000 lm out; 4 degrees down and right at most 12,500 cd (49 CFR 571.108, table XIX).

    The pool of light: both lamps together light the road 5 m ahead by some tens of lux, 25 m ahead by one or two.
    """
    down, side = np.radians(np.arange(-60.0, 20.0, 0.25)), np.radians(np.arange(-80.0, 80.0, 1.0))
    lumens = 0.0
    for e in down:
        sent = [candela("car.sedan", math.degrees(math.atan(math.tan(e) / math.cos(a))), math.degrees(a)) for a in side]
        lumens += sum(sent) * math.cos(e) * math.radians(0.25) * math.radians(1.0)
    assert 600.0 < lumens < 1000.0
    assert candela("car.sedan", -4.0, 4.0) <= 12500.0
    for ahead, least, most in ((5.0, 20.0, 60.0), (25.0, 1.0, 3.0)):
        drop = 0.65 / ahead
        lux = 2.0 * candela("car.sedan", -math.degrees(math.atan(drop)), 0.0) * 0.65 / math.hypot(ahead, 0.65) ** 3
        assert least < lux < most


def test_illuminance_of_the_75_metre_point() -> None:
    """10,100 cd at 75 m give 1.7956 lx on a surface that faces the lamp."""
    plate = Thing(wall(75.0, -200, 200, -200, 200, matt(0.5)))
    lamp = ((0.0, 0.0, 1.5), (1.0, 0.0, 0.0), 10100.0, 0, 1.0, 0)
    dark = Conditions(light=dataclasses.replace(NIGHT, natural_lx=1e-7))
    seen = luminance(draw(stage([plate], dark, lit=[lamp]), FORWARD).radiance)[59:61, 79:81].mean()
    assert seen * math.pi / 0.5 == pytest.approx(1.7956, rel=0.002)


def test_the_picture_has_square_pixels_and_a_centred_axis() -> None:
    """fov_y 60 degrees over 480 rows: f = 415.6922 px."""
    hfov = 2.0 * math.atan(640.0 / 480.0 * math.tan(math.radians(30.0)))
    camera = CameraModel.from_hfov(640, 480, hfov)
    assert camera.fx == camera.fy == pytest.approx(415.6922, abs=1e-4)
    assert (camera.cx, camera.cy) == (319.5, 239.5)
    assert CAMERA.K.shape == (3, 3)
