"""Materials that only vehicles use; the shared ones are in `simgen.models.palette`."""

from __future__ import annotations

from simgen.models.mesh import Material

SEAM = Material("panel gap", (0.012, 0.012, 0.012), roughness=0.9)
WELL = Material("wheel well", (0.010, 0.010, 0.011), roughness=0.95)
GLOSS_BLACK = Material("gloss black trim", (0.012, 0.012, 0.013), roughness=0.15, coat=0.6)
CLADDING = Material("moulded cladding", (0.040, 0.040, 0.042), roughness=0.7)
GRILLE = Material("grille mesh", (0.015, 0.015, 0.016), roughness=0.7)
ALLOY = Material("alloy wheel", (0.48, 0.49, 0.50), roughness=0.35, metallic=0.7)
BRAKE_DISC = Material("brake disc", (0.16, 0.16, 0.16), roughness=0.5, metallic=0.5)
LAMP_HOUSING = Material("head lamp housing", (0.10, 0.10, 0.11), roughness=0.12, coat=1.0)
BRAKE_LENS = Material(
    "brake lamp lens",
    (0.34, 0.010, 0.012),
    roughness=0.15,
    coat=1.0,
    emission_cd_m2=(1.5e4, 300.0, 200.0),
    lamp="brake",
)
REVERSE_LENS = Material("reversing lamp lens", (0.62, 0.62, 0.62), roughness=0.15, coat=1.0)
REFLECTOR = Material("red reflector", (0.32, 0.015, 0.012), roughness=0.2, coat=0.6)
PLATE_WHITE = Material("number plate, white", (0.78, 0.78, 0.76), roughness=0.5)
PLATE_YELLOW = Material("number plate, yellow", (0.75, 0.52, 0.03), roughness=0.5)
PLATE_MARK = Material("number plate marks", (0.012, 0.012, 0.014), roughness=0.6)
PLATE_BAND = Material("number plate band", (0.01, 0.05, 0.35), roughness=0.5)
BOX_PANEL = Material("box body panel", (0.74, 0.75, 0.74), roughness=0.45, coat=0.3)
CHASSIS = Material("chassis frame", (0.025, 0.026, 0.028), roughness=0.7)
MARKER_LENS = Material(
    "side marker lens",
    (0.50, 0.20, 0.02),
    roughness=0.15,
    coat=1.0,
    emission_cd_m2=(2.0e3, 900.0, 40.0),
    lamp="tail",
)
DOOR_GLASS = Material("bus door glass", (0.012, 0.014, 0.016), roughness=0.05, coat=1.0, made_of="glass")
DISPLAY = Material("destination display", (0.030, 0.022, 0.010), roughness=0.3, coat=0.5)
TAPE_YELLOW = Material("reflective tape, yellow", (0.70, 0.50, 0.03), roughness=0.5)
TAPE_RED = Material("reflective tape, red", (0.50, 0.03, 0.03), roughness=0.5)
FIRE_RED = Material("fire brigade red", (0.42, 0.012, 0.010), roughness=0.35, coat=1.0, pattern="paint")
SHUTTER = Material(
    "roller shutter",
    (0.50, 0.51, 0.52),
    (0.36, 0.37, 0.38),
    roughness=0.45,
    metallic=0.6,
    pattern="stripes",
    params=(0.09,),
)
TREAD_PLATE = Material("tread plate", (0.40, 0.41, 0.42), roughness=0.5, metallic=0.6)
BEACON_LENS = Material(
    "blue beacon", (0.02, 0.05, 0.42), roughness=0.12, coat=1.0, emission_cd_m2=(300.0, 1.5e3, 2.6e4), lamp="beacon"
)
