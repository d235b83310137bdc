"""`python -m cli report`: what a migration did, in one HTML file that needs nothing else."""
