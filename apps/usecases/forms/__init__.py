"""What people write about a use case."""

from apps.usecases.forms.cases import EditForm, JoinForm, RegisterForm, values_of
from apps.usecases.forms.record import PART_FORMS, PartForm, Question, SectionForm
from apps.usecases.forms.tiers import (
    UNSEEN_PROPOSAL,
    DeclineForm,
    GlassForm,
    LowerForm,
    RaiseForm,
    ReasonForm,
    StageForm,
)

__all__ = [
    "PART_FORMS",
    "UNSEEN_PROPOSAL",
    "DeclineForm",
    "EditForm",
    "GlassForm",
    "JoinForm",
    "LowerForm",
    "PartForm",
    "Question",
    "RaiseForm",
    "ReasonForm",
    "RegisterForm",
    "SectionForm",
    "StageForm",
    "values_of",
]
