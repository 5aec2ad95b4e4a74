"""The simulated shops behind real HTTP."""
