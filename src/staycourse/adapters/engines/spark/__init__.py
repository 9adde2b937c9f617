"""Spark over the same Parquet files, on storage that the driver and every worker share."""

from staycourse.adapters.engines.spark.engine import SparkEngine

__all__ = ["SparkEngine"]
