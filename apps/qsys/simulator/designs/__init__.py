"""Designs as data: YAML files that say in a few lines what a simulated Core consists of."""

from apps.qsys.simulator.designs.errors import DesignError
from apps.qsys.simulator.designs.files import load_design, parse_design, samples

__all__ = ["DesignError", "load_design", "parse_design", "samples"]
