"""Scores: language, sentiment, hoax likelihood, claim matching, each with its evidence."""
