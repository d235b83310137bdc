"""A fleet on the real engine, side by side with what its figures are held against: `make bench`."""
