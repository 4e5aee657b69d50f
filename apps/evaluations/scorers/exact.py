"""Exact match after folding white space."""

from apps.evaluations.scorers.base import RIGHT, WRONG, Judgement


class Exact:
    """Right when the whole answer equals the expected one, white space at the ends and runs of it aside."""

    key, title, version = "exact", "Exact match", 1

    def score(self, *, expected: str, output: str) -> Judgement:
        """1 on equality, else 0. Case counts."""
        same = " ".join(expected.split()) == " ".join(output.split())
        return Judgement(RIGHT if same else WRONG, "equal" if same else "different")
