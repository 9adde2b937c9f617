"""The tables of the doors: the programs' keys, what came in when, what was not taken and why, and what came under a
name that nobody has mapped."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text

from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column

api_keys = Table(
    "api_keys",
    metadata,
    tenant_column(),
    Column("key", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("hash", String(64), nullable=False, comment="SHA-256 of the secret, hexadecimal"),
    Column("former", String(64), nullable=False, server_default="", comment="hash of the secret before this one"),
    Column("former_until", Moment, comment="the former secret is good until then"),
    Column("events_per_second", Integer, nullable=False),
    Column("requests_per_second", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment),
    Column("revoked", Moment),
    Column("last_used", Moment),
    Index(None, "key", unique=True),
)

# The newest of them, so many of a name and of a tenant: unmapped_names counts them all.
unmapped = Table(
    "unmapped",
    metadata,
    tenant_column(),
    Column("record", String(32), primary_key=True, comment="names the message: of its door and its id"),
    Column("learner", String(200), nullable=False),
    Column("door", String(32), nullable=False),
    Column("name", String(200), nullable=False, comment="the event name that the policy does not map"),
    Column("reason", String(500), nullable=False, server_default="", comment="why it fits no verb, where it is mapped"),
    Column("received", Moment, nullable=False),
    Column("message", Text, nullable=False, comment="as it came, JSON"),
    Index(None, "tenant", "name", "received"),
    Index(None, "tenant", "received"),
    Index(None, "tenant", "learner"),
)

unmapped_names = Table(
    "unmapped_names",
    metadata,
    tenant_column(),
    Column("mark", String(32), primary_key=True, comment="names door, name and reason together"),
    Column("door", String(32), nullable=False),
    Column("name", String(200), nullable=False, comment="of an event, or an xAPI verb's IRI; empty: further names"),
    Column("reason", String(500), nullable=False, comment="why it is no event; empty: nobody has mapped it"),
    Column("count", BigInteger, nullable=False),
    Column("first", Moment, nullable=False),
    Column("last", Moment, nullable=False),
)

arrivals = Table(
    "arrivals",
    metadata,
    tenant_column(),
    Column("door", String(32), primary_key=True),
    Column("hour", Moment, primary_key=True, comment="the hour's beginning, UTC"),
    Column("count", BigInteger, nullable=False),
    Column("last", Moment, nullable=False),
    comment="how much came in by which door",
)

rejections = Table(
    "rejections",
    metadata,
    tenant_column(),
    Column("mark", String(32), primary_key=True, comment="names door, key, field and reason together"),
    Column("door", String(32), nullable=False),
    Column("key", String(32), nullable=False, comment="whose key it came with"),
    Column("field", String(200), nullable=False, comment="where in it, as a JSON pointer"),
    Column("what", String(500), nullable=False, comment="empty: further reasons, counted together"),
    Column("mend", String(500), nullable=False),
    Column("place", Integer, nullable=False, comment="which of its batch the last one was, from 0; -1 all of it"),
    Column("count", BigInteger, nullable=False),
    Column("first", Moment, nullable=False),
    Column("last", Moment, nullable=False),
    Index(None, "tenant", "last"),
    comment="why the doors did not take what came, of the last days",
)
