"""The record in SQL: SQLite by default, PostgreSQL by `DATABASE_URL`."""
