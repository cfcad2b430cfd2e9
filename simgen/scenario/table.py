"""The table of the language: every key of a scenario, what it means, what may stand there, its default.

A section that is added is declared like these and named by one `Key` here, and is then read, documented and completed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from simgen.conditions import Fog, Light, Rain, Snow, Surface, Tornado, Water, Wind
from simgen.conditions.plumes import KINDS as MATTER
from simgen.conditions.plumes import Plume
from simgen.conditions.rain import MM_PER_H
from simgen.conditions.surface import KINDS, TYRES
from simgen.models import model_names
from simgen.models.finish import KINDS as MATERIALS_OF
from simgen.models.finish import MOST_MENDED, OF_ACTORS, WEARING
from simgen.scenario.behaviours import BEHAVIOURS, LAMPS
from simgen.scenario.colors import NAMED
from simgen.scenario.declared import behaviour_section
from simgen.scenario.families import site_sections
from simgen.scenario.kinds import Number, Text, Truth
from simgen.scenario.language import Anything, Each, Either, Key, Listed, OneKey, Section
from simgen.scenario.rules_table import ODD, REQUIREMENT, step_section
from simgen.scenario.scene import CameraSpec
from simgen.scenario.sensor_table import SENSOR
from simgen.units import ANGLE, DENSITY, FREQUENCY, ILLUMINANCE, LENGTH, MASS_RATE, POWER, SPEED, TIME

MAX_COUNT = 500
"""Most things that one actor entry may stand for."""
METHODS = ("random", "grid", "latin_hypercube", "sobol")
"""What `method` may be; a plan with `strength` instead covers combinations of levels."""
MAX_SAMPLES = 1 << 20
"""Most samples of a plan."""
SIDES = ("both", "left", "right")
"""Parts of a region that a patch may cover."""
EXTENT = Number(LENGTH, -1e5, 1e5)
SHARE = Number(low=0.0, high=1.0)

_TURN = Number(ANGLE, -2.0 * math.pi, 2.0 * math.pi)
_UPRIGHT = Number(ANGLE, -math.pi / 2, math.pi / 2)
_LAMPS = Number(ILLUMINANCE, 0.0, 1e5)
_DEPTH = Number(LENGTH, 0.0, 10.0)
_PIXELS = Number(low=8, high=8192, whole=True)
_REGION = Text("a region of the site")
_PICTURES = "every sample has pictures of the same size and times"
_TIMES = "every sample lasts as long and ticks as fast"
_PLANNED = "a plan is the same in every sample"

_LIGHT, _AIR, _GROUND, _STEADY = Light(), Fog(), Surface(), Wind()
_CLEAR = Water(0, 0, 0, 0, 0, 0)
_FIRE = Plume("smoke", 0.0, 0.0, 0.0)

# -- conditions ----------------------------------------------------------------------------------------------------

_BY_ANGLES, _BY_DATE = ("elevation",), ("date",)
SUN = Section("'sun'", "Where the sun stands: by its angles, or by the date, the hour and a place on Earth.", (
    Key("elevation", "above the horizon; below 0 it is night", _UPRIGHT, _LIGHT.sun_elevation_rad,
        forms=_BY_ANGLES, example="-20 deg"),
    Key("azimuth", "counter-clockwise from +x", _TURN, _LIGHT.sun_azimuth_rad, forms=_BY_ANGLES, example="120 deg"),
    Key("date", "year, month and day", Text("a date, as in 2024-06-21"), required=True, forms=_BY_DATE,
        example="2024-06-21"),
    Key("time", "of the day, by the clock of the place", Number(TIME, 0.0, 86400.0), required=True, forms=_BY_DATE,
        example="{uniform: [17 h, 21.5 h]}"),
    Key("utc_offset", "how far that clock is ahead of universal time", Number(TIME, -43200.0, 50400.0), 0.0,
        forms=_BY_DATE, example="2 h"),
    Key("latitude", "of the place, north of the equator", _UPRIGHT, required=True, forms=_BY_DATE, example="48.14 deg"),
    Key("longitude", "of the place, east of Greenwich", Number(ANGLE, -math.pi, math.pi), required=True,
        forms=_BY_DATE, example="11.58 deg"),
    Key("north", "direction of north, counter-clockwise from +x", _TURN, math.pi / 2.0, forms=_BY_DATE,
        example="0 deg"),
))  # fmt: skip
MOON = Section("'moon'", "Where the moon stands; its light counts at night.", (
    Key("elevation", "above the horizon", _UPRIGHT, required=True, example="35 deg"),
    Key("azimuth", "counter-clockwise from +x", _TURN, _LIGHT.moon_azimuth_rad, example="-60 deg"),
    Key("lit", "share of its disc that is lit: 0 new, 0.5 half, 1 full", SHARE, _LIGHT.moon_lit, example="0.5"),
))  # fmt: skip
SKY = Section("'sky'", "The sky.", (
    Key("clouds", "share of the sky that is covered", SHARE, _LIGHT.clouds, example="0.4"),
    Key("illuminance", "natural light on level ground; without it, it follows from sun, moon and clouds",
        Number(ILLUMINANCE, 0.0, 2e5, above=True), example="800 lx"),
))  # fmt: skip
STREET_LIGHTS = Section("'street_lights'", "Lamps along a road.", (
    Key("illuminance", "mean on the road", _LAMPS, _LIGHT.street_lights_lx, example="8 lx"),
))  # fmt: skip
ROOM_LIGHTS = Section("'room_lights'", "Lamps of a room.", (
    Key("illuminance", "mean on the floor", _LAMPS, _LIGHT.room_lights_lx, example="300 lx"),
))  # fmt: skip
FOG_BANK = Section("a bank of fog", "Denser fog over a part of the ground, that thins out on all sides.", (
    Key("at", "the point [x, y] of its middle", Listed(EXTENT, 2), required=True, example="[120 m, 0 m]"),
    Key("length", "along x, over which it is at least half as dense as in its middle",
        Number(LENGTH, 1.0, 2000.0), required=True, example="60 m"),
    Key("width", "along y, likewise", Number(LENGTH, 1.0, 2000.0), required=True, example="80 m"),
    Key("depth", "height at which it is half as dense as on the ground", Number(LENGTH, 0.2, 300.0), required=True,
        example="4 m"),
    Key("mor", "meteorological optical range in its middle, on the ground", Number(LENGTH, 0.5, 1e4), required=True,
        example="30 m"),
))  # fmt: skip
FOG = Section("'fog'", "Fog, smoke or dust: what hangs in the air.", (
    Key("mor", "meteorological optical range: where 5 % of a light's contrast is left (extinction is ln 20 / mor)",
        Number(LENGTH, 0.5, infinite=True), _AIR.mor_m, example="{log_uniform: [30 m, 300 m]}"),
    Key("albedo", "share of the light it takes that it scatters: near 1 for droplets, less for smoke", SHARE,
        _AIR.albedo, example="0.6"),
    Key("scale_height", "height over which its extinction falls to 1 / e, from z = 0 up; without it it is even",
        Number(LENGTH, 0.2, infinite=True), _AIR.scale_height_m, example="6 m"),
    Key("banks", "where it is denser", Listed(FOG_BANK),
        example="[{at: [120 m, 0 m], length: 60 m, width: 80 m, depth: 4 m, mor: 30 m}]"),
))  # fmt: skip
RAIN = Section("'rain'", "Rain over the whole site: it takes light, and wets the ground.", (
    Key("rate", "of rainfall", Number(SPEED, 0.0, 500.0 * MM_PER_H), Rain().rate_mps, example="20 mm/h"),
))  # fmt: skip
SNOW = Section("'snow'", "Snow over the whole site: what lies, and what falls and takes light.", (
    Key("depth", "of what lies on level ground", Number(LENGTH, 0.0, 1.0), Snow().depth_m, example="4 cm"),
    Key("rate", "of snowfall, as water", Number(SPEED, 0.0, 20.0 * MM_PER_H), Snow().rate_mps, example="2.5 mm/h"),
))  # fmt: skip
TURBIDITY = Section("'turbidity'", "How clear water is.", (
    Key("secchi", "depth at which a white disc vanishes", Number(LENGTH, 0.0, 50.0, above=True), _CLEAR.secchi_m,
        example="0.1 m"),
))  # fmt: skip
RISE_POINT = Section("a point of 'rise'", "A level that water passes through.", (
    Key("at", "when", Number(TIME, 0.0, above=True), required=True, fixed="the times of a rise are fixed",
        example="3 s"),
    Key("depth", "over the lowest ground of the region", _DEPTH, required=True, example="0.4 m"),
))  # fmt: skip
WATER = Section("'water'", "Standing or flowing water over a region of the site.", (
    Key("region", "what is flooded", _REGION, required=True, fixed="the flooded region is fixed",
        example="underpass.dip"),
    Key("depth", "over the lowest ground of the region, at the start; 0 m is dry", _DEPTH, required=True,
        example="0.3 m"),
    Key("flow", "speed of the current", Number(SPEED, 0.0, 10.0), 0.0, example="0.4 m/s"),
    Key("direction", "of the current, counter-clockwise from +x", _TURN, 0.0, example="90 deg"),
    Key("turbidity", "how clear it is", TURBIDITY),
    Key("rise", "speed of the level, below 0 it falls; or points that it passes through in straight lines, level after "
        "the last", Either((Number(SPEED, -1.0, 1.0), Listed(RISE_POINT))), 0.0, example="0.1 m/min"),
))  # fmt: skip
PATCH = Section("a patch", "A part of a region whose ground is otherwise: ice, a puddle.", (
    Key("region", "in which it lies", _REGION, required=True, fixed="a patch stays where it is", example="road"),
    Key("side", "half of the region", Text("a side", SIDES), SIDES[0], example="left"),
    Key("start", "of the stretch along the region", Number(LENGTH, 0.0), 0.0, example="20 m"),
    Key("length", "of the stretch; all the rest without it", Number(LENGTH, 0.0, above=True), example="12 m"),
    Key("kind", "of its ground; as around it without one", Text("a kind of surface", KINDS), example="ice"),
    Key("film", "of water; as around it without one", Number(LENGTH, 0.0, 0.05), example="2 mm"),
    Key("snow", "depth of the snow on it; as around it without one", Number(LENGTH, 0.0, 1.0), example="0 mm"),
))  # fmt: skip
SURFACE = Section("'surface'", "What wheels and feet stand on; friction follows from it, the film and the speed.", (
    Key("kind", "of ground", Text("a kind of surface", KINDS), _GROUND.kind, example="snow"),
    Key("film", "depth of the water film; without it, it follows from the rain", Number(LENGTH, 0.0, 0.05),
        example="1 mm"),
    Key("tyres", "state of the vehicles' tyres", Text("a state of tyres", TYRES), _GROUND.tyres, example="worn"),
    Key("snow", "depth of the snow on roads; without it, that of all the ground", Number(LENGTH, 0.0, 1.0),
        example="1 cm"),
    Key("tracks", "share of the snow on a road that wheels have taken out of their tracks", SHARE, _GROUND.tracks,
        example="0.9"),
    Key("patches", "places that differ", Listed(PATCH), example="[{region: road, kind: ice, length: 8 m}]"),
))  # fmt: skip
GUST = Section("'gust'", "How the wind varies about its mean.", (
    Key("intensity", "standard deviation of the gusts as a share of the mean speed", Number(low=0.0, high=0.6),
        required=True, example="0.2"),
    Key("length", "length scale of the gusts", Number(LENGTH, 5.0, 1000.0), _STEADY.gust_length_m,
        example="80 m"),
))  # fmt: skip
WIND = Section("'wind'", "Wind over the whole site.", (
    Key("speed", "mean, 10 m above the ground", Number(SPEED, 0.0, 90.0), required=True, example="18 m/s"),
    Key("direction", "towards which it blows, counter-clockwise from +x", _TURN, _STEADY.direction_rad,
        example="90 deg"),
    Key("roughness", "roughness length of the ground, for the profile over height", Number(LENGTH, 0.0, 3.0),
        _STEADY.roughness_m, example="0.03 m"),
    Key("gust", "how it varies", GUST),
))  # fmt: skip
TORNADO = Section("'tornado'", "A vortex that turns counter-clockwise and moves on in a straight line.", (
    Key("x", "of its axis at the start", Number(LENGTH, -2000.0, 2000.0), required=True, example="80 m"),
    Key("y", "of its axis at the start", Number(LENGTH, -2000.0, 2000.0), required=True, example="-40 m"),
    Key("core_radius", "where it swirls fastest", Number(LENGTH, 2.0, 1000.0), required=True, example="30 m"),
    Key("max_speed", "of the swirl, at the core radius", Number(SPEED, 0.0, 150.0), required=True, example="45 m/s"),
    Key("speed", "at which it moves on", Number(SPEED, 0.0, 40.0), 0.0, example="12 m/s"),
    Key("direction", "in which it moves on, counter-clockwise from +x", _TURN, 0.0, example="180 deg"),
    Key("inflow", "greatest inflow as a share of the greatest swirl", SHARE, Tornado(0.0, 0.0, 1.0, 0.0).inflow,
        example="0.3"),
    Key("cloud_base", "height of the cloud that a funnel hangs down from, as far as the pressure falls; 0 m is none",
        Number(LENGTH, 0.0, 5000.0), 0.0, example="300 m"),
    Key("dust", "dust and litter in the air about its foot", Number(DENSITY, 0.0, 0.1), 0.0, example="0.3 g/m^3"),
))  # fmt: skip
PLUME = Section("a plume", "What comes out of a source, drifts with the wind, rises, spreads and hides things.", (
    Key("kind", "of what floats: soot of flames, paler smoke of glowing wood, dust, or steam",
        Text("a kind of matter", tuple(MATTER)), required=True, example="smoke"),
    Key("at", "the point [x, y] of the source; of an actor's plume in its frame, x forward", Listed(EXTENT, 2),
        required=True, example="[60 m, 4 m]"),
    Key("rate", "mass of particles or droplets that it emits", Number(MASS_RATE, 0.0, 1e4), required=True,
        example="20 g/s"),
    Key("height", "of the source above the ground, or above the actor's origin", Number(LENGTH, 0.0, 500.0),
        _FIRE.height_m, example="1.2 m"),
    Key("heat", "that the source gives to the air, by which the plume rises", Number(POWER, 0.0, 1e9), _FIRE.heat_w,
        example="500 kW"),
    Key("radius", "of the source", Number(LENGTH, 0.02, 100.0), _FIRE.radius_m, example="1 m"),
    Key("size", "[x, y] of a rectangle from all over which it comes", Listed(Number(LENGTH, 0.0, 1000.0), 2),
        example="[40 m, 5 m]"),
    Key("start", "when it begins; below 0 s before the scene does", Number(TIME, -3600.0, 3600.0), _FIRE.start_s,
        example="-120 s"),
    Key("stop", "when it ends", Number(TIME, -3600.0, infinite=True), _FIRE.stop_s, example="3 s"),
    Key("albedo", "share of the light it takes that it scatters, if not that of its kind", SHARE, example="0.6"),
    Key("actor", "the thing that it moves with; without that thing there is none", Text("the name of an actor"),
        fixed="a plume belongs to one actor", example="stalled"),
))  # fmt: skip
CONDITIONS = Section("'conditions'", "The physical state of the place: light, air, water, ground and wind.", (
    Key("sun", "where the sun stands", SUN),
    Key("moon", "where the moon stands; without it, it follows from the sun's date, or is not up", MOON),
    Key("sky", "clouds and natural light", SKY),
    Key("street_lights", "lamps along a road", STREET_LIGHTS),
    Key("room_lights", "lamps of a room", ROOM_LIGHTS),
    Key("fog", "fog, smoke or dust", FOG),
    Key("rain", "rain", RAIN),
    Key("snow", "snow", SNOW),
    Key("plumes", "sources of smoke, dust and steam", Listed(PLUME),
        example="[{kind: smoke, at: [60 m, 4 m], rate: 20 g/s}]"),
    Key("water", "water over a region", WATER),
    Key("surface", "what wheels and feet stand on", SURFACE),
    Key("wind", "wind; calm without it", WIND),
    Key("tornado", "a tornado", TORNADO),
))  # fmt: skip

# -- actors --------------------------------------------------------------------------------------------------------

PLACE = Section("a place", "Where an actor stands at the start: in a lane, ahead of another, in a region, at a point, "
                "or as a trailer on another's hitch.", (
    Key("lane", "lane of the site", Text("a lane of the site"), required=True, forms=("lane",), example="main.0"),
    Key("s", "arc length along the lane", EXTENT, required=True, forms=("lane",), example="40 m"),
    Key("ahead_of", "the actor that it refers to", Text("the name of an actor"), required=True,
        fixed="a place refers to one actor", forms=("ahead_of",), example="ego"),
    Key("by", "how far ahead along its lane or heading; below 0 is behind", EXTENT, required=True,
        forms=("ahead_of",), example="60 m"),
    Key("offset", "to the left of the lane's line, or of the other's", EXTENT, 0.0, forms=("lane", "ahead_of"),
        example="-0.5 m"),
    Key("in", "region of the site", _REGION, required=True, forms=("in",), example="road"),
    Key("x", "in the region; anywhere without it", EXTENT, forms=("in",), example="12 m"),
    Key("y", "in the region; anywhere without it", EXTENT, forms=("in",), example="-2 m"),
    Key("at", "the point [x, y]", Listed(EXTENT, 2), required=True, forms=("at",), example="[20 m, 0 m]"),
    Key("towed_by", "the actor on whose hitch this trailer hangs", Text("the name of an actor"), required=True,
        fixed="a trailer has one tractor", forms=("towed_by",), example="semi"),
    Key("step", "from one thing of a count to the next: along the lane, or [x, y]",
        Either((EXTENT, Listed(EXTENT, 2))), 0.0, forms=("lane", "at"), example="8 m"),
    Key("facing", "heading: from the lane's or the other's direction, else counter-clockwise from +x; `any` is any way",
        Either((_TURN, Text("any", ("any",)))), 0.0, example="180 deg"),
    Key("min_gap", "least distance to everything else", Number(LENGTH, 0.0, 100.0), 0.0, example="0.5 m"),
    Key("drop", "height of its lowest point above ground", Number(LENGTH, 0.0, 20.0), 0.0, example="1 m"),
    Key("tumble", "whether it is turned any way in space", Truth(), False, example="true"),
))  # fmt: skip


def model_words() -> tuple[str, ...]:
    """What names a model: registered families and their prefixes ("car" is any of "car.*")."""
    names = model_names()
    prefixes = sorted({n.partition(".")[0] for n in names if "." in n})
    return tuple(dict.fromkeys([*names, *prefixes]))


COLOR = Text("a named colour, or [r, g, b] in linear light", tuple(NAMED))
LIGHTS = Section("the lights", "Which lamps are lit.", tuple(
    Key(name, f"{name} lamps", Truth(), required=True, example="true") for name in LAMPS
))  # fmt: skip
BEHAVIOUR = OneKey("a behaviour", lambda: {n: behaviour_section(b) for n, b in BEHAVIOURS.items()}, bare=True)
ACTOR = Section("an actor", "A thing in the scene; one called `ego` is whom an environment drives.", (
    Key("model", "what it is: a family, or a prefix for any of its families", Text("a model or a family of models"),
        required=True, example="car.sedan", names=model_words),
    Key("params", "parameters of the model", Each(Anything(), "a parameter of the model"), example="{height: 1.7 m}"),
    Key("place", "where it stands at the start", PLACE, required=True),
    Key("speed", "at the start and to keep, along its heading", Number(SPEED, 0.0, 150.0), example="50 km/h"),
    Key("behaviour", "what it does; a list where several go together", Either((BEHAVIOUR, Listed(BEHAVIOUR))),
        example="{brake_on_cue: {trigger: {time: 2 s}}}"),
    Key("lights", "which lamps are lit", LIGHTS, example="{head: true, hazard: {bernoulli: 0.6}}"),
    Key("colors", "by slot of the model; plausible ones without", Each(Either((COLOR, Listed(SHARE, 3))), "a slot"),
        example="{paint: white}"),
    Key("count", "how many such things there are", Number(low=0.0, high=MAX_COUNT, whole=True),
        example="{poisson: {mean: 6, max: 20}}"),
    Key("include", "whether it is there; its place is drawn all the same, so that others may refer to it", Truth(),
        example="{bernoulli: 0.4}"),
))  # fmt: skip

# -- materials -----------------------------------------------------------------------------------------------------


def _finish(kind: str, made: str) -> Section:
    """The keys of a kind of material."""
    color = Key("color", "in place of its own: a name, or [r, g, b] in linear light", Either((COLOR, Listed(SHARE, 3))),
                example="[0.3, 0.12, 0.08]")  # fmt: skip
    brightness = Key("brightness", "factor on the share of light that it reflects", Number(low=0.1, high=4.0), 1.0,
                     example="{uniform: [0.7, 1.3]}")  # fmt: skip
    look = (
        Key("roughness", "from 0.1, nearly a mirror, to 1, matt", Number(low=0.1, high=1.0), example="0.6"),
        Key("contrast", "how strong its pattern is", SHARE, example="0.4"),
    )
    state = Key("state", "how used it is, in a word", Text("a state", tuple(WEARING.get(kind, ()))), example="worn")
    wear = Key("wear", "the same as a number, from 0, new, to 1, worn out", SHARE, example="{uniform: [0, 1]}")
    patches = Key("patches", "share of it that is mended with newer asphalt", Number(low=0.0, high=MOST_MENDED),
                  example="0.15")  # fmt: skip
    keys = (*(() if kind in OF_ACTORS else (color,)), brightness, *(() if kind == "markings" else look))
    keys += ((state, wear) if kind in WEARING else ()) + ((patches,) if kind == "asphalt" else ())
    return Section(f"the material {kind!r}", f"{made[0].upper()}{made[1:]}.", keys)


MATERIALS = Section("'materials'", "How materials look, by kind, where they are not as models and places have them.",
    tuple(Key(kind, made, _finish(kind, made)) for kind, made in MATERIALS_OF.items()))  # fmt: skip

# -- the whole -----------------------------------------------------------------------------------------------------

CORRELATE = Section("'correlate'", "Rank correlations; a member that is added leaves the others as they are.", (
    Key("gaussian_copula", "pairs of parameters and the rank correlation of each",
        Listed(Listed(Either((Text("a parameter"), Number(low=-0.99, high=0.99))), 3)), required=True,
        fixed="a correlation is fixed", example="[[rain, flow, 0.6], ...]"),
))  # fmt: skip
_LEVELS = Number(low=2, high=1000, whole=True)


def level_keys(names: Iterable[str]) -> tuple[Key, ...]:
    """The keys of a plan's `levels`: the names of its factors."""
    return tuple(Key(n, "bands of equal probability", _LEVELS, fixed=_PLANNED, example="4") for n in names)


PLAN = Section("a plan", "How samples are chosen, if not by chance: a method with its size, or a strength.", (
    Key("method", "of choosing; without one it needs a `strength`", Text("a method", METHODS), fixed=_PLANNED,
        example="sobol"),
    Key("n", "samples; of a grid they follow from its levels", Number(low=1, high=MAX_SAMPLES, whole=True),
        fixed=_PLANNED, example="256"),
    Key("over", "factors: parameters and whatever else is drawn once a sample", Listed(Text("a factor")),
        fixed=_PLANNED, example="[severity, ego.speed]"),
    Key("strength", "how many factors every combination of levels is covered of", Number(low=2, high=4, whole=True),
        fixed=_PLANNED, example="3"),
    Key("levels", "bands of continuous factors; others have their options",
        Each(_LEVELS, "a factor"), fixed=_PLANNED, example="{severity: 4}"),
    Key("never", "conditions that no sample of a covering plan meets",
        Either((Text("a condition"), Listed(Text("a condition")))), fixed=_PLANNED,
        example='["rain > 50 mm/h and lamp_dead"]'),
))  # fmt: skip
SCENARIO = Section("a scenario", "A whole file. Its parts may come from files that it extends.", (
    Key("simgen", "version of the language", Text("the version", ("1",)), required=True, fixed="a file has one version",
        example="1"),
    Key("id", "name of the scenario; its file's without it", Text("an id"), fixed="an id names every sample",
        example="driving/fog_stalled_car"),
    Key("description", "what happens, why it is an edge case, and its source", Text("a description"), "",
        fixed="it describes every sample", example="A car has broken down in fog."),
    Key("extends", "parts to build on: shipped ones or files beside this one; maps merge, later wins, lists replace, "
        "null removes", Either((Text("a path"), Listed(Text("a path")))), fixed="parts are merged before anything is "
        "drawn", example="[lib/road/highway.yaml, lib/rigs/front_camera.yaml]"),
    Key("params", "values by name, drawn once a sample; used as `$name`", Each(Anything(), "a parameter"),
        example="{gap: {uniform: [40 m, 120 m]}}"),
    Key("correlate", "which parameters go together", CORRELATE, example="{gaussian_copula: [[rain, flow, 0.6]]}"),
    Key("site", "the place: {family: {parameters}}",
        OneKey("a site", site_sections), required=True, example="{road.straight: {length: 300 m}}"),
    Key("odd", "the operational design domain that scenes are judged against", ODD),
    Key("conditions", "light, air, water, ground, wind", CONDITIONS),
    Key("materials", "how materials look", MATERIALS, example="{asphalt: {state: worn}, markings: {wear: 0.7}}"),
    Key("actors", "things by name, in order", Each(ACTOR, "an actor"), required=True,
        example="{ego: {model: car, place: {lane: main.0, s: 20 m}, speed: 50 km/h}}"),
    Key("require", "what must hold in every scene, else it is drawn again", Listed(REQUIREMENT),
        example='[{that: "clearance(ego, all) > 1 m", why: no overlap at the start}]'),
    Key("timeline", "what happens while a scene runs, besides what its actors do", Listed(step_section(CONDITIONS)),
        example="[{at: 3 s, ramp: {conditions.water.depth: +0.1 m}, over: 5 s}]"),
    Key("sensors", "cameras by name", Each(SENSOR, "a sensor"), required=True,
        example="{front: {camera: {width: 640, height: 480, hfov: 70 deg}, mount: ego.windscreen}}"),
    Key("duration", "simulated time", Number(TIME, 0.0, 3600.0, above=True), required=True, fixed=_TIMES,
        example="6 s"),
    Key("rate", "pictures a second of sensors that give none", Number(FREQUENCY, 0.0, 1000.0, above=True),
        CameraSpec.rate_hz, fixed=_TIMES, example="10 Hz"),
    Key("physics_rate", "ticks a second", Number(FREQUENCY, 60.0, 2000.0), 240.0, fixed=_TIMES, example="480 Hz"),
    Key("settle", "time that physics runs before the start, so that things lie settled", Number(TIME, 0.0, 60.0), 0.5,
        fixed=_TIMES, example="1 s"),
    Key("plan", "named ways to choose samples", Each(PLAN, "a plan"),
        example="{explore: {method: sobol, n: 256, over: [severity, ego.speed]}}"),
))  # fmt: skip
"""The root of the language."""
