"""What pages ask: one view each."""

# isort: off
from staycourse.adapters.store.views.advisor_views import AdvisorViews
from staycourse.adapters.store.views.alert_views import AlertViews
from staycourse.adapters.store.views.contact_views import ContactViews
from staycourse.adapters.store.views.delivery_views import DeliveryViews
from staycourse.adapters.store.views.ending_views import EndingViews
from staycourse.adapters.store.views.evidence_views import EvidenceViews
from staycourse.adapters.store.views.pages import PageViews, PageWish
from staycourse.adapters.store.views.playbook_views import PlaybookViews
from staycourse.adapters.store.views.weekly_views import WeeklyViews
from staycourse.adapters.store.views.wording_views import TemplateViews

__all__ = [
    "AdvisorViews", "AlertViews", "ContactViews", "DeliveryViews", "EndingViews", "EvidenceViews", "PageViews",
    "PageWish", "PlaybookViews", "TemplateViews", "WeeklyViews",
]  # fmt: skip
