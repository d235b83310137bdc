"""`python -m cli watch` and `status`: a migration as SMC has it, without Pulumi."""
