"""Simulated listeners: what weeks of recommendations do to people whose taste is known, because it is invented."""

from segue.simulation.policies import POLICIES, Policy
from segue.simulation.results import Simulation
from segue.simulation.course import simulate

__all__ = ["POLICIES", "Policy", "Simulation", "simulate"]
