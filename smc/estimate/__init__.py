"""Time and cost of migrations: estimated before, recorded after. Pure functions, no calls."""
