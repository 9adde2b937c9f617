"""staycourse: keeps learners on course."""

__version__ = "0.1.0"
