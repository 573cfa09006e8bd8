"""The whole site as rows and contents that fit either database: backups, restoring, drills, copies.

`shapes` says how rows are written down, `reading` takes them from a snapshot, `archive` keeps them in a file, `loading`
puts them into an empty database at the schema they come from, and `restoring` and `copying` do the whole of it.
"""
