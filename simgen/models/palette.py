"""Materials shared by many models: measured-looking linear albedos, one place to tune."""

from __future__ import annotations

from simgen.models.mesh import Material

PAINT = Material("car paint", (0.30, 0.32, 0.34), roughness=0.35, coat=1.0, pattern="paint", slot="paint")
GLASS = Material("tinted glass", (0.012, 0.014, 0.016), roughness=0.05, coat=1.0, made_of="glass")
RUBBER = Material("rubber", (0.022, 0.022, 0.023), roughness=0.9, pattern="rubber", contrast=0.4)
TRIM = Material("black plastic", (0.03, 0.03, 0.032), roughness=0.6)
CHROME = Material("bright metal", (0.55, 0.55, 0.56), roughness=0.25, metallic=1.0)
STEEL = Material("painted steel", (0.32, 0.33, 0.34), roughness=0.5, metallic=0.4)
GALVANISED = Material(
    "galvanised steel", (0.38, 0.39, 0.41), roughness=0.45, metallic=0.6, pattern="metal", contrast=0.5
)
HEAD_LENS = Material(
    "head lamp lens", (0.55, 0.56, 0.58), roughness=0.1, coat=1.0, emission_cd_m2=(2.4e5, 2.3e5, 2.0e5), lamp="head"
)
TAIL_LENS = Material(
    "tail lamp lens", (0.30, 0.012, 0.012), roughness=0.15, coat=1.0, emission_cd_m2=(3.0e3, 60.0, 40.0), lamp="tail"
)
INDICATOR_LENS = Material(
    "indicator lens",
    (0.45, 0.16, 0.02),
    roughness=0.15,
    coat=1.0,
    emission_cd_m2=(1.6e4, 5.5e3, 200.0),
    lamp="indicator",
)
GRASS = Material("grass", (0.085, 0.135, 0.034), (0.16, 0.15, 0.055), roughness=0.95, pattern="grass", contrast=0.7)
GRAVEL = Material("gravel", (0.21, 0.19, 0.165), roughness=0.95, pattern="gravel", contrast=0.6)
SOIL = Material("soil", (0.14, 0.10, 0.065), roughness=0.95, pattern="soil", contrast=0.6)
CONCRETE = Material("concrete", (0.34, 0.33, 0.31), roughness=0.85, pattern="concrete", contrast=0.5)
WOOD = Material("rough wood", (0.38, 0.26, 0.15), (0.24, 0.15, 0.08), roughness=0.8, pattern="wood", contrast=0.6)
CARDBOARD = Material(
    "cardboard",
    (0.42, 0.29, 0.17),
    (0.50, 0.38, 0.22),
    roughness=0.85,
    pattern="cardboard",
    contrast=0.5,
    slot="carton",
)
BARK = Material("bark", (0.092, 0.074, 0.056), (0.04, 0.032, 0.025), roughness=0.95, pattern="bark", contrast=0.7)
LEAVES = Material("leaves", (0.06, 0.105, 0.026), (0.12, 0.16, 0.05), roughness=0.8, pattern="leaves", contrast=0.8)
SKIN = Material("skin", (0.42, 0.27, 0.20), roughness=0.6, pattern="skin", slot="skin")
