"""The API client, against a real HTTP server whose answers the tests write."""
