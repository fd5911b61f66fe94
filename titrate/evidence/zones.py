"""Time zones by name, from the `tzdata` package alone: system copies are years apart, Windows has none."""

from titrate.inputs.zones import zone as zone
