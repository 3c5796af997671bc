"""What could be wrong with a store: one change in each place that a view keeps something."""

from tests.audit import faults_in_mongodb, faults_in_postgres, faults_in_redis, faults_in_search
from tests.audit.fault import Fault

FAULTS = (
    *faults_in_mongodb.FAULTS,
    *faults_in_postgres.FAULTS,
    *faults_in_redis.FAULTS,
    *faults_in_search.FAULTS,
)

__all__ = ["FAULTS", "Fault"]
