"""The table of the language for sensors: every key of a camera, its device and its mount (see `table`)."""

from __future__ import annotations

import math

from simgen.scenario.camera_spec import DEPTHS, METERINGS, AutoExposureSpec, GlassSpec, SensorSpec
from simgen.scenario.distortion import BROWN_CONRADY, FISHEYE
from simgen.scenario.kinds import Number, Text, Truth
from simgen.scenario.language import Either, Key, Listed, Section
from simgen.scenario.scene import LABELS, CameraSpec
from simgen.units import ANGLE, FREQUENCY, LENGTH, TIME

AUTO = "auto"
"""The exposure of a camera that finds its own."""
PICTURES = "every sample has pictures of the same size and times"

_TURN = Number(ANGLE, -2.0 * math.pi, 2.0 * math.pi)
_UPRIGHT = Number(ANGLE, -math.pi / 2, math.pi / 2)
_PIXELS = Number(low=8, high=8192, whole=True)
_RADIAL, _SIDEWAYS = Number(low=-5.0, high=5.0), Number(low=-0.1, high=0.1)
_CHIP, _AUTOMATIC, _GLASS = SensorSpec(), AutoExposureSpec(), GlassSpec()

CHIP = Section("a sensor chip", "What counts the light, by the quantities of EMVA 1288.", (
    Key("quantum_efficiency", "electrons a photon", Number(low=0.01, high=1.0), _CHIP.quantum_efficiency,
        example="0.7"),
    Key("full_well", "electrons at which a pixel saturates", Number(low=100.0, high=1e6), _CHIP.full_well_e,
        example="15000"),
    Key("read_noise", "electrons, standard deviation in the dark", Number(low=0.0, high=1000.0), _CHIP.read_noise_e,
        example="6"),
    Key("pixel", "side of a pixel", Number(LENGTH, 0.5e-6, 50e-6), _CHIP.pixel_m, example="4.2 um"),
    Key("dark_current", "electrons a second without light at 25 degrees Celsius", Number(low=0.0, high=1e6),
        _CHIP.dark_current_e_per_s, example="30"),
    Key("temperature_c", "of the chip in degrees Celsius; the dark current doubles every 8 K",
        Number(low=-60.0, high=125.0), _CHIP.temperature_c, example="60"),
    Key("dsnu", "electrons, standard deviation of the pixels' dark signals: a pattern that stays from scene to scene",
        Number(low=0.0, high=1000.0), _CHIP.dsnu_e, example="2"),
    Key("prnu", "standard deviation of the pixels' sensitivities over their mean: a pattern that stays",
        Number(low=0.0, high=0.2), _CHIP.prnu, example="0.01"),
    Key("bits", "of the converter; the tone curve then makes 8", Text("8, 10, 12 or 14 bits", tuple(map(str, DEPTHS))),
        str(_CHIP.bits), fixed="a sensor has one converter", example="10"),
))  # fmt: skip
AUTO_EXPOSURE = Section("automatic exposure", "How a camera finds its exposure time and gain.", (
    Key("lag", "time in which it follows all but 1/e of a change; 0 s at once", Number(TIME, 0.0, 60.0),
        _AUTOMATIC.lag_s, example="0.4 s"),
    Key("metering", "part of the picture that it measures: all, the middle quarter, the middle hundredth",
        Text("a metering", METERINGS), _AUTOMATIC.metering, fixed="a camera measures in one way", example="spot"),
    Key("longest", "exposure time; beyond it gain rises", Number(TIME, 1e-4, 1.0), _AUTOMATIC.longest_s,
        example="30 ms"),
    Key("gain", "greatest gain as a factor", Number(low=1.0, high=1000.0), _AUTOMATIC.gain_max, example="16"),
    Key("compensation", "stops by which pictures are brighter than measured, for snow say",
        Number(low=-5.0, high=5.0), _AUTOMATIC.compensation, example="1"),
))  # fmt: skip
_BARREL = Section("a Brown-Conrady lens", "Barrel (k1 < 0), pincushion (k1 > 0), and a lens that sits askew.", (
    Key("k1", "of r^2", _RADIAL, 0.0, example="-0.3"),
    Key("k2", "of r^4", _RADIAL, 0.0, example="0.1"),
    Key("k3", "of r^6", _RADIAL, 0.0, example="-0.02"),
    Key("p1", "tangential, grows with x y and y^2", _SIDEWAYS, 0.0, example="0.001"),
    Key("p2", "tangential, grows with x^2 and x y", _SIDEWAYS, 0.0, example="-0.0005"),
))  # fmt: skip
_ROUND = Section("a fisheye", "Distances from the middle go with angles; it sees to 90 degrees off its axis.", (
    Key("k1", "of theta^2", _RADIAL, 0.0, example="-0.01"),
    Key("k2", "of theta^4", _RADIAL, 0.0, example="0.002"),
    Key("k3", "of theta^6", _RADIAL, 0.0, example="-0.0005"),
    Key("k4", "of theta^8", _RADIAL, 0.0, example="0.0001"),
))  # fmt: skip
DISTORTION = Section("a distortion", "How the lens bends straight lines: one of two models, as OpenCV has them.", (
    Key(BROWN_CONRADY, "x (1 + k1 r^2 + k2 r^4 + k3 r^6) and tangential terms, r the tangent of the angle from the "
        "axis", _BARREL, required=True, forms=(BROWN_CONRADY,), example="{k1: -0.3, k2: 0.1}"),
    Key(FISHEYE, "theta (1 + k1 theta^2 + k2 theta^4 + k3 theta^6 + k4 theta^8), theta the angle from the axis; "
        "without coefficients equidistant", _ROUND, required=True, forms=(FISHEYE,), example="{k1: -0.01}"),
))  # fmt: skip
CAMERA = Section("a camera", "A camera with a lens and a sensor.", (
    Key("width", "of the picture in pixels", _PIXELS, required=True, fixed=PICTURES, example="640"),
    Key("height", "of the picture in pixels", _PIXELS, required=True, fixed=PICTURES, example="480"),
    Key("hfov", "horizontal field of view, from the left edge of the picture to its right",
        Number(ANGLE, math.radians(1.0), math.radians(180.0)), required=True, example="70 deg"),
    Key("distortion", "how the lens bends straight lines; without it a pinhole, of at most 170 degrees", DISTORTION,
        example="{brown_conrady: {k1: -0.3, k2: 0.1}}"),
    Key("f_number", "of the lens", Number(low=0.7, high=64.0), CameraSpec.f_number, example="2.8"),
    Key("exposure", "exposure time; `auto` finds its own",
        Either((Number(TIME, 1e-6, 1.0), Text(AUTO, (AUTO,)))), AUTO, example="10 ms"),
    Key("antialias", "visibility samples a pixel", Text("1 or 4 samples a pixel", ("1", "4")),
        str(CameraSpec.antialias), fixed=PICTURES, example="4"),
    Key("white_balance_k", "colour temperature in kelvin that pictures show as white", Number(low=1700.0, high=25000.0),
        CameraSpec.white_balance_k, example="3200"),
    Key("vignetting", "share of the natural cos^4 fall-off towards the edges that the lens has",
        Number(low=0.0, high=1.0), CameraSpec.vignetting, example="0.6"),
    Key("veiling_glare", "share of the light that the lens scatters, lamps and the sun's disc above all; good lenses "
        "1 to 3 % (ISO 9358), a dirty windscreen 10 %", Number(low=0.0, high=0.5), CameraSpec.veiling_glare,
        example="3 %"),
    Key("drops", "mean number of drops of water on the glass before the lens, within the picture; `auto` as many as "
        "the rain and the speed bring", Either((Number(low=0.0, high=500.0), Text(AUTO, (AUTO,)))), _GLASS.drops,
        example="auto"),
    Key("wiper", "time from one wipe of the drops to the next; 0 s never", Number(TIME, 0.0, 600.0), _GLASS.wiper_s,
        example="1.2 s"),
    Key("dirt", "share of the glass before the lens that is covered by dirt", Number(low=0.0, high=0.9), _GLASS.dirt,
        example="5 %"),
    Key("glass", "distance of that glass from the pupil of the lens: the cover of a lens, or a windscreen",
        Number(LENGTH, 0.005, 1.0), _GLASS.distance_m, example="15 cm"),
    Key("motion_blur", "whether what moves during the exposure is smeared", Truth(), CameraSpec.motion_blur,
        example="true"),
    Key("sensor", "the chip that counts the light", CHIP, example="{read_noise: 6, prnu: 0.01, bits: 10}"),
    Key("auto_exposure", "how `exposure: auto` is found", AUTO_EXPOSURE, example="{lag: 0.4 s, metering: spot}"),
))  # fmt: skip
MOUNT = Section("a mount", "Where a sensor sits and looks.", (
    Key("on", "actor or ACTOR.MOUNT that carries it; the world without one", Text("ACTOR.MOUNT"), example="ego.roof",
        fixed="a sensor stays on its carrier"),
    Key("at", "[x, y, z] from there; needed without `on`", Listed(Number(LENGTH, -1e4, 1e4), 3),
        example="[0 m, 0 m, 1.5 m]"),
    Key("yaw", "further turn to the left", _TURN, 0.0, example="90 deg"),
    Key("pitch", "further turn upwards", _UPRIGHT, 0.0, example="-10 deg"),
))  # fmt: skip
SENSOR = Section("a sensor", "A camera, how it is mounted and what it is labelled with.", (
    Key("camera", "its optics", CAMERA, required=True, example="{width: 640, height: 480, hfov: 70 deg}"),
    Key("mount", "where it sits: ACTOR.MOUNT, or a map",
        Either((Text("ACTOR.MOUNT"), MOUNT)), required=True, fixed="a sensor stays on its carrier",
        example="ego.windscreen"),
    Key("labels", "ground truth beside the picture; `all` has `glare` where the camera has `veiling_glare`, `lens` "
        "where something lies on its glass; `wetness` has to be named",
        Either((Text("all", ("all",)), Listed(Text("a label", LABELS)))),
        "all", fixed="the labels are the same in every sample", example="[depth, instance, flow]"),
    Key("rate", "pictures a second; a divisor of `physics_rate`; the scenario's without it",
        Number(FREQUENCY, 0.0, 1000.0, above=True), fixed=PICTURES, example="20 Hz"),
))  # fmt: skip
