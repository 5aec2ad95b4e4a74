"""Tests of the simulator: is it a faithful stand-in, and are its shops consistent?"""
