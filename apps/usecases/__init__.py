"""The use-case registry: record, stage, standing and gates."""
