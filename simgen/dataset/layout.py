"""Shard layout, version 1: every dataset's name, dtype, shape, unit, frame and meaning, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simgen.scenario.distortion import COEFFICIENTS

SHARD_FORMAT = "simgen-shard"
DATASET_FORMAT = "simgen-dataset"
FORMAT_VERSION = 1
CODECS = ("gzip", "zstd")

WORLD = "world: x forward, y left, z up"
CAMERA = "camera (OpenCV): x right, y down, z forward"
IMAGE = "image: pixel centres at integers"
BODY = "model frame: x forward, y left, z up"
NO_FRAME = "none"


@dataclass(frozen=True)
class Field:
    """One dataset: rows of a fixed dtype and shape.

    Attributes:
        name: within its group.
        dtype: numpy dtype string; "str" is variable-length UTF-8.
        shape: of one row; () for scalars.
        unit: SI unit, "px", "1" for pure numbers, "id" for identifiers, "text".
        frame: the coordinate frame, or `NO_FRAME`.
        description: what a reader with plain h5py needs to know.
        label: camera label that asks for it; "" is always there.
        attrs: further attributes, such as the scale of a quantised map.
        noisy: it holds sensor noise, which compresses by the frequency of values alone.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    unit: str
    frame: str
    description: str
    label: str = ""
    attrs: tuple[tuple[str, float | int], ...] = field(default=())
    noisy: bool = False


def camera_images(width: int, height: int) -> tuple[Field, ...]:
    """The per-pixel datasets of a camera of `width` x `height` pixels, in stored order."""
    hw = (height, width)
    return (
        Field("rgb", "|u1", (*hw, 3), "1", IMAGE, "picture, sRGB, red green blue", noisy=True),
        Field("depth_m", "<f4", hw, "m", CAMERA, "z-depth along the optical axis; inf: nothing", "depth"),
        Field("instance", "<u2", hw, "id", IMAGE, "object instance id; 0 is scenery and nothing", "instance"),
        Field("semantic", "|u1", hw, "id", IMAGE, "class id of assets/classes.yaml; 0 is sky", "semantic"),
        Field(
            "normal", "|i1", (*hw, 3), "1", CAMERA,
            "surface normal; multiply by `scale`; 0 where nothing", "normal", (("scale", 1.0 / 127.0),),
        ),
        Field(
            "flow", "<i2", (*hw, 2), "px", IMAGE,
            "backward flow: position of this surface point in the previous frame of this camera minus its"
            " position now, (right, down); multiply by `scale`; `sentinel` where unknown",
            "flow", (("scale", 1.0 / 32.0), ("sentinel", -32768)),
        ),
        Field(
            "transmittance", "|u1", hw, "1", CAMERA,
            "transmittance of the air along the ray; multiply by `scale`", "transmittance",
            (("scale", 1.0 / 255.0),),
        ),
        Field(
            "glare", "|u1", hw, "1", CAMERA,
            "share of the pixel's light that the lens scattered there from elsewhere in the picture: contrast is lower"
            " by it; multiply by `scale`", "glare", (("scale", 1.0 / 255.0),),
        ),
        Field(
            "lens", "|u1", hw, "1", IMAGE,
            "share of the pixel's light that comes through drops or dirt on the glass before the lens; multiply by"
            " `scale`", "lens", (("scale", 1.0 / 255.0),),
        ),
        Field(
            "wetness", "<u2", hw, "m", CAMERA,
            "depth of the film of water on the ground, puddles included, and on things that it rains on (in what"
            " soaks); 0 elsewhere and under a flood; multiply by `scale`", "wetness", (("scale", 1.0e-6),),
        ),
    )  # fmt: skip


TIME_BASE = (
    Field("time_s", "<f8", (), "s", NO_FRAME, "simulated time since the start of the scene"),
    Field("tick", "<i8", (), "1", NO_FRAME, "physics ticks since the start of the scene"),
    Field("scene", "<i8", (), "id", NO_FRAME, "index of the scene, as in /scenes/scene_index"),
)

CAMERA_ROWS = (
    *TIME_BASE,
    Field("K", "<f8", (3, 3), "px", IMAGE, "intrinsic matrix; without `distortion` that of a pinhole"),
    Field("T_world_camera", "<f8", (4, 4), "m", WORLD, "pose of the camera frame (OpenCV) in the world"),
    Field("exposure_s", "<f8", (), "s", NO_FRAME, "exposure time chosen by the exposure control"),
    Field("gain", "<f8", (), "1", NO_FRAME, "gain factor chosen by the exposure control"),
)


def camera_rows(lens: str) -> tuple[Field, ...]:
    """The datasets of a camera with one small row a frame; `lens` is its model of distortion, "" for a pinhole."""
    names = COEFFICIENTS.get(lens)
    if names is None:
        return CAMERA_ROWS
    meaning = f"{' '.join(names)} of the {lens} lens, OpenCV's order; K is its intrinsic matrix"
    return (*CAMERA_ROWS, Field("distortion", "<f8", (len(names),), "1", IMAGE, meaning))


CAMERA_OBJECTS = (
    Field("instance", "<u2", (), "id", NO_FRAME, "instance id: 1 + position of the actor in the scene"),
    Field(
        "bbox_visible_px", "<f4", (4,), "px", IMAGE,
        "box of the visible pixels: x0, y0, x1, y1, half-open; zeros if none is visible",
    ),
    Field(
        "bbox_amodal_px", "<f4", (4,), "px", IMAGE,
        "box of the whole silhouette inside the picture, seen or hidden: x0, y0, x1, y1, half-open",
    ),
    Field("visible_px", "<u4", (), "px", IMAGE, "visible pixels"),
    Field("amodal_px", "<u4", (), "px", IMAGE, "pixels of the whole silhouette inside the picture"),
    Field("visibility", "<f4", (), "1", NO_FRAME, "visible_px / amodal_px"),
    Field("truncation", "<f4", (), "1", NO_FRAME, "share of the object's solid angle outside the picture"),
    Field("distance_m", "<f4", (), "m", NO_FRAME, "from the camera to the centre of the 3D box"),
    Field("transmittance", "<f4", (), "1", NO_FRAME, "mean air transmittance over the visible pixels"),
    Field("contrast", "<f4", (), "1", NO_FRAME, "apparent contrast against the background"),
    Field("detectable", "|u1", (), "1", NO_FRAME, "1 if visible with a contrast of at least 0.05"),
    Field("box3d_center_camera_m", "<f4", (3,), "m", CAMERA, "centre of the 3D box"),
    Field("box3d_size_m", "<f4", (3,), "m", BODY, "length, width, height of the 3D box"),
    Field("box3d_quat_camera_xyzw", "<f4", (4,), "1", CAMERA, "orientation of the 3D box, x y z w"),
    Field("velocity_mps", "<f4", (3,), "m/s", WORLD, "velocity of the centre of mass"),
)  # fmt: skip

MODEL_NAME_BYTES = 48

OBJECT_ROWS = (
    Field("instance", "<u2", (), "id", NO_FRAME, "instance id: 1 + position of the actor in the scene"),
    Field("class", "|u1", (), "id", NO_FRAME, "class id of assets/classes.yaml"),
    Field("model", f"|S{MODEL_NAME_BYTES}", (), "text", NO_FRAME, "model family, ASCII"),
    Field("position_m", "<f8", (3,), "m", WORLD, "origin of the model frame: under its footprint"),
    Field("quat_xyzw", "<f8", (4,), "1", WORLD, "orientation of the model frame, quaternion x y z w, w >= 0"),
    Field("box_center_m", "<f8", (3,), "m", WORLD, "centre of the 3D box"),
    Field("size_m", "<f8", (3,), "m", BODY, "length, width, height of the 3D box"),
    Field("velocity_mps", "<f8", (3,), "m/s", WORLD, "velocity of the centre of mass"),
    Field("angular_velocity_radps", "<f8", (3,), "rad/s", WORLD, "angular velocity"),
    Field("submerged_fraction", "<f8", (), "1", NO_FRAME, "share of the volume under water"),
)

SCENE_ROWS = (
    Field("scene_index", "<i8", (), "id", NO_FRAME, "index the scene was drawn with"),
    Field("seed", "<i8", (), "1", NO_FRAME, "seed the scene was drawn with"),
    Field("spec", "str", (), "text", NO_FRAME, "the scene as JSON, SI units: replayable alone"),
    Field("outcome", "str", (), "text", NO_FRAME, "how the scene ended"),
    Field("plan", "str", (), "text", NO_FRAME, "sampling plan of the scenario; empty: by chance"),
    Field("base_scene", "<i8", (), "id", NO_FRAME, "sample it is; scenes of one sample pair up across a ladder"),
    Field("variant_path", "str", (), "text", NO_FRAME, "key whose value the ladder changes; empty: no ladder"),
    Field("variant_value", "str", (), "text", NO_FRAME, "what stands there in this scene; empty: no ladder"),
)

EVENT_ROWS = (
    Field("time_s", "<f8", (), "s", NO_FRAME, "simulated time since the start of the scene"),
    Field("scene", "<i8", (), "id", NO_FRAME, "index of the scene, as in /scenes/scene_index"),
    Field("kind", "str", (), "text", NO_FRAME, "what happened: collision, near_miss, tip_over, ..."),
    Field("subject", "str", (), "text", NO_FRAME, "name of the actor it happened to"),
    Field("object", "str", (), "text", NO_FRAME, "name of the other actor or thing; empty if none"),
    Field(
        "value",
        "<f8",
        (),
        "SI unit of the kind",
        NO_FRAME,
        "size. collision: impulse, N s; near_miss: least time to collision, s; encroachment: post-encroachment time,"
        " s; tip_over: tilt, rad; fall: height, m; stopped: highest speed before, m/s; left_road: distance from the"
        " lane, m; loss_of_traction, aquaplaning, floating: share, 1",
    ),
    Field(
        "position_m",
        "<f8",
        (3,),
        "m",
        WORLD,
        "where: point of contact, midway between two, else the subject's centre of mass",
    ),
    Field(
        "speed_mps",
        "<f8",
        (),
        "m/s",
        NO_FRAME,
        "approach speed of a collision, relative speed of an encounter, else the subject's own",
    ),
)

CONDITION_CLASSES = (
    Field("iso34503_illumination", "|S24", (), "text", NO_FRAME, "ISO 34503 class of natural light"),
    Field("osi_illumination", "|S24", (), "text", NO_FRAME, "OSI class of the natural illuminance"),
    Field("osi_fog", "|S24", (), "text", NO_FRAME, "OSI class of the meteorological optical range"),
    Field("osi_rain", "|S24", (), "text", NO_FRAME, "OSI class of the rainfall rate"),
    Field("beaufort_wind", "|S24", (), "text", NO_FRAME, "class of the mean wind, Beaufort as in ISO 34503"),
    Field("iso34503_surface", "|S64", (), "text", NO_FRAME, "ISO 34503 classes of the ground, told apart by spaces"),
    Field(
        "iso34503_snowfall", "|S24", (), "text", NO_FRAME, "ISO 34503 class of snowfall by visibility; empty without it"
    ),
    Field(
        "simgen_flood", "|S24", (), "text", NO_FRAME, "class of the water depth by what it moves; empty without water"
    ),
    Field("outside_odd", "|S192", (), "text", NO_FRAME, "classes outside the declared operational design domain"),
)


def offsets_field(of: str) -> Field:
    """The offsets dataset of a ragged table: rows of frame k are [offsets[k], offsets[k + 1])."""
    return Field("offsets", "<u8", (), "1", NO_FRAME, f"rows of {of} k are [offsets[k], offsets[k + 1])")


# Longest suffix first: "_mps2" must not be read as "_mps".
_SUFFIX_UNITS = (
    ("_per_m", "1/m"), ("_radps", "rad/s"), ("_mps2", "m/s2"), ("_mps", "m/s"), ("_rad", "rad"),
    ("_lx", "lx"), ("_hz", "Hz"), ("_nm", "N m"), ("_n", "N"), ("_kgps", "kg/s"), ("_kg", "kg"),
    ("_m", "m"), ("_s", "s"),
)  # fmt: skip

_SERIES = {
    "fog_mor_m": "meteorological optical range; inf is clear air",
    "fog_extinction_per_m": "extinction coefficient of the fog: ln 20 / MOR",
    "fog_scale_height_m": "height over which the extinction of the fog falls to 1 / e; inf is even",
    "rain_rate_mps": "rainfall rate; 1 mm/h is 2.78e-7 m/s",
    "rain_extinction_per_m": "extinction coefficient of the rain, on top of that of the fog",
    "snow_depth_m": "depth of the snow that lies on level ground",
    "snow_rate_mps": "rate of snowfall, as water; 1 mm/h is 2.78e-7 m/s",
    "snow_extinction_per_m": "extinction coefficient of the falling snow, on top of that of fog and rain",
    "plumes_rate_kgps": "smoke, dust and steam that all sources emit together while they do",
    "ambient_illuminance_lx": "mean horizontal illuminance of daylight, street and room lights together",
    "natural_illuminance_lx": "horizontal illuminance of sun, moon and sky, 0 indoors",
    "street_lights_illuminance_lx": "mean illuminance under the street lamps; 0 is off",
    "room_lights_illuminance_lx": "mean illuminance under the ceiling lamps; 0 is off",
    "sun_elevation_rad": "solar elevation above the horizon",
    "sun_azimuth_rad": "direction towards the sun, counter-clockwise from world +x",
    "moon_elevation_rad": "elevation of the moon above the horizon; -pi/2 where a scene has none",
    "moon_azimuth_rad": "direction towards the moon, counter-clockwise from world +x",
    "moon_lit": "share of the moon's disc that is lit, 1 when full",
    "clouds": "cloud cover, 0 clear to 1 overcast",
    "water_depth_m": "depth over the deepest point of the flooded region; 0 is dry",
    "water_level_m": "world height of the water surface; NaN is dry",
    "water_current_x_mps": "current along world x",
    "water_current_y_mps": "current along world y",
    "water_secchi_m": "Secchi depth of the water; NaN is dry",
    "surface_film_m": "depth of the water film on the ground",
    "surface_snow_m": "depth of the snow on roads and floors, beside the wheel tracks",
}


def unit_of(name: str) -> str:
    """The SI unit that a column name's suffix carries ("speed_mps" -> "m/s"); "1" without one."""
    return next((unit for suffix, unit in _SUFFIX_UNITS if name.endswith(suffix)), "1")


def series_field(name: str) -> Field:
    """A float64 time-series column whose unit follows from its name."""
    frame = WORLD if name.endswith(("_x_mps", "_y_mps", "_azimuth_rad", "_level_m")) else NO_FRAME
    return Field(name, "<f8", (), unit_of(name), frame, _SERIES.get(name, name.replace("_", " ")))


def picture_bytes(width: int, height: int, labels: Sequence[str]) -> int:
    """Uncompressed bytes of one frame's per-pixel datasets."""
    import numpy as np

    total = 0
    for f in camera_images(width, height):
        if not f.label or f.label in labels:
            total += np.dtype(f.dtype).itemsize * int(np.prod(f.shape))
    return total
