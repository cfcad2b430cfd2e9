"""Declarations of the rules of a scenario: what must hold, what happens, and the domain that it is judged against."""

from __future__ import annotations

from simgen.conditions import SETTINGS
from simgen.scenario.kinds import Number, Text
from simgen.scenario.language import Each, Either, Key, Listed, Section
from simgen.scenario.taxonomy import TAXONOMIES
from simgen.units import TIME

PREFIX = "conditions."
"""What a scenario writes before the name of a setting."""

_TRUTH = Text("an expression")
_WHY = Text("the reason for it")
_SAID = "it is the same in every sample"
_TIME = Number(TIME, 0.0, 3600.0)

REQUIREMENT = Section("a requirement", "Something that must hold in a scene as it is drawn, else it is drawn again.", (
    Key("that", "what must hold: an expression with measures such as clearance(ego, all)", _TRUTH, required=True,
        fixed=_SAID, example='"clearance(ego, all) > 1 m"'),
    Key("at", "the moment that it speaks of", Text("a moment", ("start",)), "start", fixed=_SAID, example="start"),
    Key("why", "the reason for it, for people", _WHY, "", fixed=_SAID, example="no overlap at the start"),
    Key("p", "share of the samples that have to meet it", Number(low=0.0, high=1.0, above=True), 1.0,
        fixed="how often it is enforced is fixed", example="0.9"),
))  # fmt: skip

ODD = Section("'odd'", "The operational design domain that scenes are judged against, in classes of a taxonomy.", (
    Key("taxonomy", "whose classes these are", Text("a taxonomy", tuple(TAXONOMIES)), required=True,
        fixed="a domain has one taxonomy", example="iso34503"),
    Key("inside", "classes inside the domain, by attribute; one that is not named is not restricted",
        Each(Listed(Text("a class")), "an attribute"), fixed=_SAID, example="{illumination: [day, low_ambient]}"),
    Key("outside_ok", "classes outside the domain, into which the scenario goes on purpose",
        Listed(Text("ATTRIBUTE.CLASS")), fixed=_SAID, example="[surface.flooded]"),
))  # fmt: skip


def declared_setting(conditions: Section, name: str) -> Key:
    """The declaration of a setting, a member of `simgen.conditions.SETTINGS`, below `conditions`."""
    section = conditions
    *above, last = name.split(".")
    for part in above:
        below = section[part.partition("[")[0]].takes
        if isinstance(below, Listed):
            below = below.of
        assert isinstance(below, Section)
        section = below
    return section[last]


def step_section(conditions: Section) -> Section:
    """The declaration of a step of the timeline, which changes what `conditions` declares."""
    sets = tuple(_change(declared_setting(conditions, name), name) for name in SETTINGS)
    ramps = tuple(key for key in sets if isinstance(key.takes, Either))
    return Section("a step of the timeline", "Something that happens once: `at` a time, or when an expression holds.", (
        Key("at", "when it happens", _TIME, example="3 s"),
        Key("when", "it happens as soon as this holds", _TRUTH, fixed=_SAID,
            example='"distance(ego, stalled) < 15 m"'),
        Key("for", "how long that has to hold without a break", _TIME, 0.0, example="0.5 s"),
        Key("set", "conditions that change at once: to a value, or by one (`+0.1 m`, `{by: -0.1 m}`)",
            Section("'set'", "Conditions and their new values.", sets), example="{conditions.fog.mor: 50 m}"),
        Key("ramp", "conditions that change evenly, `over` a time; fog in its extinction",
            Section("'ramp'", "Conditions and the values that they go to.", ramps),
            example="{conditions.water.depth: +0.1 m}"),
        Key("over", "how long a ramp takes", Number(TIME, 0.0, 3600.0, above=True), example="5 s"),
        Key("emit", "name of an event that is noted", Text("the name of an event"), "", fixed="an event has one name",
            example="loss_of_traction"),
        Key("stop", "the scene ends as soon as this holds", _TRUTH, fixed=_SAID,
            example='"collision(ego) or stopped(ego) > 4 s"'),
        Key("why", "the reason of a `stop`, for people", _WHY, "", fixed=_SAID, example="the ego stands"),
    ))  # fmt: skip


def _change(declared: Key, name: str) -> Key:
    kind = declared.kind()
    if not isinstance(kind, Number):
        return Key(PREFIX + name, declared.about, kind, example=declared.example)
    by = Section("an amount", "By how much a condition changes.", (
        Key("by", "the amount", Number(kind.dimension), required=True, example=declared.example),
    ))  # fmt: skip
    return Key(PREFIX + name, declared.about, Either((kind, by)), example=declared.example)
