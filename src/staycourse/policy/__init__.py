"""What the operator has decided: one TOML file, its records, its defaults, and errors that name line and field."""

# isort: off
from staycourse.policy.base import CATEGORIES, Category, Condition, Operator
from staycourse.policy.care import (
    TASK_OUTCOMES, CampaignPolicy, CapsPolicy, CarePolicy, ChannelCaps, ChoicePolicy, Count, Purpose, Title,
    TriggerPolicy,
)  # fmt: skip
from staycourse.policy.checks import Fault
from staycourse.policy.events import EventMapping, EventsPolicy
from staycourse.policy.files import OperatorFile
from staycourse.policy.loader import (
    EXTRA_SIGNALS, default_policy_text, load_policy, require_templates, scene_text, scenes,
)  # fmt: skip
from staycourse.policy.playbook_checks import following_of, successors
from staycourse.policy.playbooks import (
    RETURN, SCHEDULED, TASK, BranchStep, EndStep, EnterPolicy, Judged, OfferStep, PlaybookPolicy, SendStep, Stage, Step,
    SurveyStep, TaskStep, WaitStep, WebhookStep,
)  # fmt: skip
from staycourse.policy.records import (
    AlertPolicy, CausePolicy, CausesPolicy, ChurnPolicy, ModelPolicy, Policy, RulePolicy, ScorecardItem,
    ScorecardPolicy, TierPolicy, TiersPolicy,
)  # fmt: skip
from staycourse.policy.setup_checks import Setup, setup_warnings

__all__ = [
    "AlertPolicy", "BranchStep", "CATEGORIES", "CampaignPolicy", "CapsPolicy", "CarePolicy", "Category",
    "CausePolicy", "CausesPolicy", "ChannelCaps", "ChoicePolicy", "ChurnPolicy", "Condition", "Count",
    "EXTRA_SIGNALS", "EndStep", "EnterPolicy", "EventMapping", "EventsPolicy", "Fault", "Judged", "ModelPolicy",
    "OfferStep", "Operator", "OperatorFile", "PlaybookPolicy", "Policy", "Purpose", "RETURN", "RulePolicy",
    "SCHEDULED", "ScorecardItem", "ScorecardPolicy", "SendStep", "Setup", "Stage", "Step", "SurveyStep", "TASK",
    "TASK_OUTCOMES", "TaskStep", "TierPolicy", "TiersPolicy", "Title", "TriggerPolicy", "WaitStep", "WebhookStep",
    "default_policy_text", "following_of", "load_policy", "require_templates", "scene_text", "scenes",
    "setup_warnings", "successors",
]  # fmt: skip
