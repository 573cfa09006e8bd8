"""Bringing pages, files and people in from folders and tables, and writing them out again."""
