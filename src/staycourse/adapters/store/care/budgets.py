"""What may be given in a month: coupons by a stated campaign rule, and advisors' minutes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, delete, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.settling import settle_handed
from staycourse.adapters.store.care.task_joining import join_replies
from staycourse.adapters.store.rows import insert_new
from staycourse.care import qualifies
from staycourse.events import Learner
from staycourse.kernel import local_day, zone
from staycourse.policy import Count, Policy


def draw_on(connection: Connection, tenant: str, month: str, kind: str, amount: int, bound: Count) -> bool:
    """Take `amount` from a month's budget if that much is left; one conditional update, so that no race can pass it."""
    if bound == 0:
        return False
    table = schema.budgets
    insert_new(connection, table, [{"tenant": tenant, "month": month, "kind": kind, "used": 0}])
    here = (table.c.tenant == tenant) & (table.c.month == month) & (table.c.kind == kind)
    if bound != "unlimited":
        here &= table.c.used + amount <= bound
    return bool(connection.execute(update(table).where(here).values(used=table.c.used + amount)).rowcount)


def put_back(connection: Connection, tenant: str, month: str, kind: str, amount: int) -> None:
    """Put `amount` back into a month's budget; never more than was taken from it."""
    table = schema.budgets
    here = (table.c.tenant == tenant) & (table.c.month == month) & (table.c.kind == kind)
    connection.execute(update(table).where(here, table.c.used >= amount).values(used=table.c.used - amount))


def month_of(connection: Connection, tenant: str, at: datetime) -> str:
    """Return the month (YYYY-MM) of an instant in the tenant's zone."""
    tenants = schema.tenants
    here = connection.scalar(select(tenants.c.zone).where(tenants.c.tenant == tenant)) or "UTC"
    return local_day(at, zone(here)).strftime("%Y-%m")


def grant(connection: Connection, tenant: str, row: RowMapping, policy: Policy, now: datetime, today: date) -> str:
    """Give the coupon that a message carries, if it carries one; return why not, "" if all is well.

    Campaigns open and close, and months begin, by the tenant's `today`.

    A learner gets one coupon of a campaign, by the campaign's rule alone: nothing here knows a risk.
    """
    name = row["details"].get("campaign")
    if not name:
        return ""
    table = schema.coupons
    mine = select(table.c.key).where(
        table.c.tenant == tenant, table.c.learner == row["learner"], table.c.campaign == name
    )
    had = connection.scalar(mine)
    if had is not None:
        return "" if had == row["key"] else "coupon_had"
    campaign = policy.campaigns.get(name)
    if campaign is None or not qualifies(_learner(connection, tenant, row["learner"]), row["course"], campaign, today):
        return "not_eligible"
    if not draw_on(connection, tenant, today.strftime("%Y-%m"), "coupons", 1, policy.care.budgets.coupons_per_month):
        return "budget_coupons"
    given = {
        "tenant": tenant, "key": row["key"], "learner": row["learner"], "campaign": name, "code": campaign.code,
        "given": now,
    }  # fmt: skip
    insert_new(connection, table, [given])
    return ""


def give_back(connection: Connection, tenant: str, row: RowMapping) -> None:
    """Take back the coupon, if any, of a message that is sent no more: another learner may have it, or the same one.

    Told twice, it is given back once: what is not there any more is not counted. The message keeps the code: see
    `give_after_all`.
    """
    if not row["details"].get("campaign"):
        return
    table, sent = schema.coupons, schema.messages
    mine = (table.c.tenant == tenant) & (table.c.key == row["key"])
    gone = connection.execute(delete(table).where(mine).returning(table.c.given, table.c.code)).first()
    if gone is not None:
        put_back(connection, tenant, month_of(connection, tenant, gone.given), "coupons", 1)
        here = (sent.c.tenant == tenant) & (sent.c.key == row["key"])
        connection.execute(update(sent).where(here).values(details=row["details"] | {"code": gone.code}))


def give_after_all(connection: Connection, tenant: str, row: RowMapping) -> None:
    """Count a coupon that was given back, as nobody had heard of its message, and that reached its learner all the
    same: in the month of the claim, over the budget if need be."""
    if not row["details"].get("code"):
        return
    given = {
        "tenant": tenant, "key": row["key"], "learner": row["learner"], "campaign": row["details"]["campaign"],
        "code": row["details"]["code"], "given": row["claimed"],
    }  # fmt: skip
    if insert_new(connection, schema.coupons, [given]):
        draw_on(connection, tenant, month_of(connection, tenant, row["claimed"]), "coupons", 1, "unlimited")


def decide_tasks(connection: Connection, tenant: str, policy: Policy, month: str) -> None:
    """Open the tasks that were asked for as far as the month's minutes go, the most pressing first.

    Two that one reply asked for become one (task_joining).
    """
    table = schema.tasks
    asked = select(table.c.task, table.c.minutes, table.c.tier, table.c.due, table.c.alert).where(
        table.c.tenant == tenant, table.c.state == "asked"
    )
    bound = policy.care.budgets.advisor_minutes_per_month
    opened: dict[str, str] = {}
    for row in sorted(connection.execute(asked), key=lambda row: (row.tier != "core", row.due, row.task)):
        held = draw_on(connection, tenant, month, "advisor_minutes", row.minutes, bound)
        fresh = {"state": "open"} if held else {"state": "withheld", "reason": "budget_advisors"}
        here = (table.c.tenant == tenant) & (table.c.task == row.task)
        connection.execute(update(table).where(here).values(fresh))
        if held:
            opened[row.task] = row.alert
    settle_handed(connection, tenant, opened.values())
    of_alerts = [task for task, alert in opened.items() if alert]
    for minutes in join_replies(connection, tenant, of_alerts) if of_alerts else ():
        put_back(connection, tenant, month, "advisor_minutes", minutes)


def _learner(connection: Connection, tenant: str, learner: str) -> Learner:
    table = schema.learners
    row = (
        connection.execute(select(table).where(table.c.tenant == tenant, table.c.learner == learner)).mappings().first()
    )
    return (
        Learner(**{name: value for name, value in row.items() if name != "tenant"}) if row else Learner(learner=learner)
    )
