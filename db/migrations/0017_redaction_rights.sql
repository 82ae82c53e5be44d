-- An event log only grows, but what its user forgot is taken out of it.
GRANT UPDATE (events, config) ON call_events TO ringback_server;
