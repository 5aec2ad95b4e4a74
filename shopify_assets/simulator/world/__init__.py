"""What a simulated shop is made of: tables, ids, money, chance, changes."""
