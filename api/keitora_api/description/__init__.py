"""The API as `/openapi.json` describes it, to people and to what makes clients of it."""
