"""Inputs made from the program's own grammar, right ones and damaged ones: for the tests and the fuzz run."""
