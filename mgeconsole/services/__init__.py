"""The services that come along with the console: Postgres and Valkey, run from their wheels."""
