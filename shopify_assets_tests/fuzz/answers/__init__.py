"""Answers that are wrong: good ones of the simulator, each changed in one place."""
