"""Tests of the installation that a person asks for and a worker makes for real."""
