"""The weekly risk digest and its KPIs, for the leadership."""
