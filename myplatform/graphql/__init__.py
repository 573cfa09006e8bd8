"""GraphQL for programs that read: a schema made from the kinds, over the queries and permissions of REST.

`schema.py` makes the schema, `bounds.py` says what a query may cost before it runs, `execution.py` runs it.
What is asked of one node of an answer is fetched for all nodes that came with it: `cohorts.py`.
"""
