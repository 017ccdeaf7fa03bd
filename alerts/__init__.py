"""From spikes to alerts to their delivery, for the communications teams."""
