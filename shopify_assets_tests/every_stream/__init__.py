"""What must hold for each declared stream, whatever it says."""
