"""The camera as a device against EMVA 1288: mean, noise, exposure, tone; keyed by scene, camera and tick alone."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from small_stage import LUMA, camera_spec

from simgen.scenario.camera_spec import AutoExposureSpec, SensorSpec
from simgen.sensors.camera import CameraSensor, dark_current
from simgen.sensors.exposure import (
    EXPOSURE_MIN_S,
    HIGHLIGHT,
    PHOTONS_PER_UM2_LX_S,
    TARGET,
    Exposure,
    automatic_exposure,
    electrons_per_radiance,
)
from simgen.sensors.kernels import meter
from simgen.sensors.tone import planckian_xy, tone_table, white_balance_gains

SPEC = camera_spec()
FULL_WELL_E, READ_NOISE_E = SPEC.sensor.full_well_e, SPEC.sensor.read_noise_e
QUANTUM_EFFICIENCY, PIXEL_AREA_UM2 = SPEC.sensor.quantum_efficiency, (SPEC.sensor.pixel_m * 1e6) ** 2


def flat(level, size=300):
    return np.full((size, size, 3), level, np.float32)


def electrons(level, exposure=Exposure(0.01, 1.0), tick=5, spec=SPEC, seed=3, scene=7, size=300):  # noqa: B008
    share = CameraSensor(spec, seed, scene).linear(flat(level, size), exposure, tick)
    return share.astype(float) * FULL_WELL_E / exposure.gain


def level_for(mean_e, time_s=0.01, spec=SPEC):
    return mean_e / electrons_per_radiance(spec, time_s)


def test_variance_grows_with_the_mean_on_the_photon_transfer_line():
    """sigma^2 = mean + read noise^2: slope 1 within 2 %, intercept within 10 % (270,000 values a level)."""
    means = np.array([0.0, 5.0, 20.0, 80.0, 300.0, 1200.0, 5000.0])
    measured = [electrons(level_for(m), tick=k) for k, m in enumerate(means)]
    mean = np.array([e.mean() for e in measured])
    variance = np.array([e.var() for e in measured])
    assert mean == pytest.approx(means, abs=0.03, rel=2e-3)
    assert variance == pytest.approx(means + READ_NOISE_E**2, rel=0.02)
    slope = np.polyfit(mean, variance, 1)[0]
    assert slope == pytest.approx(1.0, rel=0.02)
    assert variance[0] == pytest.approx(READ_NOISE_E**2, rel=0.02)


def test_signal_to_noise_of_the_reference_chain():
    """E = 10 lx on an 18 % surface, f/2, tau 0.9, 1/30 s, 9 um^2, eta 0.6: 124.25 photons, 74.55 e-, SNR 8.15."""
    spec = camera_spec(f_number=2.0)
    radiance = 0.18 * 10.0 / math.pi
    on_sensor = math.pi * radiance * 0.9 / (4.0 * 2.0**2)
    assert on_sensor == pytest.approx(0.10125)
    per_photon = electrons_per_radiance(spec, 1.0 / 30.0) / (PHOTONS_PER_UM2_LX_S * QUANTUM_EFFICIENCY)
    photons = per_photon * radiance * 4090.67  # at 555 nm
    assert photons == pytest.approx(124.25, abs=0.05)
    assert PIXEL_AREA_UM2 * on_sensor / 30.0 == pytest.approx(per_photon * radiance)
    seen = electrons(level_for(0.6 * photons))
    assert seen.mean() / seen.std() == pytest.approx(8.152, rel=0.01)


def test_best_signal_to_noise_is_that_of_the_full_well():
    seen = electrons(level_for(FULL_WELL_E))
    assert 20.0 * math.log10(seen.mean() / seen.std()) == pytest.approx(40.0, abs=0.05)


def test_light_gathered_goes_with_time_and_with_the_square_of_the_stop():
    base = electrons_per_radiance(camera_spec(f_number=2.0), 0.01)
    assert electrons_per_radiance(camera_spec(f_number=2.0), 0.02) == pytest.approx(2.0 * base)
    assert electrons_per_radiance(camera_spec(f_number=4.0), 0.01) == pytest.approx(base / 4.0)
    assert electrons_per_radiance(camera_spec(f_number=2.8), 0.01) == pytest.approx(base * (2.0 / 2.8) ** 2)


def test_gain_amplifies_signal_and_noise_alike():
    one = CameraSensor(SPEC, 1, 2).linear(flat(level_for(100.0)), Exposure(0.01, 1.0), 9)
    eight = CameraSensor(SPEC, 1, 2).linear(flat(level_for(100.0)), Exposure(0.01, 8.0), 9)
    assert eight == pytest.approx(8.0 * one, rel=1e-5)
    assert one.mean() == pytest.approx(100.0 / FULL_WELL_E, rel=0.01)


def test_noise_is_gaussian_and_white():
    seen = electrons(level_for(400.0), size=400)
    z = (seen - seen.mean()) / seen.std()
    assert abs((z**3).mean()) < 0.02
    assert (z**4).mean() == pytest.approx(3.0, abs=0.25)
    bound = 5.0 / math.sqrt(z.size)
    for a, b in ((z[:, 1:], z[:, :-1]), (z[1:], z[:-1]), (z[..., 0], z[..., 1]), (z[..., 1], z[..., 2])):
        assert abs((a * b).mean()) < bound * 1.2
    assert abs((z[2:, :-3] * z[:-2, 3:]).mean()) < bound * 1.2


def test_noise_is_keyed_by_seed_scene_camera_and_tick():
    base = {"tick": 5, "seed": 3, "scene": 7, "spec": SPEC}
    reference = electrons(2.0, **base)
    assert np.array_equal(reference, electrons(2.0, **base))
    for change in ({"tick": 6}, {"seed": 4}, {"scene": 8}, {"spec": camera_spec("rear")}):
        other = electrons(2.0, **{**base, **change})
        z, y = reference - reference.mean(), other - other.mean()
        assert abs((z * y).mean() / (z.std() * y.std())) < 5.0 / math.sqrt(z.size), change


def test_noise_does_not_depend_on_other_settings_or_earlier_frames():
    """The deviate of a value is a function of its key and place alone: changing the light changes its scale only."""
    sensor = CameraSensor(SPEC, 3, 7)
    for tick in (1, 2, 3):
        sensor.expose(flat(5.0, 40), tick)
    a = sensor.linear(flat(level_for(400.0)), Exposure(0.01, 1.0), 5).astype(float) * FULL_WELL_E
    slow = camera_spec(f_number=4.0)
    b = electrons(level_for(900.0, 0.02, slow), Exposure(0.02, 1.0), spec=slow)
    one, two = (a - 400.0) / math.sqrt(409.0), (b - 900.0) / math.sqrt(909.0)
    assert np.abs(one - two).max() < 0.01
    picture = electrons(2.0, size=20)
    assert np.array_equal(picture[:5], electrons(2.0, size=20)[:5])


def test_neighbouring_ticks_average_out():
    """A hundred frames of a flat field: the noise of their mean is a tenth."""
    sensor = CameraSensor(SPEC, 3, 7)
    level = flat(level_for(200.0), 64)
    frames = np.array([sensor.linear(level, Exposure(0.01, 1.0), t) for t in range(100)]) * FULL_WELL_E
    assert frames.mean(axis=0).std() == pytest.approx(math.sqrt(209.0) / 10.0, rel=0.03)


def test_tone_curve():
    """Monotonic from black to white; sRGB below half of saturation."""
    table = tone_table()
    assert table.dtype == np.uint8
    assert (table[0], table[-1]) == (0, 255)
    assert np.all(np.diff(table.astype(int)) >= 0)
    assert np.diff(table.astype(int)).max() <= 4
    x = np.linspace(0.0, 1.0, len(table))
    low = x < 0.5
    srgb = np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055) * 255.0
    assert np.abs(table[low] - srgb[low]).max() <= 0.5 + 1e-9
    assert np.all(table[~low] >= srgb[~low] - 0.5)  # the shoulder lifts what would burn out later


def test_pictures_hold_the_tone_of_the_signal():
    spec = camera_spec(exposure_s=0.01)
    sensor = CameraSensor(spec, 1, 1)
    radiance = np.repeat(np.linspace(0.0, level_for(14000.0), 64, dtype=np.float32)[None, :, None], 48, 0).repeat(3, 2)
    picture, exposure = sensor.expose(radiance, 3)
    assert exposure == Exposure(0.01, 1.0)
    share = sensor.linear(radiance, exposure, 3)
    table = tone_table()
    expected = table[np.rint(np.clip(share, 0.0, 1.0).astype(float) * (len(table) - 1)).astype(int)]
    assert (picture != expected).mean() < 1e-3  # a value half way between two entries may round either way
    assert picture.dtype == np.uint8
    assert np.all(picture[:, -1] == 255)
    assert picture[:, 0].mean() < 2.0


@pytest.mark.parametrize("level", [1e-4, 0.01, 0.5, 10.0, 300.0, 2e4, 1e9])
def test_automatic_exposure_stays_within_its_bounds(level):
    """Time first, gain after; what cannot be reached stays dark or bright."""
    spec = camera_spec(auto_exposure=AutoExposureSpec(longest_s=1.0 / 60.0, gain_max=32.0))
    got = automatic_exposure(flat(level, 60), spec)
    assert EXPOSURE_MIN_S <= got.time_s <= spec.auto_exposure.longest_s
    assert 1.0 <= got.gain <= spec.auto_exposure.gain_max
    assert got.gain == 1.0 or got.time_s == spec.auto_exposure.longest_s
    wanted = TARGET * FULL_WELL_E / (electrons_per_radiance(spec, 1.0) * level)
    reached = got.time_s * got.gain
    assert reached == pytest.approx(
        min(max(wanted, EXPOSURE_MIN_S), spec.auto_exposure.longest_s * spec.auto_exposure.gain_max), rel=1e-4
    )


@pytest.mark.parametrize(("shape", "step"), [((60, 80), 1), ((481, 643), 8), ((1, 1), 1), ((3, 5), 2)])
def test_metering_is_that_of_the_sorted_picture(shape, step):
    """Selection against a sort, with repeated values and pixels darker than the floor; scratch is overwritten."""
    rng = np.random.default_rng(5)
    radiance = np.exp(rng.normal(0.0, 6.0, (*shape, 3))).astype(np.float32)
    radiance[rng.random(shape) < 0.3] = 7.0
    radiance[rng.random(shape) < 0.1] = 0.0
    weights = 0.3, 0.5, 0.9
    luminance = np.sort((radiance[::step, ::step].astype(float) @ np.array(weights)).ravel())
    kept = luminance[: max(1, int(0.98 * len(luminance)))]
    bright = (kept[int(share * (len(kept) - 1))] for share in (0.93, 0.98))
    expected = np.log(np.maximum(kept, 1e-4)).mean(), kept.mean(), *bright
    found = meter(radiance, weights, step, 1e-4, *np.full((2, len(luminance)), np.nan))
    assert found == pytest.approx(expected, rel=1e-6)


def test_an_even_scene_is_placed_at_the_target():
    for level in (5.0, 50.0, 5000.0):
        got = automatic_exposure(flat(level, 60), SPEC)
        share = level * electrons_per_radiance(SPEC, got.time_s) * got.gain / FULL_WELL_E
        assert share == pytest.approx(TARGET, rel=1e-4)


def test_brighter_scenes_get_less_exposure_and_colour_counts_by_luminance():
    levels = np.geomspace(1e-3, 1e5, 30)
    product = [e.time_s * e.gain for e in (automatic_exposure(flat(v, 60), SPEC) for v in levels)]
    assert all(b <= a for a, b in itertools.pairwise(product))
    tinted = np.broadcast_to(np.array([3.0, 1.0, 0.2], np.float32), (60, 60, 3)).copy()
    grey = flat(float(np.array([3.0, 1.0, 0.2]) @ LUMA), 60)
    assert automatic_exposure(tinted, SPEC).time_s == pytest.approx(automatic_exposure(grey, SPEC).time_s, rel=1e-4)


def test_a_lamp_in_the_picture_does_not_darken_it_and_a_bright_sky_does_not_burn_out():
    scene = flat(10.0, 100)
    lamp = scene.copy()
    lamp[40:45, 40:45] = 1e6
    assert automatic_exposure(lamp, SPEC) == automatic_exposure(scene, SPEC)
    sky = scene.copy()
    sky[:40] = 2000.0
    got = automatic_exposure(sky, SPEC)
    assert 2000.0 * electrons_per_radiance(SPEC, got.time_s) * got.gain / FULL_WELL_E <= HIGHLIGHT * 1.001


def test_a_pool_of_light_on_a_twentieth_of_the_picture_does_not_burn_out():
    """In front of it all is dark; a camera that metered the mean alone would saturate the pool tenfold."""
    scene = flat(0.01, 100)
    scene[45:67, 40:64] = 100.0  # 5.3 %
    got = automatic_exposure(scene, SPEC)
    assert 0.9 < 100.0 * electrons_per_radiance(SPEC, got.time_s) * got.gain / FULL_WELL_E <= 1.001


def test_a_fixed_exposure_is_used_as_it_is():
    spec = camera_spec(exposure_s=0.002)
    assert CameraSensor(spec, 1, 1).expose(flat(1e5, 30), 0)[1] == Exposure(0.002, 1.0)
    assert CameraSensor(spec, 1, 1).expose(flat(1e-5, 30), 0)[1] == Exposure(0.002, 1.0)


def test_darkness_is_noise_about_black_and_light_is_not_wrapped():
    night = dataclasses.replace(SPEC, auto_exposure=AutoExposureSpec(gain_max=32.0))
    picture, exposure = CameraSensor(night, 1, 1).expose(flat(0.0, 100), 0)
    assert exposure.gain == 32.0
    assert 1.0 < picture.mean() < 60.0
    assert (picture == 0).mean() > 0.3
    share = CameraSensor(night, 1, 1).linear(flat(0.0, 100), exposure, 0)
    assert (share < 0.0).mean() == pytest.approx(0.5, abs=0.02)
    assert np.all(CameraSensor(camera_spec(exposure_s=1.0), 1, 1).expose(flat(1e7, 20), 0)[0] == 255)


def chip(**sensor):
    return camera_spec(sensor=SensorSpec(**sensor))


def test_dark_current_doubles_every_eight_kelvin():
    """30 e-/s at 30 degrees Celsius are 169.706 e-/s at 50 (EMVA 1288)."""
    assert dark_current(30.0, 30.0, 50.0) == pytest.approx(169.706, abs=5e-4)
    assert dark_current(30.0, 25.0, 25.0) == 30.0


def test_a_warm_sensor_has_the_noise_of_its_dark_electrons_and_keeps_its_black():
    """400 e-/s at 25 degrees, 41 degrees, 10 ms: 16 electrons on average, taken off again, whose noise stays."""
    spec = chip(dark_current_e_per_s=400.0, temperature_c=41.0)
    seen = electrons(0.0, spec=spec)
    assert seen.var() == pytest.approx(READ_NOISE_E**2 + 16.0, rel=0.02)
    assert seen.mean() == pytest.approx(0.0, abs=0.05)
    assert electrons(level_for(50.0), spec=spec).var() == pytest.approx(READ_NOISE_E**2 + 66.0, rel=0.02)


def test_signal_and_noise_of_the_reference_sensor():
    """EMVA 1288, eta 0.6, sigma_d 3: 1000 photons give SNR 24.31 before quantisation; DR of 10,000 e- is 68.9 dB."""
    seen = electrons(level_for(0.6 * 1000.0))
    assert seen.mean() / seen.std() == pytest.approx(600.0 / math.sqrt(609.0), rel=0.01)
    least = 3.0 + 0.5  # electrons at SNR 1 without quantisation: sqrt(9 + 1/4) + 1/2
    assert 20.0 * math.log10(FULL_WELL_E / (math.sqrt(9.25) + 0.5)) == pytest.approx(68.88, abs=0.2)
    dim = electrons(level_for(math.sqrt(9.25) + 0.5))
    assert least > dim.mean() / dim.std() == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize(("share", "per_pixel"), [(0.01, True), (0.05, True), (0.0, False)])
def test_response_varies_from_pixel_to_pixel_by_prnu(share, per_pixel):
    """The mean of 60 frames at half of saturation: spatial deviation is PRNU and what is left of the photon noise."""
    sensor = CameraSensor(chip(prnu=share), 3, 7, "a")
    light = flat(level_for(5000.0), 64)
    mean = np.mean([sensor.linear(light, Exposure(0.01, 1.0), t) for t in range(60)], axis=0) * FULL_WELL_E
    left = (5009.0 + (5000.0 * share) ** 2) / 60.0
    assert mean.std() == pytest.approx(math.sqrt((5000.0 * share) ** 2 + left), rel=0.05)
    assert (mean.std() > 20.0) == per_pixel


def test_dark_signal_varies_from_pixel_to_pixel_by_dsnu_at_any_gain():
    sensor = CameraSensor(chip(dsnu_e=6.0), 3, 7, "a")
    for gain in (1.0, 8.0):
        frames = np.array([sensor.linear(flat(0.0, 64), Exposure(0.01, gain), t) for t in range(60)])
        mean = frames.mean(axis=0) * FULL_WELL_E / gain
        assert mean.std() == pytest.approx(math.sqrt(36.0 + 9.0 / 60.0), rel=0.03)
        assert mean.mean() == pytest.approx(0.0, abs=0.2)


def test_the_fixed_pattern_stays_with_the_sensor_and_differs_between_sensors():
    """The same in another scene of the scenario; of another camera or scenario it is another."""
    spec = chip(prnu=0.1, dsnu_e=50.0)

    def pattern(camera=spec, seed=3, scene=7, serial="a"):
        signal = CameraSensor(camera, seed, scene, serial).linear(flat(level_for(5000.0), 64), Exposure(0.01, 1.0), 5)
        return (signal - signal.mean()).ravel() / signal.std()

    reference = pattern()
    assert (reference * pattern(seed=4, scene=9)).mean() > 0.95
    for other in (pattern(serial="b"), pattern(dataclasses.replace(spec, name="rear"))):
        assert abs((reference * other).mean()) < 5.0 / math.sqrt(reference.size)


def test_light_gathered_goes_with_the_pixel_and_the_quantum_efficiency():
    base = electrons_per_radiance(SPEC, 0.01)
    assert electrons_per_radiance(chip(pixel_m=6.0e-6), 0.01) == pytest.approx(4.0 * base)
    assert electrons_per_radiance(chip(quantum_efficiency=0.3), 0.01) == pytest.approx(0.5 * base)


def test_full_well_sets_saturation_and_read_noise_the_dark():
    spec = camera_spec(exposure_s=0.01, sensor=SensorSpec(full_well_e=2000.0, read_noise_e=20.0))
    assert np.all(CameraSensor(spec, 1, 1).expose(flat(level_for(2200.0), 30), 0)[0] == 255)
    share = CameraSensor(spec, 1, 1).linear(flat(0.0), Exposure(0.01, 1.0), 5)
    assert share.std() * 2000.0 == pytest.approx(20.0, rel=0.01)


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
def test_a_converter_of_few_bits_makes_few_levels(bits):
    """A bright, noiseless ramp: as many values before the tone curve as the converter has steps."""
    spec = camera_spec(sensor=SensorSpec(bits=bits, full_well_e=1e6, read_noise_e=0.0))
    tones = CameraSensor(spec, 1, 1)._tone
    assert tones.shape == (3, 2**bits)
    ramp = np.repeat(np.linspace(0.0, level_for(1e6) * 0.01, 4096, dtype=np.float32)[None, :, None], 16, 0).repeat(3, 2)
    seen = np.unique(CameraSensor(spec, 1, 1).picture(ramp, Exposure(0.01, 1.0), 0))
    assert len(seen) <= 0.01 * 2**bits + 6
    assert set(seen) <= set(tones[:, : int(0.013 * 2**bits) + 2].ravel())


def test_black_body_white_points():
    """CIE illuminant A (2856 K): x 0.44757, y 0.40745; 6504 K on the Planckian locus: x 0.3135, y 0.3237."""
    assert planckian_xy(2856.0) == pytest.approx((0.44757, 0.40745), abs=5e-4)
    assert planckian_xy(6504.0) == pytest.approx((0.3135, 0.3237), abs=5e-4)


def test_white_balance_turns_the_light_of_its_temperature_neutral():
    assert white_balance_gains(6504.0) == (1.0, 1.0, 1.0)
    # Incandescent light over D65 in linear sRGB: reds 1.83, greens 0.81 and blues 0.21 times their share.
    tungsten = np.array([1.826, 0.812, 0.207]).astype(np.float32)
    light = np.broadcast_to(tungsten, (40, 40, 3)) * np.float32(level_for(1500.0))
    plain, balanced = (
        CameraSensor(camera_spec(white_balance_k=k), 1, 1).picture(light, Exposure(0.01, 1.0), 0).reshape(-1, 3).mean(0)
        for k in (6504.0, 2856.0)
    )
    assert plain[0] - plain[2] > 80.0
    assert np.ptp(balanced) < 8.0
    assert np.all(CameraSensor(camera_spec(white_balance_k=2856.0), 1, 1).picture(light * 99, Exposure(1, 1), 0) == 255)


@pytest.mark.parametrize("temperature_k", [2856.0, 4000.0, 9000.0])
def test_a_balanced_picture_is_as_bright_as_one_by_daylight(temperature_k):
    """Gains of 1 and more must not brighten what automatic exposure has placed."""
    by_day = automatic_exposure(flat(80.0, 60), camera_spec())
    light = (flat(80.0, 60) / np.array(white_balance_gains(temperature_k))).astype(np.float32)
    spec = camera_spec(white_balance_k=temperature_k)
    found = automatic_exposure(light, spec)
    assert found.time_s * found.gain == pytest.approx(by_day.time_s * by_day.gain, rel=1e-5)
    means = [CameraSensor(c, 1, 1).picture(v, e, 0).mean() for c, v, e in (
        (camera_spec(), flat(80.0, 60), by_day), (spec, light, found)
    )]  # fmt: skip
    assert means[1] == pytest.approx(means[0], abs=1.5)


def test_automatic_exposure_lags_behind_the_light():
    """A step from 1000 to 10 cd/m2: after one time constant the logarithm has gone 1 - 1/e of the way."""
    spec = camera_spec(auto_exposure=AutoExposureSpec(lag_s=0.5, longest_s=1.0))
    sensor = CameraSensor(spec, 1, 1)
    bright = sensor.expose(flat(1000.0, 60), 0, 0.0)[1].time_s
    times = [sensor.expose(flat(10.0, 60), k, 0.1 * k)[1].time_s for k in range(1, 11)]
    for k, time_s in enumerate(times, 1):
        assert math.log(time_s / bright) == pytest.approx(math.log(100.0) * (1.0 - math.exp(-0.1 * k / 0.5)), rel=1e-4)
    assert CameraSensor(spec, 1, 1).expose(flat(10.0, 60), 9, 5.0)[1].time_s == pytest.approx(100.0 * bright, rel=1e-4)


@pytest.mark.parametrize(("metering", "side"), [("average", 1.0), ("centre", 0.5), ("spot", 0.1)])
def test_metering_measures_its_part_of_the_picture(metering, side):
    """A dark middle of the very size that is measured, in a bright frame, decides alone; average metering differs."""
    spec = camera_spec(auto_exposure=AutoExposureSpec(metering=metering, longest_s=1.0, gain_max=1.0))
    scene = flat(3000.0, 100)
    n = round(100 * side)
    a = (100 - n) // 2
    scene[a : a + n, a : a + n] = 30.0
    assert automatic_exposure(scene, spec) == automatic_exposure(flat(30.0, 100), spec)
    whole = dataclasses.replace(spec, auto_exposure=AutoExposureSpec(longest_s=1.0, gain_max=1.0))
    assert (automatic_exposure(scene, whole) == automatic_exposure(scene, spec)) == (metering == "average")


def test_compensation_exposes_longer_by_stops():
    """At +1.5 stops 2.83 times as long, also where the highlights are protected."""
    sky = np.concatenate([flat(200.0, 60), flat(20.0, 60)])
    for picture in (flat(30.0, 60), sky):
        plain, brighter = (
            automatic_exposure(
                picture, camera_spec(auto_exposure=AutoExposureSpec(longest_s=1.0, compensation=stops))
            ).time_s
            for stops in (0.0, 1.5)
        )
        assert brighter / plain == pytest.approx(2.0**1.5)
