"""The policy pack: guardrails over what a migration declares, checked by Pulumi in every preview.

`pulumi preview --policy-pack policy` runs it. Each guardrail is a rule over the inputs of
resources; its level (`advisory`, `mandatory`, `disabled`), its limits and its exceptions come from
the file given with `--policy-pack-config`.
"""
